// Collects findings with their places, so that the checks may run in any order and the user
// still reads them in the plan's.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "portolan/registry/findings.hpp"
#include "portolan/registry/plan.hpp"
#include "portolan/registry/port_map.hpp"

namespace portolan::registry {

class Report {
public:
    explicit Report(const Plan& plan) : plan_(plan) {
        if (plan.convention) claims_ = claims(*plan.convention);
    }

    using Ports = std::vector<unsigned>;
    /// `ports`: what it is about, when that is numbers.
    void add(Severity severity, std::string rule, const Place& place, std::string message,
             std::string cure, Ports ports = {});
    void error(std::string rule, const Place& place, std::string message, std::string cure,
               Ports ports = {}) {
        add(Severity::error, std::move(rule), place, std::move(message), std::move(cure),
            std::move(ports));
    }
    void warning(std::string rule, const Place& place, std::string message, std::string cure,
                 Ports ports = {}) {
        add(Severity::warning, std::move(rule), place, std::move(message), std::move(cure),
            std::move(ports));
    }
    void note(std::string rule, const Place& place, std::string message, std::string cure,
              Ports ports = {}) {
        add(Severity::note, std::move(rule), place, std::move(message), std::move(cure),
            std::move(ports));
    }

    [[nodiscard]] const Plan& plan() const noexcept { return plan_; }
    /// Every number of the convention, once.
    [[nodiscard]] const std::vector<Claim>& all_claims() const noexcept { return claims_; }
    /// All findings, by place; those of one place in the order in which they were found.
    [[nodiscard]] std::vector<PortFinding> in_plan_order() const;

private:
    const Plan& plan_;
    std::vector<Claim> claims_;
    std::multimap<Place, PortFinding> found_;  // equal places keep their order
};

// The checks, one file a subject.
void check_ids(Report& report);           // findings_ids.cpp
void check_collisions(Report& report);    // findings_collisions.cpp
void check_bounds(Report& report);        // findings_ranges.cpp
void check_ranges(Report& report);        // findings_ranges.cpp
void check_references(Report& report);    // findings_references.cpp
void check_placements(Report& report);    // findings_placements.cpp
void check_addresses(Report& report);     // findings_addresses.cpp
void check_environments(Report& report);  // findings_environments.cpp
void check_multicast(Report& report);     // findings_multicast.cpp
void check_platforms(Report& report);     // findings_platforms.cpp

/// The letters that stand for a field of the pattern: "YY".
std::string letters(const Pattern& pattern, const Field& wanted);

/// Whether IANA's name for the port is the entry's own: redis on 6379, _ldap at 389.
bool is_iana_name_of(const NamedUse& use, std::string_view name);

/// "a", "a and b", "a, b and c", "a, b, c and 9 more" (at most `limit` names).
std::string listed(const std::vector<std::string>& names, std::size_t limit = 4);
/// "1 port", "3 ports".
std::string counted(std::size_t count, const std::string& noun);
/// "line 12", or "other.yaml:12" when it is in another file than `from`.
std::string where(const Plan& plan, const Place& place, const Place& from);

}  // namespace portolan::registry
