// Who serves what, where: the plan's two ways of assigning ports, seen as one.
//
// An application's port type and a named registry entry are both a *service*; in an environment
// a service has endpoints. Everything that speaks of endpoints (the zone, the port table,
// explain, health) asks here, so arithmetic and failover order have one home.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "portolan/registry/live.hpp"

namespace portolan::registry {

/// A host and port that serves, with its place in the SRV set. Points into the Registry.
struct Endpoint {
    const Host* host = nullptr;  // in the service's environment (or for published sets, another)
    const Environment* environment = nullptr;  // the host's
    const dns::PackedName* target = nullptr;   // foreign target, when host is null
    const Address* announced = nullptr;        // of a host that the plan does not have; those null
    bool is_group = false;               // the environment's multicast group; all of those null
    bool has_own_priority = false;       // written at the endpoint, not made by failover
    Verdict verdict = Verdict::passing;  // what is known of it
    const CheckPtr* check = nullptr;     // what the plan has for it; nullptr: nothing
    unsigned instance = 0;               // of an application or a placed service; 0 otherwise
    unsigned port = 0;                   // may pass 65535 in a plan that has findings
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;  // as published, weight_scale applied
    Place place;
};
/// The label of its host, "h1" or "ip-10-0-0-5"; the text of a foreign target, "far.example.".
std::string host_label(const Endpoint& endpoint);

/// One service in one environment. Points into the Registry, whose Plan and Live
/// must outlive it; a change of its endpoints ends it too.
struct Service {
    const Environment* environment = nullptr;
    const Application* application = nullptr;  // with type: from the convention …
    const PortType* type = nullptr;
    const NamedService* named = nullptr;  // … or with port: from the registry
    const NamedPort* port = nullptr;
    Protocol protocol = Protocol::tcp;
    WhenEmpty when_empty = WhenEmpty::nodata;
    std::uint32_t ttl = 0;            // seconds
    std::vector<Endpoint> endpoints;  // by instance or plan order; then what was announced
    std::vector<Endpoint> withheld;   // those that health keeps out of the set
    HealthPolicy health;

    [[nodiscard]] std::string label() const;  // "hydrogen-ajp", "user-api", "rabbit-management"
    /// "hydrogen", "user-api": the label of its own below the environment.
    [[nodiscard]] const std::string& subject() const;
    /// "ajp", "mongodb", "management"; "" for a registry entry without type.
    [[nodiscard]] const std::string& kind() const;
    [[nodiscard]] const About& about() const;
    [[nodiscard]] const Place& place() const;
};

/// Which service of the plan it is: the first two are a convention's, the others a registry's.
struct ServiceKey {
    const Application* application = nullptr;
    const PortType* type = nullptr;
    const NamedService* named = nullptr;
    const NamedPort* port = nullptr;
    friend auto operator<=>(const ServiceKey&, const ServiceKey&) = default;
};
bool is_multicast(const ServiceKey& key) noexcept;

/// The port of the convention, or nullopt when the type has no id in that environment. May pass
/// 65535: findings say so. A type's fixed instance wins over `instance`.
std::optional<unsigned> port_of(const Convention& convention, const Application& application,
                                const PortType& type, unsigned instance,
                                const Environment* environment);

/// The number that a pattern makes of three ids, whether or not they fit their digits: the sum of
/// id times scale, plus the pattern's own digits.
unsigned compose(const Pattern& pattern, unsigned instance, unsigned application,
                 unsigned type) noexcept;

/// The host of that environment which the endpoint names ("db1" or "db1.prod"), or nullptr.
const Host* host_in(const Environment& environment, const PlannedEndpoint& endpoint) noexcept;

/// The id of the type in that environment (nullptr: the id that holds everywhere).
std::optional<unsigned> id_of(const PortType& type, const Environment* environment);

/// Whether the service is declared in the environment (type id there; `environments:` lists it).
bool is_declared(const PortType& type, const Environment& environment);
bool is_declared(const NamedService& service, const Environment& environment);

/// One service resolved: endpoints with ports, failover order, weights. Ordered is priority 10,
/// 20, 30 … by rising instance (listed endpoints: in the plan's order); balanced is 10 for all;
/// leader is 10 for the leader, 20 for the others. What the plan writes at an endpoint wins.
/// Announced endpoints come behind, in one tier of an ordered set. Verdicts decide who of them is
/// in the set (ranking.cpp). Endpoints on hosts that do not exist are left out (findings report
/// them).
Service resolve(const Registry& registry, const Environment& environment,
                const Application& application, const PortType& type);
Service resolve(const Registry& registry, const Environment& environment,
                const NamedService& service, const NamedPort& port);

Service resolve(const Registry& registry, const Environment& environment, const ServiceKey& key);

/// All services declared in an environment: the convention's in plan order (application, then
/// type), then the registry's.
std::vector<Service> services_of(const Registry& registry, const Environment& environment);

/// Of those, the ones of an application or of a registry entry, by its name.
std::vector<Service> services_of(const Registry& registry, const Environment& environment,
                                 std::string_view subject);

/// The service of that label and protocol that the environment publishes; nullopt without one.
std::optional<ServiceKey> locate(const Plan& plan, const Environment& environment,
                                 std::string_view label, Protocol protocol);
std::optional<Service> find_service(const Registry& registry, const Environment& environment,
                                    std::string_view label, Protocol protocol);

/// The label under which an announced endpoint's address is a host, where the plan has none with
/// it: "ip-10-0-0-5", "ip-2001-db8-0-0-0-0-0-5".
std::string announced_label(const Address& address);

/// The address that such a label is named after; nullopt for other labels.
std::optional<Address> announced_address(std::string_view label);

/// Whether the environment has such a host now: one of its services announced an endpoint there.
bool is_announced_host(const Registry& registry, const Environment& environment,
                       const Address& address);
/// All of them, by rising address. They point into the Registry.
std::vector<const Address*> announced_hosts(const Registry& registry,
                                            const Environment& environment);

/// The addresses of a host of that environment: what was said last, else the plan's.
std::vector<Address> addresses_of(const Registry& registry, const Environment& environment,
                                  const Host& host);

/// The endpoints that a service shows at its `publish:` owners: those of publish_environment, or
/// of all environments.
Service resolve_published(const Registry& registry, const NamedService& service,
                          const NamedPort& port);

/// The instance whose host `hydrogen.prod` points at: the override's leader, else the lowest
/// placed one; nullopt when none is placed.
std::optional<unsigned> leader_of(const Environment& environment, const Application& application);

}  // namespace portolan::registry
