// What a change to a plan would break.
#pragma once

#include <string>
#include <vector>

#include "portolan/registry/plan.hpp"

namespace portolan::desk {

/// The errors on ports that the second plan has and the first has not, as sentences with cures.
std::vector<std::string> new_errors(const registry::Plan& before, const registry::Plan& after);

}  // namespace portolan::desk
