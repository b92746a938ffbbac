// The zone: owners and their RRsets, in canonical order.
//
// One value type for all that DNS says of a plan. `zone::derive` builds it, `zone::diff`
// compares two, a master file prints it, and `answer::Table` compiles it for the packet path.
// RRsets are packed and shared (dns/rrset.hpp), so copying a Zone copies pointers.
//
// Empty non-terminals are not stored: a name exists when it or any name below it holds an RRset
// (RFC 8020, RFC 4592 2.2.2); `answer::Table` materialises them for the lookup.
//
// A Zone is edited by one thread (the engine) and then only read.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "portolan/dns/name.hpp"
#include "portolan/dns/rrset.hpp"

namespace portolan::zone {

/// The RRsets of one owner, by rising type number; at most one of a type.
using Node = std::vector<dns::RrsetPtr>;
using Nodes = std::map<dns::PackedName, Node, dns::CanonicalOrder>;

class Zone {
public:
    explicit Zone(dns::NameView apex = {}) : apex_(apex) {}

    [[nodiscard]] dns::NameView apex() const noexcept { return apex_; }
    [[nodiscard]] const Nodes& nodes() const noexcept { return nodes_; }
    [[nodiscard]] const Node* node(dns::NameView owner) const noexcept;
    [[nodiscard]] const dns::Rrset* find(dns::NameView owner, dns::Type type) const noexcept;
    [[nodiscard]] std::size_t rrset_count() const noexcept;
    [[nodiscard]] std::size_t record_count() const noexcept;

    /// Puts the set at its owner, replacing one of the same type.
    void put(dns::NameView owner, dns::RrsetPtr rrset);
    /// Takes the set away; the owner goes with its last one.
    void remove(dns::NameView owner, dns::Type type);

    [[nodiscard]] std::optional<dns::Serial> serial() const noexcept;
    /// Replaces the serial in the SOA, which must exist.
    void set_serial(dns::Serial serial);

private:
    dns::PackedName apex_;
    Nodes nodes_;
};

/// Same owners, same sets; owner case and, unless `with_serial`, the SOA serial do not count.
bool equal(const Zone& a, const Zone& b, bool with_serial = false);

}  // namespace portolan::zone
