#include "desk/new_errors.hpp"

#include <set>

#include "portolan/registry/findings.hpp"
#include "portolan/zone/findings.hpp"

namespace portolan::desk {
namespace {

registry::Findings findings_of(const registry::Plan& plan, const zone::Records& extra) {
    auto all = registry::check_ports(plan);
    for (auto& each : zone::check_names(plan, extra)) all.push_back(std::move(each));
    return all;
}

}  // namespace

std::vector<std::string> new_errors(const registry::Plan& before, const registry::Plan& after,
                                    const zone::Records& extra) {
    std::set<std::string> known;
    for (const auto& each : findings_of(before, extra)) known.insert(each.message);
    std::vector<std::string> errors;
    for (const auto& each : findings_of(after, extra))
        if (each.severity == registry::Severity::error && !known.contains(each.message))
            errors.push_back(each.message + ". " + each.cure);
    return errors;
}

}  // namespace portolan::desk
