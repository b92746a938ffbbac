#include "portolan/registry/services.hpp"

#include <algorithm>

namespace portolan::registry {
namespace {

constexpr std::uint16_t first_priority = 10;  // and the step between tiers of an ordered set
constexpr std::uint16_t default_weight = 100;

/// HAProxy computes weight / 256 + 1, so w arrives as w when 256 w - 1 is published. Weight 0
/// stays 0 (on purpose only); what passes 256 is 65535, HAProxy's 256.
std::uint16_t scaled(WeightScale scale, std::uint16_t weight) noexcept {
    if (scale == WeightScale::plain || weight == 0) return weight;
    return static_cast<std::uint16_t>(std::min<unsigned>(weight, 256) * 256 - 1);
}

/// How the members of one SRV set stand behind each other.
struct Order {
    Failover failover = Failover::ordered;
    unsigned leader = 0;  // instance, or position in the list of endpoints; 0: the first

    Order(const Environment& environment, std::string_view subject)
        : failover(environment.failover) {
        const auto* override = environment.override_of(subject);
        if (override == nullptr) return;
        failover = override->failover.value_or(failover);
        leader = override->leader.value_or(0);
    }

    /// `rank` counts from 0 in rising instance order; `number` is the instance or position.
    [[nodiscard]] std::uint16_t priority(std::size_t rank, unsigned number) const noexcept {
        switch (failover) {
            case Failover::balanced:
                return first_priority;
            case Failover::ordered:
                return static_cast<std::uint16_t>(
                    std::min<std::size_t>((rank + 1) * first_priority, 65535));
            case Failover::leader:
                return (leader == 0 ? rank == 0 : number == leader) ? first_priority
                                                                    : 2 * first_priority;
        }
        return first_priority;
    }
};

/// What a plan may say explicitly about an endpoint's place in its set.
struct Explicit {
    std::optional<std::uint16_t> priority;
    std::optional<std::uint16_t> weight;
};

void rank_endpoint(Endpoint& endpoint, const Explicit& given, const Order& order, std::size_t rank,
                   WeightScale scale) {
    const auto number =
        endpoint.instance != 0 ? endpoint.instance : static_cast<unsigned>(rank + 1);
    endpoint.priority = given.priority.value_or(order.priority(rank, number));
    endpoint.weight = scaled(scale, given.weight.value_or(default_weight));
}

Service bare_service(const Plan& plan, const Environment& environment, std::string_view subject) {
    Service service;
    service.environment = &environment;
    const auto* override = environment.override_of(subject);
    service.ttl = override != nullptr && override->ttl ? *override->ttl : plan.ttls.service;
    return service;
}

Endpoint placed_endpoint(const Environment& environment, const PlacedInstance& placed,
                         unsigned port) {
    Endpoint endpoint;
    endpoint.environment = &environment;
    endpoint.host = environment.host(placed.host);
    endpoint.instance = placed.instance;
    endpoint.port = port;
    endpoint.place = placed.place;
    return endpoint;
}

/// Every placed instance on a host that exists, at its own port.
void add_unicast(Service& service, const Plan& plan, const Placement& placement) {
    const Order order(*service.environment, service.application->name);
    service.endpoints.reserve(placement.instances.size());
    for (const auto& placed : placement.instances) {
        const auto port = port_of(*plan.convention, *service.application, *service.type,
                                  placed.instance, service.environment);
        auto endpoint = placed_endpoint(*service.environment, placed, port.value_or(0));
        if (!port || endpoint.host == nullptr) continue;
        rank_endpoint(endpoint, {placed.priority, placed.weight}, order, service.endpoints.size(),
                      plan.weight_scale);
        service.endpoints.push_back(endpoint);
    }
}

/// The environment's group, once, whatever the number of instances behind it.
void add_group(Service& service, const Plan& plan, const Placement& placement) {
    const auto instance = service.type->instance.value_or(plan.convention->first_instance);
    const auto port = port_of(*plan.convention, *service.application, *service.type, instance,
                              service.environment);
    if (!port || !service.environment->multicast || placement.instances.empty()) return;
    Endpoint endpoint;
    endpoint.environment = service.environment;
    endpoint.is_group = true;
    endpoint.instance = instance;
    endpoint.port = *port;
    endpoint.priority = first_priority;
    endpoint.weight = scaled(plan.weight_scale, default_weight);
    endpoint.place = service.environment->multicast->place;
    service.endpoints.push_back(endpoint);
}

Endpoint listed_endpoint(const Environment& environment, const PlannedEndpoint& planned,
                         const Host* host, const NamedPort& port) {
    Endpoint endpoint;
    endpoint.environment = &environment;
    endpoint.host = host;
    endpoint.target = planned.target ? &*planned.target : nullptr;
    endpoint.port = planned.port.value_or(port.port.value_or(0));
    endpoint.place = planned.place;
    return endpoint;
}

void add_listed(Service& service, const Plan& plan, const Order& order) {
    for (const auto& planned : service.named->endpoints) {
        const auto* host = host_in(*service.environment, planned);
        if (host == nullptr && !planned.target) continue;
        auto endpoint = listed_endpoint(*service.environment, planned, host, *service.port);
        rank_endpoint(endpoint, {planned.priority, planned.weight}, order, service.endpoints.size(),
                      plan.weight_scale);
        service.endpoints.push_back(endpoint);
    }
}

void add_placed(Service& service, const Plan& plan, const Order& order) {
    const auto* placement = service.environment->own_placement(service.named->name);
    if (placement == nullptr) return;
    for (const auto& placed : placement->instances) {
        auto endpoint =
            placed_endpoint(*service.environment, placed, service.port->port.value_or(0));
        if (endpoint.host == nullptr) continue;
        rank_endpoint(endpoint, {placed.priority, placed.weight}, order, service.endpoints.size(),
                      plan.weight_scale);
        service.endpoints.push_back(endpoint);
    }
}

/// What was said of the service since the plan was written; false when nothing was.
bool add_live(Service& service, const Live& live) {
    const Environment& environment = *service.environment;
    if (!live.speaks_of(environment.name)) return false;
    const auto* said = live.endpoints(environment.name, service.label(), service.protocol);
    if (said == nullptr) return false;
    for (const auto& each : *said) {
        const Host* host = each.target ? nullptr : environment.host(each.host);
        if (host == nullptr && !each.target) continue;
        Endpoint endpoint;
        endpoint.environment = &environment;
        endpoint.host = host;
        endpoint.target = each.target ? &*each.target : nullptr;
        endpoint.port = each.port;
        endpoint.priority = each.priority;
        endpoint.weight = each.weight;
        endpoint.place = service.place();
        service.endpoints.push_back(endpoint);
    }
    return true;
}

/// A foreign target belongs to no environment, so it comes once however many show it.
bool repeats_foreign(const std::vector<Endpoint>& endpoints, const Endpoint& candidate) {
    return candidate.target != nullptr &&
           std::any_of(endpoints.begin(), endpoints.end(), [&](const Endpoint& each) {
               return each.target == candidate.target && each.port == candidate.port;
           });
}

}  // namespace

std::string Service::label() const {
    if (application != nullptr) return application->name + "-" + type->name;
    return port->name.empty() ? named->name : named->name + "-" + port->name;
}

const std::string& Service::subject() const {
    return application != nullptr ? application->name : named->name;
}

const std::string& Service::kind() const {
    if (type != nullptr) return type->name;
    return port->name.empty() ? named->type : port->name;
}

const About& Service::about() const {
    return application != nullptr ? application->about : named->about;
}

const Place& Service::place() const {
    if (application != nullptr) return type->place;
    return port->place.line != 0 ? port->place : named->place;
}

std::optional<unsigned> id_of(const PortType& type, const Environment* environment) {
    if (type.ids.empty()) return type.id;
    if (environment != nullptr)
        for (const auto& each : type.ids)
            if (environment->is_called(each.environment)) return each.id;
    return type.id;
}

std::optional<unsigned> port_of(const Convention& convention, const Application& application,
                                const PortType& type, unsigned instance,
                                const Environment* environment) {
    const auto id = id_of(type, environment);
    if (!id) return std::nullopt;
    return compose(convention.pattern, type.instance.value_or(instance), application.id, *id);
}

unsigned compose(const Pattern& pattern, unsigned instance, unsigned application,
                 unsigned type) noexcept {
    unsigned port = pattern.literal;
    for (const auto& field : pattern.fields) {
        const auto id = field.kind == FieldKind::instance      ? instance
                        : field.kind == FieldKind::application ? application
                                                               : type;
        port += id * field.scale;
    }
    return port;
}

bool is_declared(const PortType& type, const Environment& environment) {
    return id_of(type, &environment).has_value();
}

bool is_declared(const NamedService& service, const Environment& environment) {
    return service.environments.empty() ||
           std::any_of(service.environments.begin(), service.environments.end(),
                       [&](const auto& each) { return environment.is_called(each.value); });
}

const Host* host_in(const Environment& environment, const PlannedEndpoint& endpoint) noexcept {
    const std::string_view text = endpoint.host;
    const auto dot = text.find('.');
    if (dot == std::string_view::npos) return environment.host(text);
    return environment.is_called(text.substr(dot + 1)) ? environment.host(text.substr(0, dot))
                                                       : nullptr;
}

Service resolve(const Registry& registry, const Environment& environment,
                const Application& application, const PortType& type) {
    const Plan& plan = registry.plan;
    auto service = bare_service(plan, environment, application.name);
    service.application = &application;
    service.type = &type;
    service.protocol = type.protocol;
    service.when_empty = type.when_empty.value_or(plan.when_empty);
    if (!type.multicast && add_live(service, registry.live)) return service;
    const auto* placement = environment.placement(application.name);
    if (placement == nullptr || !plan.convention) return service;
    if (type.multicast) {
        add_group(service, plan, *placement);
    } else {
        add_unicast(service, plan, *placement);
    }
    return service;
}

Service resolve(const Registry& registry, const Environment& environment, const NamedService& named,
                const NamedPort& port) {
    const Plan& plan = registry.plan;
    auto service = bare_service(plan, environment, named.name);
    service.named = &named;
    service.port = &port;
    service.protocol = port.protocol;
    service.when_empty = named.when_empty.value_or(plan.when_empty);
    if (!is_declared(named, environment) || add_live(service, registry.live)) return service;
    const Order order(environment, named.name);
    add_listed(service, plan, order);
    add_placed(service, plan, order);
    return service;
}

namespace {

void add_services(const Registry& registry, const Environment& environment,
                  const Application& application, std::vector<Service>& services) {
    for (const auto& type : registry.plan.convention->types)
        if (is_declared(type, environment))
            services.push_back(resolve(registry, environment, application, type));
}

void add_services(const Registry& registry, const Environment& environment,
                  const NamedService& named, std::vector<Service>& services) {
    if (!is_declared(named, environment)) return;
    for (const auto& port : named.ports)
        services.push_back(resolve(registry, environment, named, port));
}

}  // namespace

std::vector<Service> services_of(const Registry& registry, const Environment& environment) {
    const Plan& plan = registry.plan;
    std::vector<Service> services;
    if (plan.convention) {
        services.reserve(plan.convention->applications.size() * plan.convention->types.size());
        for (const auto& application : plan.convention->applications)
            add_services(registry, environment, application, services);
    }
    for (const auto& named : plan.services) add_services(registry, environment, named, services);
    return services;
}

std::vector<Service> services_of(const Registry& registry, const Environment& environment,
                                 std::string_view subject) {
    std::vector<Service> services;
    if (const auto* application = registry.plan.application(subject); application != nullptr)
        add_services(registry, environment, *application, services);
    if (const auto* named = registry.plan.service(subject); named != nullptr)
        add_services(registry, environment, *named, services);
    return services;
}

namespace {

using Found = std::optional<Service>;

/// `hydrogen-ajp`: an application and a type that the environment has and publishes.
Found find_composed(const Registry& registry, const Environment& environment,
                    std::string_view application, std::string_view type, Protocol protocol) {
    const auto* found_application = registry.plan.application(application);
    const auto* found_type = registry.plan.type(type);
    const bool is_there = found_application != nullptr && found_type != nullptr &&
                          found_type->protocol == protocol && found_type->publish &&
                          is_declared(*found_type, environment);
    if (!is_there) return std::nullopt;
    return resolve(registry, environment, *found_application, *found_type);
}

/// `user-api`, or `rabbit-management`: a service of the registry and one of its ports.
Found find_named(const Registry& registry, const Environment& environment, std::string_view name,
                 std::string_view port, Protocol protocol) {
    const auto* named = registry.plan.service(name);
    if (named == nullptr || !is_declared(*named, environment)) return std::nullopt;
    for (const auto& each : named->ports)
        if (each.name == port && each.protocol == protocol)
            return resolve(registry, environment, *named, each);
    return std::nullopt;
}

}  // namespace

std::optional<Service> find_service(const Registry& registry, const Environment& environment,
                                    std::string_view label, Protocol protocol) {
    if (auto whole = find_named(registry, environment, label, "", protocol)) return whole;
    // Either half of a join may have hyphens of its own.
    for (auto at = label.find('-'); at != std::string_view::npos; at = label.find('-', at + 1)) {
        const auto first = label.substr(0, at);
        const auto second = label.substr(at + 1);
        if (auto composed = find_composed(registry, environment, first, second, protocol))
            return composed;
        if (auto named = find_named(registry, environment, first, second, protocol)) return named;
    }
    return std::nullopt;
}

std::vector<Address> addresses_of(const Registry& registry, const Environment& environment,
                                  const Host& host) {
    if (const auto* said = registry.live.addresses(environment.name, host.name)) return *said;
    std::vector<Address> addresses;
    addresses.reserve(host.addresses.size());
    for (const auto& each : host.addresses) addresses.push_back(each.value);
    return addresses;
}

Service resolve_published(const Registry& registry, const NamedService& named,
                          const NamedPort& port) {
    const Plan& plan = registry.plan;
    if (const auto* only = plan.environment(named.publish_environment);
        only != nullptr && !named.publish_environment.empty())
        return resolve(registry, *only, named, port);
    Service published;
    published.named = &named;
    published.port = &port;
    published.protocol = port.protocol;
    published.when_empty = named.when_empty.value_or(plan.when_empty);
    published.ttl = plan.ttls.service;
    for (const auto& environment : plan.environments)
        for (const auto& endpoint : resolve(registry, environment, named, port).endpoints)
            if (!repeats_foreign(published.endpoints, endpoint))
                published.endpoints.push_back(endpoint);
    return published;
}

std::optional<unsigned> leader_of(const Environment& environment, const Application& application) {
    const auto* placement = environment.placement(application.name);
    if (placement == nullptr || placement->instances.empty()) return std::nullopt;
    const auto* override = environment.override_of(application.name);
    const auto& instances = placement->instances;
    if (override != nullptr && override->leader &&
        std::any_of(instances.begin(), instances.end(),
                    [&](const auto& each) { return each.instance == *override->leader; }))
        return override->leader;
    return instances.front().instance;
}

}  // namespace portolan::registry
