// One zone as the packet path sees it: a table of every name that exists.
//
// The RRsets come in answer form (dns/rrset.hpp); what the packet path needs beside them is to
// find a name in one probe, and to know without walking a tree what stands above it. So the table
// has a Record for every existing name, empty non-terminals included, and each says how deep the
// topmost zone cut and DNAME at or above it lie.
//
// Names exist downwards: when a name exists, so do its ancestors up to the apex (RFC 8020). The
// closest encloser (RFC 4592 3.3.1) of a missing name is therefore found by bisecting its depth,
// seven probes for the deepest name that can be sent.
//
// Slots are 8 octets, open addressing at most two thirds full: the upper 16 bits are a tag from the
// hash, the rest points at a Record, one block that holds the name in lower case and pointers to
// its sets. What a reader can see of a Record never changes, but for the depths.
//
// Who writes. One thread, the engine's, in one of two ways:
//
//   put, remove   change the table under its readers: an owner's new Record is made aside and
//                 stored into its slot at once, so a reader sees all of it or nothing. Zone cuts
//                 and DNAMEs, which speak for all names below, want a successor instead. `apply`
//                 has many of them, in an order in which every proof in between holds.
//   successor     is another table that differs by some sets, for a change of many owners that
//                 must be seen as one: it copies the slots, shares the untouched Records, and is
//                 published whole. From then on the old one is only read, and then dropped.
//
// A signed zone (RFC 4035) has its signatures and denials as sets like others, and beside the slots
// a Chain of the records that deny (answer/chain.hpp): of those that own NSEC sets, and of those
// that own NSEC3 sets. The latter's owners are hashes, not names: nothing is found at them
// (RFC 5155 7.2.8), so their records stand apart, in the chain alone.
//
// What either takes out may still be read by a worker in the middle of a batch, so it is kept as
// garbage until the engine knows that all have passed (app/published.hpp).
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "portolan/answer/chain.hpp"
#include "portolan/dns/lower_name.hpp"
#include "portolan/dns/rrset.hpp"
#include "portolan/sign/nsec3.hpp"
#include "portolan/zone/diff.hpp"
#include "portolan/zone/zone.hpp"

namespace portolan::answer {

inline constexpr unsigned address_bits = 48;  // what x86-64 and arm64 use of an address
inline constexpr std::uint64_t address_mask = (std::uint64_t{1} << address_bits) - 1;

/// One existing name. Made and freed by its Table; a header of 16 octets, then a word a set, then
/// the name, then a host's addresses, in one block.
class Record {
public:
    /// "No such thing above": more labels than a name can have.
    static constexpr std::uint8_t no_depth = 255;

    /// The owner in lower case.
    [[nodiscard]] dns::NameView name() const noexcept {
        return dns::NameView({reinterpret_cast<const std::uint8_t*>(words() + set_count_), size_});
    }
    [[nodiscard]] unsigned labels() const noexcept { return labels_; }
    /// Labels of the topmost zone cut at or above, or no_depth.
    [[nodiscard]] std::uint8_t cut() const noexcept { return cut_.load(std::memory_order_relaxed); }
    /// Labels of the topmost DNAME owner at or above, or no_depth.
    [[nodiscard]] std::uint8_t dname() const noexcept {
        return dname_.load(std::memory_order_relaxed);
    }
    /// `*.name` exists, or did once.
    [[nodiscard]] bool has_wildcard() const noexcept {
        return has_wildcard_.load(std::memory_order_relaxed);
    }

    /// Existing names one label below. For the writer's thread.
    [[nodiscard]] std::size_t children() const noexcept { return children_; }
    /// An owner of NSEC3 that is no name of the zone: in the chain alone.
    [[nodiscard]] bool is_apart() const noexcept { return is_apart_; }

    /// 0 for an empty non-terminal.
    [[nodiscard]] unsigned set_count() const noexcept { return set_count_; }
    /// The sets, by rising type.
    [[nodiscard]] const dns::Rrset& set(unsigned index) const noexcept {
        return *reinterpret_cast<const dns::Rrset*>(words()[index] & address_mask);
    }
    [[nodiscard]] const dns::Rrset* find(dns::Type type) const noexcept {
        for (unsigned i = 0; i < set_count_; ++i) {
            if (words()[i] >> address_bits == static_cast<std::uint16_t>(type)) return &set(i);
        }
        return nullptr;
    }

    /// The records that Additional carries for a host: its A and AAAA sets in answer form, one
    /// behind the other, so that they are found with the name and copied at once. Empty for a
    /// name without addresses, or with more than `most_address_octets` of them.
    [[nodiscard]] dns::OctetView addresses() const noexcept {
        return {name().octets().data() + size_, address_octets_};
    }
    [[nodiscard]] std::uint8_t address_count() const noexcept { return address_count_; }
    static constexpr std::size_t most_address_octets = 512;

private:
    friend class Table;
    Record(dns::OctetView name, unsigned labels, std::span<const dns::RrsetPtr> sets) noexcept;
    [[nodiscard]] const std::uint64_t* words() const noexcept {
        return reinterpret_cast<const std::uint64_t*>(this + 1);
    }

    std::uint32_t children_ = 0;  // existing names one label below; the writer's alone
    std::uint16_t set_count_;
    std::uint8_t size_;  // octets of the name
    std::uint8_t labels_;
    std::atomic<std::uint8_t> cut_{no_depth};
    std::atomic<std::uint8_t> dname_{no_depth};
    std::atomic<bool> has_wildcard_{false};
    std::uint8_t address_count_ = 0;  // records
    std::uint16_t address_octets_ = 0;
    bool is_apart_ = false;     // in a chain, and in no slot; the writer's alone
    std::uint8_t unused_[1]{};  // the words that follow want 8
};

/// What the apex gives to every negative answer of the zone. Never changes.
class Negative {
public:
    explicit Negative(const Record& apex);

    /// The SOA with the TTL of negative answers: the lesser of its own and MINIMUM (RFC 2308 5).
    [[nodiscard]] dns::OctetView soa() const noexcept { return {octets_.data(), soa_octets_}; }
    /// The same, its signatures behind it, which have its TTL too.
    [[nodiscard]] dns::OctetView signed_soa() const noexcept { return octets_; }
    [[nodiscard]] std::uint16_t signature_count() const noexcept { return signatures_; }
    [[nodiscard]] bool is_signed() const noexcept { return signatures_ > 0; }
    /// How names are hashed in a zone that is denied by NSEC3 (RFC 5155 4), or nullopt.
    [[nodiscard]] const std::optional<sign::Nsec3Parameters>& nsec3() const noexcept {
        return nsec3_;
    }

private:
    dns::Octets octets_;
    std::size_t soa_octets_;
    std::uint16_t signatures_ = 0;
    dns::RrsetPtr nsec3param_;  // what nsec3_ points into
    std::optional<sign::Nsec3Parameters> nsec3_;
};

class Table {
public:
    explicit Table(dns::NameView apex);
    /// The table of a whole zone.
    explicit Table(const zone::Zone& zone);
    ~Table();
    Table& operator=(const Table&) = delete;

    // --- for readers, on any thread ---

    /// The zone's name, in lower case.
    [[nodiscard]] const dns::LowerName& apex() const noexcept { return apex_; }
    [[nodiscard]] const Record* find(dns::OctetView lower_name) const noexcept {
        return find(lower_name, dns::keyed_hash(lower_name));
    }
    [[nodiscard]] const Record* find(dns::OctetView lower_name, std::uint64_t hash) const noexcept;
    /// The same for a name in any case, with the hash of its lower case.
    [[nodiscard]] const Record* find_in_any_case(dns::NameView name,
                                                 std::uint64_t hash) const noexcept;
    /// The deepest existing ancestor of a missing `name`, which lies below the apex.
    [[nodiscard]] const Record& closest_encloser(const dns::LowerName& name) const noexcept;
    /// nullptr while the zone has no SOA.
    [[nodiscard]] const Negative* negative() const noexcept {
        return negative_.load(std::memory_order_acquire);
    }
    /// The records that own NSEC sets, and those that own NSEC3 sets.
    [[nodiscard]] const Chain& nsec_chain() const noexcept { return nsec_chain_; }
    [[nodiscard]] const Chain& nsec3_chain() const noexcept { return nsec3_chain_; }
    /// The record of denial at or before a name in lower case: of NSEC3, which wants the name's
    /// hash as `sign::nsec3_owner` has it, when the zone is denied by that. Round to the last;
    /// nullptr when there is none.
    [[nodiscard]] const Record* denial_at_or_before(dns::NameView lower_name) const noexcept;
    /// Asks for what a find of that hash will touch first, its slot.
    void prefetch_slot(std::uint64_t hash) const noexcept;
    /// Asks for the record that has most likely that hash; nullptr when there is certainly none.
    [[nodiscard]] const Record* prefetch_record(std::uint64_t hash) const noexcept;

    // --- for the one writer ---

    /// Puts the set at its owner, replacing one of the same type.
    void put(dns::NameView owner, const dns::RrsetPtr& set);
    /// Several sets of one owner, seen by readers as one change.
    void put(dns::NameView owner, std::span<const dns::RrsetPtr> sets);
    void remove(dns::NameView owner, dns::Type type);
    /// Runs `put_all`, which puts a zone of about `names` names before anybody reads: slots are
    /// made once, and nothing is kept for readers.
    void load(std::size_t names, const std::function<void()>& put_all);
    /// Applies the changes here, owner by owner: see the essay. The changes of one owner stand
    /// together. `rest` is called after each owner, where a reader may come too: tests read there.
    void apply(std::span<const zone::Change> changes, const std::function<void()>& rest = {});
    /// A table that differs by the changes. This one may be read until it is dropped, which must
    /// happen before its successor goes, and must not be written any more.
    [[nodiscard]] std::unique_ptr<Table> successor(std::span<const zone::Change> changes);

    /// Calls for every record, in no order.
    void for_each(const std::function<void(const Record&)>& visit) const;
    /// The same for one of `parts` parts, which together have every record of a table that does
    /// not change; of one that does, a record may be missed for once, or come twice.
    void for_each_of_part(std::size_t part, std::size_t parts,
                          const std::function<void(const Record&)>& visit) const;
    [[nodiscard]] std::size_t record_count() const noexcept { return resource_records_; }

    /// What readers may still hold, taken over: free it when all have passed.
    struct Garbage;
    using GarbagePtr = std::shared_ptr<const Garbage>;
    GarbagePtr take_garbage();

private:
    struct Slots;
    struct Place;

    Table(const Table& other);

    Record* make(dns::OctetView name, unsigned labels, std::span<const dns::RrsetPtr> sets);
    static void free(Record* record) noexcept;
    void retire(Record* record);

    template <class IsRight>
    [[nodiscard]] Place probe(std::uint64_t hash, IsRight is_right) const noexcept;
    [[nodiscard]] Place place_of(dns::OctetView lower_name, std::uint64_t hash) const noexcept;
    [[nodiscard]] Record* parent_of(const Record& record) const noexcept;
    [[nodiscard]] bool is_for_all_below(const dns::LowerName& name, dns::Type type) const noexcept;
    bool edit(dns::NameView owner, std::span<const dns::RrsetPtr> come,
              std::span<const dns::Type> gone);
    bool edit_owner(std::span<const zone::Change> changes);
    bool edit_each(std::span<const zone::Change> changes, const std::function<void()>& rest = {});
    Record& insert(const dns::LowerName& name, unsigned labels, std::span<const dns::RrsetPtr> sets,
                   Record* apart = nullptr);
    void replace(Record& old, std::span<const dns::RrsetPtr> sets);
    void take_out(const dns::LowerName& name);
    void grow();
    void change_slots(std::size_t count);
    static void mark(Record& record, const Record* parent) noexcept;
    void mark_all();
    [[nodiscard]] std::unique_ptr<Table> rebuilt(std::span<const zone::Change> changes) const;
    void take_soa(const Record& apex);

    // table_denial.cpp
    [[nodiscard]] bool is_for_apart(unsigned labels,
                                    std::span<const dns::RrsetPtr> sets) const noexcept;
    [[nodiscard]] bool is_hash_only(unsigned labels,
                                    std::span<const dns::RrsetPtr> sets) const noexcept;
    [[nodiscard]] Record* apart_with(dns::OctetView lower_name) const noexcept;
    [[nodiscard]] Record* record_with(dns::OctetView lower_name) const noexcept;
    void put_apart(const dns::LowerName& name, std::span<const dns::RrsetPtr> sets, Record* old);
    void link(const Record* old, Record* now);
    void build_chains();
    bool edit_in_turn(std::span<const zone::Change> changes, const std::function<void()>& rest);
    [[nodiscard]] std::optional<dns::Name> start_of_hashes() const;
    [[nodiscard]] std::vector<zone::Change> without_losses(
        std::span<const zone::Change> of_owner) const;
    enum class Turn : std::uint8_t;
    [[nodiscard]] Turn turn_of(std::span<const zone::Change> of_owner) const noexcept;

    dns::LowerName apex_;
    std::atomic<Slots*> slots_;
    std::atomic<const Negative*> negative_{nullptr};
    Chain nsec_chain_;
    Chain nsec3_chain_;
    std::size_t used_ = 0;  // slots that are not free, tombstones included
    std::size_t resource_records_ = 0;
    bool owns_records_ = true;  // false once there is a successor
    bool is_loading_ = false;   // nobody reads yet
    bool is_unread_ = false;    // the same, of a successor in the making
    bool wants_marks_ = false;  // when it is loaded
    bool wants_chains_ = false;
    std::shared_ptr<Garbage> garbage_;
};

}  // namespace portolan::answer
