// Types that have an id for each environment: environments without one, ids without environment.
#include <fmt/core.h>

#include "portolan/registry/services.hpp"
#include "portolan/registry/suggest.hpp"
#include "registry/report.hpp"

namespace portolan::registry {
namespace {

void check_without_id(Report& report, const PortType& type) {
    std::vector<std::string> names;
    for (const auto& each : report.plan().environments)
        if (!is_declared(type, each)) names.push_back(each.name);
    if (names.empty()) return;
    report.warning("environment-without-id", type.place,
                   fmt::format("{} has no id in {}, so there is no such port there", type.name,
                               listed(names, 8)),
                   "Give it an id for each environment that has the port.");
}

void check_without_environment(Report& report, const PortType& type) {
    for (const auto& each : type.ids) {
        if (report.plan().environment(each.environment) != nullptr) continue;
        const auto near = closest(each.environment, names_of(report.plan().environments));
        report.warning("id-without-environment", each.place,
                       fmt::format("{} has the id {} for \"{}\", and there is no such environment",
                                   type.name, each.id, each.environment),
                       "Declare the environment, or remove the id." +
                           (near ? " Did you mean \"" + *near + "\"?" : std::string()));
    }
}

}  // namespace

void check_environments(Report& report) {
    if (!report.plan().convention) return;
    for (const auto& type : report.plan().convention->types) {
        if (type.ids.empty()) continue;
        if (!type.id) check_without_id(report, type);
        check_without_environment(report, type);
    }
}

}  // namespace portolan::registry
