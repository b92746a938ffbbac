// What every check on names looks at: the units of a plan and who puts what at which owner.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "portolan/registry/finding.hpp"
#include "portolan/zone/findings.hpp"
#include "portolan/zone/units.hpp"

namespace portolan::zone {

/// One set at an owner, with where it was written. `file` is empty for what the plan itself says.
struct Claim {
    dns::RrsetPtr rrset;
    std::string what;
    registry::Place place;  // in the plan …
    std::string file;       // … or file and line of the master file
    std::uint32_t line = 0;
    [[nodiscard]] bool is_derived() const noexcept { return file.empty(); }
};

class NameSpace {
public:
    NameSpace(const registry::Plan& plan, const Records& records);

    using Claims = std::map<dns::PackedName, std::vector<Claim>, dns::CanonicalOrder>;
    [[nodiscard]] const registry::Plan& plan() const noexcept { return plan_; }
    [[nodiscard]] const Claims& claims() const noexcept { return claims_; }
    /// The claim on (owner, type); nullptr when nobody makes it.
    [[nodiscard]] const Claim* find(dns::NameView owner, dns::Type type) const noexcept;

    /// A finding at the claim's place, and the place as text for other findings' messages.
    [[nodiscard]] registry::Finding finding(registry::Severity severity, std::string rule,
                                            const Claim& claim, std::string message,
                                            std::string cure) const;
    [[nodiscard]] std::string place_of(const Claim& claim) const;

private:
    void claim(const std::vector<PlacedUnit>& units);

    const registry::Plan& plan_;
    Claims claims_;
};

/// A name as findings show it: no final dot.
std::string shown(dns::NameView name);

void check_label_spaces(const NameSpace& space, registry::Findings& findings);
void check_claims(const NameSpace& space, registry::Findings& findings);
void check_apex(const NameSpace& space, registry::Findings& findings);
void check_lengths(const NameSpace& space, registry::Findings& findings);
void check_targets(const NameSpace& space, registry::Findings& findings);
void check_sizes(const NameSpace& space, registry::Findings& findings);

}  // namespace portolan::zone
