// The record sets of a master file: what a zone holds beside what its plan derives, or instead.
//
// There may be millions of them, and they stay in memory to be compared with those of the next
// reload. So each costs 16 octets here, beside the packed set that the answers share: a pointer to
// it, where its owner's name stands, and its line as a number. Names stand one behind the other in
// blocks that never move, once for the sets of an owner that follow one another.
#pragma once

#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "portolan/dns/name.hpp"
#include "portolan/dns/rrset.hpp"

namespace portolan::zone {

/// A line, 1-based, of a file that its holder has numbered.
struct FileLine {
    std::uint32_t file;
    std::uint32_t line;
};

/// Lines of several files, in the order in which they are read, as numbers that never fall. Lines
/// of an `$INCLUDE` are numbered between those of the file around it.
class FileLines {
public:
    std::uint32_t number(FileLine at);
    /// The line of a number that was given.
    [[nodiscard]] FileLine at(std::uint32_t number) const;

private:
    /// Lines of one file that were read without another's between them.
    struct Run {
        std::uint32_t first_number;
        FileLine first;
    };
    std::vector<Run> runs_;
    std::uint32_t last_ = 0;
};

class Records {
public:
    struct Set {
        dns::NameView owner;
        const dns::RrsetPtr& rrset;
        std::uint32_t line_number;  // of its first record, for `place`
    };

    /// At most one set of a type for an owner: the caller sees to that.
    void add(dns::NameView owner, dns::RrsetPtr rrset, std::uint32_t line_number = 0);
    /// Puts another set of the same type into the place of one.
    void replace(std::size_t index, dns::RrsetPtr rrset) { sets_[index].rrset = std::move(rrset); }

    [[nodiscard]] bool empty() const noexcept { return sets_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return sets_.size(); }
    [[nodiscard]] Set operator[](std::size_t index) const noexcept {
        const Entry& entry = sets_[index];
        return {name_at(entry.owner), entry.rrset, entry.line_number};
    }

    /// The sets in the order in which they came.
    class Iterator {
    public:
        using value_type = Set;
        using difference_type = std::ptrdiff_t;
        Iterator() = default;
        Iterator(const Records* records, std::size_t index) : records_(records), index_(index) {}
        Set operator*() const noexcept { return (*records_)[index_]; }
        Iterator& operator++() noexcept {
            ++index_;
            return *this;
        }
        Iterator operator++(int) noexcept { return {records_, index_++}; }
        friend bool operator==(Iterator, Iterator) = default;

    private:
        const Records* records_ = nullptr;
        std::size_t index_ = 0;
    };
    [[nodiscard]] Iterator begin() const noexcept { return {this, 0}; }
    [[nodiscard]] Iterator end() const noexcept { return {this, size()}; }

    /// What the line numbers stand for, and the files that those name by index.
    void set_lines(FileLines lines, std::vector<std::string> files) {
        lines_ = std::move(lines);
        files_ = std::move(files);
    }
    /// Where the set's first record stands, as findings name it.
    struct Place {
        const std::string& file;
        std::uint32_t line;
    };
    [[nodiscard]] Place place(const Set& set) const {
        const FileLine at = lines_.at(set.line_number);
        return {files_[at.file], at.line};
    }

private:
    static constexpr std::uint32_t block_bits = 16;
    static constexpr std::uint32_t block_octets = std::uint32_t{1} << block_bits;
    struct Entry {
        dns::RrsetPtr rrset;
        std::uint32_t owner;  // block, and where in it a length octet stands before the name
        std::uint32_t line_number;
    };

    std::uint32_t store(dns::NameView name);
    [[nodiscard]] dns::NameView name_at(std::uint32_t at) const noexcept {
        const std::uint8_t* name = &blocks_[at >> block_bits][at & (block_octets - 1)];
        return dns::NameView({name + 1, *name});
    }

    std::vector<Entry> sets_;
    std::vector<std::unique_ptr<std::uint8_t[]>> blocks_;
    std::uint32_t used_ = block_octets;  // of the last block
    FileLines lines_;
    std::vector<std::string> files_;
};

}  // namespace portolan::zone
