// Under which keys of etcd a registration is known.
#pragma once

#include <fmt/format.h>

#include <string>

#include "portolan/registry/registration.hpp"

namespace portolan::source {

inline constexpr const char* registrations_folder = "registrations/";
inline constexpr const char* by_endpoint_folder = "registrations/by-endpoint/";

inline std::string by_id(const registry::RegistrationKey& key) {
    return "registrations/by-id/" + registry::text_of(key);
}

inline std::string by_endpoint(const registry::Registration& one) {
    return fmt::format("{}{}/{}/{}", by_endpoint_folder, registry::to_string(one.said.address),
                       one.said.port, registry::to_string(one.protocol));
}

}  // namespace portolan::source
