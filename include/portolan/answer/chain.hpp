// The records that deny: those of a table that own NSEC sets, or NSEC3 sets, in canonical order.
//
// What does not exist is proved by the record that stands before it (RFC 4035 3.1.3, RFC 5155 7.2),
// which a table of hashes cannot find. So a signed zone has, beside the table, this index of two
// levels: pieces of up to 126 pointers at records, and over them one array in which each piece has
// the beginning of its first name, as numbers that compare as the names do. A lookup is a
// bisection of the array, which stays in the cache, and one of a piece.
//
// Readers take no lock while the one writer works. A piece never changes but for a pointer, when
// its record has been replaced by another of the same name; where a name comes or goes, a copy of
// the piece takes its place by one store, or a new array takes the array's. An empty chain, that of
// a zone which is not signed, is a null pointer.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "portolan/dns/name.hpp"

namespace portolan::answer {

class Record;

class Chain {
public:
    /// For records of a zone whose apex has that many octets.
    explicit Chain(std::size_t apex_octets) noexcept : apex_octets_(apex_octets) {}
    /// The same records.
    Chain(const Chain& other);
    Chain& operator=(const Chain&) = delete;
    /// The records themselves are their table's.
    ~Chain();

    // --- for readers, on any thread ---

    [[nodiscard]] bool is_empty() const noexcept {
        return pieces_.load(std::memory_order_acquire) == nullptr;
    }
    /// The last record at or before a name in lower case, at or below the apex; round to the very
    /// last for a name before the first. nullptr when the chain is empty.
    [[nodiscard]] const Record* at_or_before(dns::NameView name) const noexcept;
    /// The same without the name itself.
    [[nodiscard]] const Record* before(dns::NameView name) const noexcept;
    /// Calls for each, in order.
    void for_each(const std::function<void(const Record&)>& visit) const {
        for_each_of_part(0, 1, visit);
    }
    /// The same for one of `parts` parts.
    void for_each_of_part(std::size_t part, std::size_t parts,
                          const std::function<void(const Record&)>& visit) const;

    // --- for the one writer ---

    /// What readers may still look at: to be freed when all have passed.
    struct Part {
        virtual ~Part() = default;
    };
    using Garbage = std::vector<std::unique_ptr<const Part>>;

    /// Takes these, in any order, in place of all. For a chain that nobody reads yet.
    void assign(const std::vector<Record*>& records);
    /// Adds a record whose name is not there.
    void insert(Record& record, Garbage& garbage);
    /// Another record of the same name takes the place of one that is there.
    void replace(Record& record) noexcept;
    /// Takes out the record of that name, which is there.
    void erase(dns::NameView name, Garbage& garbage);

private:
    /// The first octets of a name for comparison: its labels from the right, the apex's left out,
    /// each with an octet of zero behind it; zeros to the end.
    using Key = std::array<std::uint64_t, 3>;
    struct Piece;
    struct Pieces;

    [[nodiscard]] Key key_of(dns::NameView name) const noexcept;
    [[nodiscard]] std::size_t piece_of(const Pieces& pieces, dns::NameView name) const noexcept;
    [[nodiscard]] const Record* look_up(dns::NameView name, bool at) const noexcept;
    static void exchange(const Pieces& pieces, std::size_t place, std::unique_ptr<Piece> next,
                         Garbage& garbage) noexcept;
    void publish(std::unique_ptr<Pieces> next, Garbage& garbage);
    static void free(const Pieces* pieces) noexcept;

    std::size_t apex_octets_;
    std::atomic<const Pieces*> pieces_{nullptr};
};

}  // namespace portolan::answer
