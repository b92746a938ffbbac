#include "portolan/answer/find.hpp"

namespace portolan::answer {
namespace {

/// The wildcard below the closest encloser, the only one that may cover a missing name
/// (RFC 4592 3.3.1).
const Table::Node* wildcard_below(const Table& table, const Table::Node& encloser) noexcept {
    if (!encloser.has_wildcard) return nullptr;
    dns::Name wildcard(encloser.name);
    if (!wildcard.prepend("*")) return nullptr;
    return table.find(wildcard);
}

const Table::Node* ancestor_node(const Table& table, dns::NameView name, unsigned labels,
                                 unsigned wanted) noexcept {
    return table.find(name.ancestor(labels - wanted));
}

/// A CNAME answers for every type but itself and those that may stand beside it (RFC 2181 10.1,
/// RFC 4034 3 and 4).
bool follows_alias(dns::Type type) noexcept {
    return type != dns::Type::cname && type != dns::Type::any && type != dns::Type::rrsig &&
           type != dns::Type::nsec;
}

/// What the sets of one node, the name's own or a covering wildcard's, say to `type`.
Lookup at_node(const Table::Node& node, dns::Type type) noexcept {
    if (node.rrsets == nullptr || node.rrsets->empty()) return NoData{};
    // RFC 8482 4.1: one RRset of our choice answers ANY; amplifiers and gossips get no more.
    if (type == dns::Type::any) return Positive{node.rrsets->front().get()};
    if (const dns::Rrset* rrset = node.find(type); rrset != nullptr) return Positive{rrset};
    if (follows_alias(type)) {
        if (const dns::Rrset* cname = node.find(dns::Type::cname); cname != nullptr) {
            return Alias{cname};
        }
    }
    return NoData{};
}

}  // namespace

Lookup find(const Table& table, dns::NameView name, dns::Type type) noexcept {
    const Table::Node* exact = table.find(name);
    const Table::Node& nearest = exact != nullptr ? *exact : table.closest_encloser(name);
    const unsigned labels = name.label_count();

    // The upper of a cut and a DNAME wins: what lies below either is not this zone's to say.
    if (nearest.cut != Table::no_depth && nearest.cut <= nearest.dname) {
        // DS is the parent's word about the child, so the cut itself answers it (RFC 4035 3.1.4.1).
        const bool asks_parent = type == dns::Type::ds && nearest.cut == labels;
        if (!asks_parent) {
            const Table::Node* cut = ancestor_node(table, name, labels, nearest.cut);
            return Referral{cut, cut->find(dns::Type::ns)};
        }
    } else if (nearest.dname < labels) {  // a DNAME's own owner is not rewritten (RFC 6672 2.3)
        const Table::Node* owner = ancestor_node(table, name, labels, nearest.dname);
        return Substitution{owner, owner->find(dns::Type::dname)};
    }

    if (exact != nullptr) return at_node(*exact, type);
    if (const Table::Node* wildcard = wildcard_below(table, nearest); wildcard != nullptr) {
        return at_node(*wildcard, type);
    }
    return NxDomain{};
}

const Table::Node* find_target(const Table& table, dns::NameView target) noexcept {
    if (!target.is_at_or_below(table.apex())) return nullptr;
    const Table::Node* exact = table.find(target);
    const Table::Node& nearest = exact != nullptr ? *exact : table.closest_encloser(target);
    if (nearest.dname != Table::no_depth && nearest.dname < target.label_count()) return nullptr;
    if (exact != nullptr) return exact;
    return nearest.cut == Table::no_depth ? wildcard_below(table, nearest) : nullptr;
}

}  // namespace portolan::answer
