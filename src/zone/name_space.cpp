#include "name_space.hpp"

#include "portolan/dns/presentation.hpp"

namespace portolan::zone {

std::string shown(dns::NameView name) {
    std::string text = dns::to_text(name);
    if (text.size() > 1) text.pop_back();
    return text;
}

NameSpace::NameSpace(const registry::Plan& plan, const Records& records) : plan_(plan) {
    claim(apex_units(plan));
    for (const auto& environment : plan.environments) {
        claim(environment_units(plan, environment.name));
    }
    claim(published_units(plan));
    for (const auto set : records) {
        const Records::Place at = records.place(set);
        claims_[set.owner].push_back({set.rrset, "the master file", {}, at.file, at.line});
    }
}

void NameSpace::claim(const std::vector<PlacedUnit>& units) {
    for (const auto& placed : units) {
        for (auto& set : rrsets_of(placed.unit)) {
            claims_[set.owner].push_back({std::move(set.rrset), placed.what, placed.place, {}, 0});
        }
    }
}

const Claim* NameSpace::find(dns::NameView owner, dns::Type type) const noexcept {
    const auto found = claims_.find(owner);
    if (found == claims_.end()) return nullptr;
    for (const auto& claim : found->second) {
        if (claim.rrset->type() == type) return &claim;
    }
    return nullptr;
}

registry::Finding NameSpace::finding(registry::Severity severity, std::string rule,
                                     const Claim& claim, std::string message,
                                     std::string cure) const {
    if (claim.is_derived()) {
        return plan_.finding(severity, std::move(rule), claim.place, std::move(message),
                             std::move(cure));
    }
    return {severity, std::move(rule),    claim.file,     claim.line,
            1,        std::move(message), std::move(cure)};
}

std::string NameSpace::place_of(const Claim& claim) const {
    return claim.is_derived() ? plan_.text(claim.place)
                              : claim.file + ":" + std::to_string(claim.line);
}

}  // namespace portolan::zone
