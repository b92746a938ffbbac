// IANA's registry of ports as IANA gives it out: service-names-port-numbers.csv.
#pragma once

#include <string>
#include <string_view>

#include "portolan/registry/registration.hpp"

namespace portolan::desk {

/// The rows that have a name and a port, as registry::iana::Table reads them. A refusal names the
/// line at fault.
registry::OrRefusal<std::string> read_iana_csv(std::string_view csv);

}  // namespace portolan::desk
