// Records on their way to record sets.
//
// The RDATA of all records stands in one buffer and the records of a set are chained by index,
// so a million records cost a million small rows and no allocations of their own. Sets are found
// by a hash of their folded owner and type.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <vector>

#include "master_file_report.hpp"
#include "portolan/dns/name.hpp"
#include "portolan/source/master_file.hpp"

namespace portolan::source {

class MasterFileRecords {
public:
    explicit MasterFileRecords(MasterFileReport& report)
        : report_(report), index_(0, SetHash{&sets_}, SetEqual{&sets_}) {}
    MasterFileRecords(const MasterFileRecords&) = delete;  // the index points at the sets
    MasterFileRecords& operator=(const MasterFileRecords&) = delete;

    /// Where the reader appends a record's RDATA before it calls add.
    dns::Octets& octets() noexcept { return octets_; }
    /// The owner of the records that follow.
    void set_owner(dns::NameView owner);
    [[nodiscard]] dns::NameView owner() const noexcept { return owner_; }
    /// A record whose RDATA is what octets() holds from `start` on.
    void add(dns::Type type, dns::Ttl ttl, std::size_t start, FilePlace at);

    /// Checks the sets against each other and builds them, in order of first appearance.
    zone::Records take();

private:
    static constexpr std::uint32_t none = 0xffffffffU;

    struct Record {
        std::size_t start = 0;
        FilePlace place;
        std::uint32_t next = none;
        std::uint16_t size = 0;
    };
    struct Set {
        dns::PackedName owner;
        std::size_t owner_hash = 0;
        dns::Type type{};
        dns::Ttl ttl;
        bool ttls_differ = false;
        std::uint32_t first = none;
        std::uint32_t last = none;
        std::uint32_t count = 0;
    };
    struct Key {
        dns::NameView owner;
        std::size_t owner_hash;
        dns::Type type;
    };
    struct SetHash {
        using is_transparent = void;
        const std::vector<Set>* sets;
        static std::size_t mix(std::size_t owner_hash, dns::Type type) noexcept {
            return owner_hash ^ (static_cast<std::size_t>(type) * 0x9e3779b97f4a7c15U);
        }
        std::size_t operator()(std::uint32_t set) const noexcept {
            return mix((*sets)[set].owner_hash, (*sets)[set].type);
        }
        std::size_t operator()(const Key& key) const noexcept {
            return mix(key.owner_hash, key.type);
        }
    };
    struct SetEqual {
        using is_transparent = void;
        const std::vector<Set>* sets;
        bool operator()(std::uint32_t a, std::uint32_t b) const noexcept { return a == b; }
        bool operator()(const Key& key, std::uint32_t set) const noexcept {
            const auto& other = (*sets)[set];
            return key.owner_hash == other.owner_hash && key.type == other.type &&
                   key.owner == other.owner.view();
        }
        bool operator()(std::uint32_t set, const Key& key) const noexcept {
            return (*this)(key, set);
        }
    };

    Set& set_for(dns::Type type, dns::Ttl ttl);
    void lower_ttl(Set& set, dns::Ttl ttl, FilePlace at);
    void check_aliases();
    void check_alias(const Set& alias, const Set& other);
    void check_count(const Set& set);
    std::vector<dns::Octets> distinct_rdata(const Set& set);
    [[nodiscard]] dns::OctetView rdata(const Record& record) const noexcept {
        return dns::OctetView(octets_).subspan(record.start, record.size);
    }
    [[nodiscard]] FilePlace place(const Set& set) const { return records_[set.first].place; }

    MasterFileReport& report_;
    dns::Octets octets_;
    std::vector<Record> records_;
    std::vector<Set> sets_;
    boost::unordered_flat_set<std::uint32_t, SetHash, SetEqual> index_;
    dns::Name owner_;
    std::size_t owner_hash_ = 0;
    std::uint32_t recent_ = none;  // the set that took the last record
};

}  // namespace portolan::source
