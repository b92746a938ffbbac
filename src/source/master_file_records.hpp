// Records on their way to record sets.
//
// The records of the owner at hand wait as RDATA in one buffer. When the next owner comes, their
// sets are packed and the buffer is free again, so a reading holds the packed sets and little
// else. Nothing says that a set's records stand together, though: those that come when their set
// is packed already wait in a buffer of their own until the end, and the set is packed once more.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <vector>

#include "master_file_report.hpp"
#include "portolan/dns/name.hpp"
#include "portolan/source/master_file.hpp"

namespace portolan::source {

class MasterFileRecords {
public:
    explicit MasterFileRecords(MasterFileReport& report);
    MasterFileRecords(const MasterFileRecords&) = delete;  // the index points at the sets
    MasterFileRecords& operator=(const MasterFileRecords&) = delete;

    /// Where the reader appends a record's RDATA before it calls add.
    dns::Octets& octets() noexcept { return open_.octets; }
    /// The owner of the records that follow.
    void set_owner(dns::NameView owner);
    [[nodiscard]] dns::NameView owner() const noexcept { return owner_; }
    /// A record whose RDATA is what octets() holds from `start` on.
    void add(dns::Type type, dns::Ttl ttl, std::size_t start, FilePlace at);

    /// Checks the sets against each other; they are in order of first appearance.
    zone::Records take();

private:
    static constexpr std::uint32_t none = 0xffffffffU;

    struct Record {
        std::size_t start = 0;  // in the octets beside it
        FilePlace place;
        std::uint32_t line_number = 0;
        std::uint32_t next = none;
        std::uint16_t size = 0;
    };
    /// Records that wait, those of a set chained by index.
    struct Waiting {
        dns::Octets octets;
        std::vector<Record> records;
        [[nodiscard]] dns::OctetView rdata(const Record& record) const noexcept {
            return dns::OctetView(octets).subspan(record.start, record.size);
        }
    };
    /// What waits of one set.
    struct Chain {
        dns::Type type{};
        dns::Ttl ttl;
        std::uint32_t packed = none;  // the set, when it has been packed before
        bool ttls_differ = false;
        std::uint32_t first = none;
        std::uint32_t last = none;
        std::uint32_t count = 0;
    };
    /// What is known of a packed set beside the set itself, until the file has been read.
    struct Packed {
        std::uint32_t column;        // of its first record
        std::uint32_t line_numbers;  // of its records in their order; none: it has one record
        bool ttls_differ;
    };
    /// A record about to be packed, or packed before.
    struct Candidate {
        dns::OctetView rdata;
        dns::OctetView comparable;
        FilePlace place;
        std::uint32_t line_number;
        std::uint32_t order;
    };

    struct Key {
        dns::NameView owner;
        std::uint32_t owner_hash;
        dns::Type type;
    };
    struct Slot {
        std::uint32_t hash;  // of owner and type
        std::uint32_t set;
    };
    struct SetHash {
        using is_transparent = void;
        static std::uint32_t of(const Key& key) noexcept {
            return key.owner_hash ^ (static_cast<std::uint32_t>(key.type) * 0x9e3779b9U);
        }
        std::size_t operator()(const Slot& slot) const noexcept { return slot.hash; }
        std::size_t operator()(const Key& key) const noexcept { return of(key); }
    };
    struct SetEqual {
        using is_transparent = void;
        const zone::Records* sets;
        bool operator()(const Slot& a, const Slot& b) const noexcept { return a.set == b.set; }
        bool operator()(const Key& key, const Slot& slot) const noexcept {
            if (SetHash::of(key) != slot.hash) return false;
            const auto set = (*sets)[slot.set];
            return set.rrset->type() == key.type && set.owner == key.owner;
        }
        bool operator()(const Slot& slot, const Key& key) const noexcept {
            return (*this)(key, slot);
        }
    };

    [[nodiscard]] std::uint32_t find(const Key& key) const;
    Chain& chain_for(dns::Type type, dns::Ttl ttl);
    static void append(Waiting& waiting, Chain& chain, const Record& record);
    void lower_ttl(Chain& chain, dns::Ttl ttl, FilePlace at);
    void close_owner();
    void pack(const Chain& chain);
    void postpone(const Chain& chain);
    void pack_again(const Chain& chain);

    void gather(const Waiting& waiting, const Chain& chain);
    void gather(const zone::Records::Set& packed, const Packed& details);
    dns::OctetView comparable(dns::Type type, dns::OctetView rdata);
    void drop_repeated();
    void check_single(const Chain& chain, FilePlace first);
    void check_count(const Chain& chain, std::size_t count, FilePlace first);
    dns::RrsetPtr pack_candidates(dns::Type type, dns::Ttl ttl);
    dns::RrsetPtr shared(dns::RrsetPtr set);
    std::uint32_t keep_line_numbers();
    void check_aliases();
    void check_alias(std::uint32_t alias, std::uint32_t other);

    [[nodiscard]] FilePlace place_of(std::uint32_t line_number, std::uint32_t column) const;
    [[nodiscard]] FilePlace place_of(std::uint32_t set) const {
        return place_of(sets_[set].line_number, packed_[set].column);
    }
    [[nodiscard]] FilePlace place_of(const Chain& chain) const {
        return chain.packed == none ? open_.records[chain.first].place : place_of(chain.packed);
    }

    MasterFileReport& report_;
    zone::FileLines lines_;

    dns::Name owner_;
    std::uint32_t owner_hash_;
    Waiting open_;  // of the owner at hand
    std::vector<Chain> open_chains_;

    zone::Records sets_;
    std::vector<Packed> packed_;  // of the same index
    std::vector<std::uint32_t> line_numbers_;
    boost::unordered_flat_set<Slot, SetHash, SetEqual> index_;
    bool has_alias_ = false;

    Waiting late_;  // of sets that are packed
    std::vector<Chain> late_chains_;
    boost::unordered_flat_map<std::uint32_t, std::uint32_t> late_chain_of_;  // by set

    /// Sets packed lately, by a hash of their octets.
    struct Recent {
        std::uint64_t hash = 0;
        dns::RrsetPtr set;
    };
    std::vector<Recent> recent_;

    // Room that every set uses again.
    std::vector<Candidate> candidates_;
    std::vector<dns::OctetView> views_;
    std::vector<dns::Octets> folded_;
};

}  // namespace portolan::source
