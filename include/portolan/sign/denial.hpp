// The records that prove what is not there: NSEC (RFC 4034 4) and NSEC3 (RFC 5155).
//
// Every name that is there owns one; together they form a ring in canonical order, each naming the
// next. With NSEC the names stand in the ring themselves, and empty non-terminals do not. With
// NSEC3 it is their hashes, those of empty non-terminals too, as labels below the apex.
#pragma once

#include <span>

#include "portolan/dns/name.hpp"
#include "portolan/dns/rrset.hpp"
#include "portolan/registry/plan.hpp"

namespace portolan::sign {

/// Types that a name has, in any order and any number of times.
using Types = std::vector<dns::Type>;

/// RFC 4034 4.1.2, RFC 5155 3.2.1.
dns::Octets type_bitmap(Types types);

/// How a zone denies: by which of the two, under what name, for how long.
class Ring {
public:
    /// `ttl` is that of negative answers (RFC 9077 3).
    Ring(registry::Denial denial, dns::NameView apex, dns::Ttl ttl)
        : denial_(denial), apex_(apex), ttl_(ttl) {}

    [[nodiscard]] bool is_hashed() const noexcept { return denial_ == registry::Denial::nsec3; }
    [[nodiscard]] dns::Type type() const noexcept {
        return is_hashed() ? dns::Type::nsec3 : dns::Type::nsec;
    }
    /// Where the name stands in the ring: itself, or its hash below the apex.
    [[nodiscard]] dns::Name place_of(dns::NameView name) const;
    /// The set at a place. `types` are those of its name, without NSEC and RRSIG; `is_signed` when
    /// any set of the name is signed.
    [[nodiscard]] dns::RrsetPtr set(dns::NameView next_place, const Types& types,
                                    bool is_signed) const;
    /// The same set with another next place.
    [[nodiscard]] dns::RrsetPtr with_next(const dns::Rrset& set, dns::NameView next_place) const;
    /// The place that a set of the ring names as the next.
    [[nodiscard]] dns::Name next_in(const dns::Rrset& set) const;
    /// The NSEC3PARAM that belongs to an apex (RFC 5155 4), as long-lived as negative answers;
    /// nullptr with NSEC.
    [[nodiscard]] dns::RrsetPtr parameters() const;

private:
    registry::Denial denial_;
    dns::PackedName apex_;
    dns::Ttl ttl_;
};

}  // namespace portolan::sign
