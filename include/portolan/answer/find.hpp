// Deciding what a zone has to say to (name, type), before anything is written.
//
// The algorithm is RFC 1034 4.3.2 as sharpened by RFC 4592 (wildcards), RFC 6672 (DNAME) and
// RFC 8020 (nothing below a missing name). Its cases are a closed sum; each carries what its
// reply needs, so that writing never searches again.
#pragma once

#include <variant>

#include "portolan/answer/table.hpp"

namespace portolan::answer {

/// What answers for a name: its own record, or a wildcard's.
struct Source {
    const Record* record;
    const Record* encloser = nullptr;  // the closest one, when a wildcard was expanded below it
};

struct Positive {
    Source source;
    const dns::Rrset* rrset;
};
/// The name exists, or a wildcard covers it, without the type (RFC 2308 2.2).
struct NoData {
    Source source;
};
/// The name does not exist (RFC 2308 2.1).
struct NxDomain {
    const Record* encloser;  // the closest one
};
/// A CNAME stands at the name or covers it: the search goes on at its target.
struct Alias {
    Source source;
    const dns::Rrset* cname;
};
/// A DNAME above the name rewrites it (RFC 6672 2.2).
struct Substitution {
    const Record* owner;
    const dns::Rrset* dname;
};
/// The name lies at or below a zone cut: others are authoritative (RFC 1034 4.2.1).
struct Referral {
    const Record* cut;
    const dns::Rrset* ns;
};

using Lookup = std::variant<Positive, NoData, NxDomain, Alias, Substitution, Referral>;

/// `name` lies at or below the table's apex; `exact` is its record, nullptr when it does not exist.
Lookup find(const Table& table, const dns::LowerName& name, const Record* exact,
            dns::Type type) noexcept;

/// The wildcard below the closest encloser, the only one that may cover a missing name
/// (RFC 4592 3.3.1); nullptr when there is none.
const Record* wildcard_below(const Table& table, const Record& encloser) noexcept;

/// What the sets of one record, the name's own or a covering wildcard's, say to `type`.
Lookup at_record(Source source, dns::Type type) noexcept;

/// Where the addresses of a target are to be had: its own record, or the wildcard that covers it;
/// nullptr when the zone has none. `hash` is that of its lower case. What stands below a zone cut
/// counts too: in Additional it is a hint, which those who are told of it know to be one
/// (RFC 2181 5.4.1).
const Record* find_target(const Table& table, dns::NameView target, std::uint64_t hash) noexcept;

}  // namespace portolan::answer
