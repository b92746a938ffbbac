// Where announced endpoints stand: on a host of the plan, or on one named after its address.
#pragma once

#include "portolan/registry/services.hpp"

namespace portolan::registry {

/// The host of the environment that has the address now; nullptr when none has.
const Host* host_with(const Registry& registry, const Environment& environment,
                      const Address& address);

/// Whether a host may have the label: the plan has nothing else of that name.
bool is_free(const Plan& plan, const Environment& environment, std::string_view label);

}  // namespace portolan::registry
