// Findings between plans that one server serves.
#include <fmt/core.h>

#include <map>
#include <set>

#include "portolan/dns/presentation.hpp"
#include "portolan/registry/findings.hpp"
#include "registry/multicast.hpp"
#include "registry/repeats.hpp"
#include "registry/report.hpp"

namespace portolan::registry {
namespace {

void check_zones(Findings& findings, const std::vector<const Plan*>& plans) {
    std::map<dns::PackedName, const Plan*, dns::CanonicalOrder> zones;
    for (const auto* plan : plans) {
        const auto [first, fresh] = zones.try_emplace(plan->zone.value, plan);
        if (!fresh)
            findings.push_back(plan->finding(
                Severity::error, "zone-twice", plan->zone.place,
                fmt::format("the zone {} is also that of {}", dns::to_text(plan->zone.value),
                            first->second->text(first->second->zone.place)),
                "One plan is one zone: join them with `include:`, or rename one."));
    }
}

/// Environments of two plans that have one name (or alias) are one environment.
bool are_one(const Environment& a, const Environment& b) {
    if (a.is_called(b.name)) return true;
    for (const auto& alias : b.aliases)
        if (a.is_called(alias.value)) return true;
    return false;
}

struct Home {
    const Plan* plan;
    const Environment* environment;
    const Host* host;
};

void check_addresses(Findings& findings, const std::vector<const Plan*>& plans) {
    const auto repeats = repeated_addresses(plans);
    if (!repeats.any()) return;
    std::map<Address, Home> homes;
    std::set<std::pair<const Environment*, const Environment*>> told;
    for (const auto* plan : plans)
        for (const auto& environment : plan->environments)
            for (const auto& host : environment.hosts)
                for (const auto& address : host.addresses) {
                    if (!repeats.may_hold(hash_of(address.value))) continue;
                    const auto& first =
                        homes.try_emplace(address.value, Home{plan, &environment, &host})
                            .first->second;
                    if (first.plan == plan || are_one(*first.environment, environment)) continue;
                    if (!told.emplace(first.environment, &environment).second) continue;
                    findings.push_back(plan->finding(
                        Severity::warning, "address-in-two-environments",
                        address.place.line != 0 ? address.place : host.place,
                        fmt::format("{} is {} in {} here and {} in {} of {}",
                                    to_string(address.value), host.name, environment.name,
                                    first.host->name, first.environment->name,
                                    first.plan->text(first.host->place)),
                        "Environments are sequestered to their own hardware: give each its own "
                        "hosts."));
                }
}

void check_pair(Findings& findings, const Plan& plan, const GroupUse& use, const Plan& other,
                const GroupUse& others) {
    const auto met = meeting(others, use);
    if (!met.same_group) return;
    const bool collide = !met.witnesses.empty();
    const auto so = collide ? fmt::format("and {} on it: {}", counted(met.witnesses.size(), "port"),
                                          listed(met.witnesses, 2))
                            : std::string("with different ports: hosts that join it receive both");
    findings.push_back(plan.finding(
        collide ? Severity::error : Severity::warning,
        collide ? "multicast-collision" : "shared-multicast-group",
        use.environment->multicast->place,
        fmt::format("{} and {} of {} share the multicast group {} {}", use.environment->name,
                    others.environment->name, other.text(others.environment->multicast->place),
                    to_string(use.group()), so),
        fmt::format("Give {} a group of its own.", use.environment->name)));
}

void check_groups(Findings& findings, const std::vector<const Plan*>& plans) {
    std::vector<std::pair<const Plan*, GroupUse>> seen;
    for (const auto* plan : plans) {
        const auto uses = group_uses(*plan);
        for (const auto& use : uses)
            for (const auto& [other, others] : seen)
                check_pair(findings, *plan, use, *other, others);
        for (const auto& use : uses) seen.emplace_back(plan, use);
    }
}

}  // namespace

Findings check_together(const std::vector<const Plan*>& plans) {
    Findings findings;
    if (plans.size() < 2) return findings;
    check_zones(findings, plans);
    check_addresses(findings, plans);
    check_groups(findings, plans);
    return findings;
}

}  // namespace portolan::registry
