// The zone's names as the commands and the API write them: without a final dot.
#pragma once

#include <string>

#include "portolan/registry/services.hpp"

namespace portolan::zone {

/// "_hydrogen-ajp._tcp.prod.svc.corp.example".
std::string srv_owner_text(const registry::Plan& plan, const registry::Service& service);

}  // namespace portolan::zone
