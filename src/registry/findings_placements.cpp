// Which instances are placed where: outside `instances:`, twice, nowhere, led by nobody.
#include <fmt/core.h>

#include <algorithm>

#include "portolan/registry/services.hpp"
#include "registry/report.hpp"

namespace portolan::registry {
namespace {

bool is_placed(const Placement& placement, unsigned instance) {
    return std::any_of(placement.instances.begin(), placement.instances.end(),
                       [&](const auto& each) { return each.instance == instance; });
}

void check_instances(Report& report, const Placement& placement) {
    const auto& convention = report.plan().convention;
    if (!convention || report.plan().service(placement.subject) != nullptr) return;
    for (const auto& each : placement.instances)
        if (each.instance < convention->first_instance || each.instance > convention->last_instance)
            report.error("instance-out-of-bounds", each.place,
                         fmt::format("instance {} is outside `instances: {}-{}`", each.instance,
                                     convention->first_instance, convention->last_instance),
                         "Widen `instances:`, or place another instance.");
}

void check_repeats(Report& report, const Placement& placement) {
    const auto& all = placement.instances;
    for (std::size_t i = 1; i < all.size(); ++i)
        if (std::any_of(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i),
                        [&](const auto& each) { return each.instance == all[i].instance; }))
            report.error("duplicate-instance", all[i].place,
                         fmt::format("instance {} of {} is placed twice", all[i].instance,
                                     placement.subject),
                         "Keep one of them.");
}

void check_placed_service(Report& report, const Placement& placement) {
    const auto* service = report.plan().service(placement.subject);
    if (service == nullptr || placement.instances.empty()) return;
    for (const auto& port : service->ports)
        if (!port.port)
            report.error("endpoint-without-port", placement.place,
                         fmt::format("{} is placed here, and has no port", service->name),
                         "Write `port:` at the service.");
}

/// The leader that an override names must be an instance (or, for listed endpoints, a position).
void check_leader(Report& report, const Environment& environment, const Override& override) {
    if (!override.leader) return;
    const auto& plan = report.plan();
    bool exists = true;
    if (plan.application(override.subject) != nullptr) {
        const auto* placement = environment.placement(override.subject);
        exists = placement != nullptr && is_placed(*placement, *override.leader);
    } else if (const auto* service = plan.service(override.subject)) {
        const auto endpoints =
            resolve(plan, environment, *service, service->ports.front()).endpoints;
        exists =
            std::any_of(endpoints.begin(), endpoints.end(), [&, at = 0U](const auto& e) mutable {
                ++at;
                return (e.instance != 0 ? e.instance : at) == *override.leader;
            });
    }
    if (!exists)
        report.error("leader-not-placed", override.place,
                     fmt::format("the leader of {} is to be instance {}, which {} does not have",
                                 override.subject, *override.leader, environment.name),
                     "Place that instance, or name another leader.");
}

void check_placed_nowhere(Report& report, const Environment& environment) {
    std::vector<std::string> names;
    for (const auto& each : report.plan().convention->applications) {
        const auto* placement = environment.placement(each.name);
        if (placement == nullptr || placement->instances.empty()) names.push_back(each.name);
    }
    if (names.empty()) return;
    const auto which = names.size() == report.plan().convention->applications.size()
                           ? "no application is"
                       : names.size() == 1 ? names.front() + " is not"
                                           : listed(names) + " are not";
    report.note(
        "placed-nowhere", environment.place,
        fmt::format("{} placed in {}: their services answer NODATA there", which, environment.name),
        "Place them under `place:` if they run there.");
}

}  // namespace

void check_placements(Report& report) {
    for (const auto& environment : report.plan().environments) {
        for (const auto& placement : environment.placements) {
            check_instances(report, placement);
            check_repeats(report, placement);
            check_placed_service(report, placement);
        }
        for (const auto& each : environment.overrides) check_leader(report, environment, each);
        if (report.plan().convention) check_placed_nowhere(report, environment);
    }
}

}  // namespace portolan::registry
