// One zone, compiled for the lookup: a hash table of every name that exists.
//
// The zone holds the RRsets already in answer form (dns/rrset.hpp); what the packet path needs
// beside them is to find a name in one probe, and to know without walking the tree what stands
// above it. So the table has a Node for every existing name, empty non-terminals included, and
// each Node says how deep the topmost zone cut and DNAME at or above it lie.
//
// Names exist downwards: when a name exists, so do its ancestors up to the apex (RFC 8020). The
// closest encloser (RFC 4592 3.3.1) of a missing name is therefore found by bisecting its depth,
// seven probes for the deepest name that can be sent.
//
// A Table is immutable and holds its Zone alive; any number of threads may read it. The hash is
// keyed by a secret of the process, so that nobody can aim names at one slot.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "portolan/zone/zone.hpp"

namespace portolan::answer {

class Table {
public:
    /// "No such thing above": more labels than a name can have.
    static constexpr std::uint8_t no_depth = 255;

    struct Node {
        dns::NameView name;                  // into the zone's names
        const zone::Node* rrsets = nullptr;  // null for an empty non-terminal
        std::uint8_t labels = 0;             // of `name`
        std::uint8_t cut = no_depth;         // labels of the topmost zone cut at or above
        std::uint8_t dname = no_depth;       // labels of the topmost DNAME owner at or above
        bool has_wildcard = false;           // *.name exists

        [[nodiscard]] const dns::Rrset* find(dns::Type type) const noexcept;
    };

    /// Compiles the zone; a zone that is to be served has a SOA at its apex.
    explicit Table(std::shared_ptr<const zone::Zone> zone);

    [[nodiscard]] const zone::Zone& zone() const noexcept { return *zone_; }
    [[nodiscard]] dns::NameView apex() const noexcept { return zone_->apex(); }
    [[nodiscard]] const Node& apex_node() const noexcept { return *apex_node_; }
    /// The SOA as it stands in negative answers: one record in answer form whose TTL is the
    /// lesser of its own and MINIMUM (RFC 2308 5).
    [[nodiscard]] dns::OctetView negative_soa() const noexcept { return negative_soa_; }

    /// The node of an existing name; nullptr when the name does not exist. Case is ignored.
    [[nodiscard]] const Node* find(dns::NameView name) const noexcept;
    /// The deepest existing ancestor of a missing `name`, which lies below the apex.
    [[nodiscard]] const Node& closest_encloser(dns::NameView name) const noexcept;

private:
    struct Slot {
        std::uint32_t tag = 0;   // high half of the hash
        std::uint32_t node = 0;  // index + 1; 0 is a free slot
    };

    void add_names();
    void mark_depths();
    void index();
    void compile_soa();

    std::shared_ptr<const zone::Zone> zone_;
    std::vector<Node> nodes_;  // in canonical order: ancestors before descendants
    std::vector<Slot> slots_;  // a power of two, at most half full
    const Node* apex_node_ = nullptr;
    dns::Octets negative_soa_;
};

/// The table's hash of a name, whatever its case.
std::uint64_t hash_of(dns::NameView name) noexcept;

}  // namespace portolan::answer
