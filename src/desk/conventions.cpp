#include "desk/conventions.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>

namespace portolan::desk {
namespace {

using Instances = std::map<unsigned, std::string>;  // host by instance

registry::Finding finding(const Imported& imported, registry::Severity severity, std::string rule,
                          const registry::Place& place, std::string message, std::string cure) {
    return {severity,       std::move(rule), imported.files.at(place.file),
            place.line,     place.column,    std::move(message),
            std::move(cure)};
}

/// The hosts of most rows of an instance.
std::map<std::string, std::map<std::string, Instances>> placements_of(
    const std::vector<KeyedPort>& facts, const Places& places) {
    std::map<std::string,
             std::map<std::string, std::map<unsigned, std::map<std::string, unsigned>>>>
        votes;
    for (const auto& fact : facts) {
        const auto spot = places.spot_of(*fact.port);
        if (spot.environment.empty() || spot.host.empty()) continue;
        ++votes[spot.environment][fact.application][fact.instance][spot.host];
    }
    std::map<std::string, std::map<std::string, Instances>> placed;
    for (const auto& [environment, applications] : votes)
        for (const auto& [application, instances] : applications)
            for (const auto& [instance, hosts] : instances)
                placed[environment][application][instance] =
                    std::ranges::max_element(hosts, {}, [](auto& each) {
                        return each.second;
                    })->first;
    return placed;
}

registry::Placement placement_of(const std::string& subject, const Instances& instances,
                                 const registry::Place& place) {
    registry::Placement placement{subject, {}, place};
    for (const auto& [instance, host] : instances)
        placement.instances.push_back({instance, host, {}, {}, place});
    return placement;
}

/// What more than one application has in common, and most of them.
std::optional<Instances> common(const std::map<std::string, Instances>& applications) {
    std::map<Instances, std::size_t> counts;
    for (const auto& [application, instances] : applications) ++counts[instances];
    const auto most = std::ranges::max_element(counts, {}, [](auto& each) { return each.second; });
    if (most == counts.end() || most->second < 2) return {};
    return most->first;
}

}  // namespace

void report(const Inferred& inferred, std::size_t facts, const Imported& imported,
            registry::Findings& findings) {
    using registry::Severity;
    const auto& pattern = inferred.convention.pattern.text;
    findings.push_back(finding(imported, Severity::note, "convention",
                               {inferred.convention.place.file, 0, 0},
                               fmt::format("{} explains {} of {} ports", pattern,
                                           facts - inferred.exceptions.size(), facts),
                               ""));
    for (const auto& [fact, expected] : inferred.exceptions) {
        const auto& port = *fact.port;
        auto message = fmt::format("{} {}", fact.application, fact.type);
        if (fact.has_instance) message += fmt::format(" instance {}", fact.instance);
        message += fmt::format(" is {}/{} here", port.ports.first, to_string(port.protocol));
        auto cure = std::string("Move it there, or give it a service of its own");
        if (expected && *expected != port.ports.first) {
            message += fmt::format(", and {} by {}", *expected, pattern);
        } else {
            message += fmt::format(", which {} does not compose", pattern);
            cure = "Give it a service of its own";
        }
        findings.push_back(finding(imported, Severity::warning, "exception", port.place,
                                   std::move(message), std::move(cure)));
    }
}

void add_convention(const Inferred& inferred, const std::vector<KeyedPort>& facts,
                    const Places& places, registry::Plan& plan) {
    plan.convention = inferred.convention;
    const auto placed = placements_of(facts, places);
    for (std::size_t i = 0; i < plan.environments.size(); ++i) {
        const auto found = placed.find(plan.environments[i].name);
        if (found == placed.end()) continue;
        auto& environment = plan.environments.edit(i);
        const auto usual = common(found->second);
        if (usual)
            environment.placements.push_back(placement_of("default", *usual, environment.place));
        for (const auto& application : plan.convention->applications) {
            const auto own = found->second.find(application.name);
            const auto instances = own == found->second.end() ? Instances{} : own->second;
            if (usual ? instances == *usual : instances.empty()) continue;
            environment.placements.push_back(
                placement_of(application.name, instances, application.place));
        }
    }
}

}  // namespace portolan::desk
