#include "plain_name_space.hpp"

#include "portolan/zone/sets.hpp"

namespace portolan::test {

PlainNameSpace::PlainNameSpace(const registry::Plan& plan, const zone::Records& records)
    : NameSpace(plan) {
    for (std::size_t section = 0; section < zone::section_count(plan); ++section) {
        claim(zone::section_units(plan, section));
    }
    for (const auto record : records) {
        const auto at = records.place(record);
        claims_[record.owner].push_back({record.rrset, "the master file", {}, at.file, at.line});
    }
}

void PlainNameSpace::claim(const zone::Units& units) {
    zone::SetMaker maker;
    for (const auto& placed : units) {
        maker.make(placed.unit, [&](dns::NameView owner, std::span<const dns::RrsetPtr> sets) {
            for (const auto& set : sets) {
                claims_[owner].push_back({set, words(placed.subject), placed.place, {}, 0});
            }
        });
    }
}

std::optional<zone::Claim> PlainNameSpace::find(dns::NameView owner, dns::Type type) const {
    const auto found = claims_.find(owner);
    if (found == claims_.end()) return std::nullopt;
    for (const auto& claim : found->second) {
        if (claim.rrset->type() == type) return claim;
    }
    return std::nullopt;
}

bool PlainNameSpace::has_wildcard(dns::NameView owner) const { return claims_.contains(owner); }

bool PlainNameSpace::has_address(dns::NameView owner) const {
    return find(owner, dns::Type::a) || find(owner, dns::Type::aaaa);
}

}  // namespace portolan::test
