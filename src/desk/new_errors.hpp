// What a change to a plan would break.
#pragma once

#include <string>
#include <vector>

#include "portolan/registry/plan.hpp"
#include "portolan/zone/records.hpp"

namespace portolan::desk {

/// The errors on ports and names that the second plan has and the first has not, as sentences with
/// cures. `extra` is what both have in their master file.
std::vector<std::string> new_errors(const registry::Plan& before, const registry::Plan& after,
                                    const zone::Records& extra);

}  // namespace portolan::desk
