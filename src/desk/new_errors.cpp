#include "desk/new_errors.hpp"

#include <set>

#include "portolan/registry/findings.hpp"

namespace portolan::desk {

std::vector<std::string> new_errors(const registry::Plan& before, const registry::Plan& after) {
    std::set<std::string> known;
    for (const auto& each : registry::check_ports(before)) known.insert(each.message);
    std::vector<std::string> errors;
    for (const auto& each : registry::check_ports(after))
        if (each.severity == registry::Severity::error && !known.contains(each.message))
            errors.push_back(each.message + ". " + each.cure);
    return errors;
}

}  // namespace portolan::desk
