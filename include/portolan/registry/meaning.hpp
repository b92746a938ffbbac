// What a name means in a plan. It may mean several things: a type and a host may both be "http".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/registry/browsing.hpp"
#include "portolan/registry/services.hpp"

namespace portolan::registry {

/// One thing of a plan that has the name. Points into the Registry.
struct Meaning {
    enum class Kind : std::uint8_t {
        port,
        environment,
        host,
        application,
        type,
        service,
        browsing,      // what can be browsed, or with no environment, where
        service_type,  // a list of instances for browsing
        listed,        // one of them
    };
    Kind kind = Kind::service;
    const Environment* environment = nullptr;  // where alone it is meant; nullptr: everywhere
    const Host* host = nullptr;
    std::optional<Address> address{};  // of a host; where it announced itself, there is no other
    const Application* application = nullptr;
    const PortType* type = nullptr;  // with an application: a service
    const NamedService* named = nullptr;
    const NamedPort* port = nullptr;     // of it; nullptr: all
    std::optional<unsigned> instance{};  // of an application
    unsigned number = 0;                 // of a port
    std::optional<Protocol> protocol{};  // of a port; none: any
    ServiceType service_type{};          // of a list …
    std::string listed{};                // … and the name of one in it
};
const char* to_string(Meaning::Kind kind) noexcept;  // "application"

/// All that a name means: one of the plan's own ("hydrogen", "ajp", "hydrogen-ajp", "user-api",
/// "jb1", "prod"), below an environment ("jb1.prod", "1.hydrogen.prod"), an owner of the zone
/// ("_hydrogen-ajp._tcp.prod", "_ajp._tcp.hydrogen.prod", "_jmx._tcp.prod", a published one,
/// "10104._tcp._port.prod", "hydrogen-1._http._tcp.prod" and what else is browsed), each with or
/// without the zone's name behind it, or an address. In lower case.
std::vector<Meaning> meanings(const Registry& registry, std::string_view name);

/// The hosts of that name, or with that address, in each environment; the meanings of kind host
/// among the above.
std::vector<Meaning> hosts_called(const Registry& registry, std::string_view name);

/// The names that are the plan's own, for suggestions.
std::vector<std::string_view> known_names(const Plan& plan);

}  // namespace portolan::registry
