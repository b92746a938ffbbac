#include "portolan/registry/services.hpp"

#include <algorithm>

#include "portolan/dns/presentation.hpp"
#include "registry/announced.hpp"
#include "registry/ranking.hpp"

namespace portolan::registry {
namespace {

void set_terms(HealthPolicy& policy, const HealthTerms& terms) {
    policy.unknown = terms.unknown.value_or(policy.unknown);
    policy.critical = terms.critical.value_or(policy.critical);
    policy.warning = terms.warning.value_or(policy.warning);
    policy.all_down = terms.all_down.value_or(policy.all_down);
}

Service bare_service(const Plan& plan, const Environment& environment, std::string_view subject,
                     const HealthTerms& terms) {
    Service service;
    service.environment = &environment;
    service.ttl = plan.ttls.service;
    service.health = plan.health.policy;
    set_terms(service.health, terms);
    const auto* override = environment.override_of(subject);
    if (override == nullptr) return service;
    service.ttl = override->ttl.value_or(service.ttl);
    set_terms(service.health, override->health);
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
    take_given(endpoint, placed.priority, placed.weight);
    return endpoint;
}

/// nullptr where `none` is written, and where nothing is.
const CheckPtr* unless_none(const CheckPtr& check) noexcept {
    return check == nullptr ? nullptr : &check;
}

/// The check that decides on an application's ports of that type. One that says nothing of its own
/// shares the verdict of its instance, which an application may have found by a check of its own.
const CheckPtr* check_of(const Plan& plan, const Application& application, const PortType& type,
                         const Environment& environment) {
    const bool is_never =
        !type.publish || type.multicast || (application.check && *application.check == nullptr);
    if (is_never) return nullptr;
    const auto* via = plan.health.is_by_instance ? plan.type(plan.health.via) : nullptr;
    const auto* decides = type.check ? &type : via;
    if (decides == nullptr || !is_declared(*decides, environment)) return nullptr;
    if (decides == via && application.check) return unless_none(*application.check);
    return decides->check ? unless_none(*decides->check) : nullptr;
}

/// Every placed instance on a host that exists, at its own port.
void add_unicast(Service& service, const Plan& plan, const Placement& placement) {
    const auto* check = check_of(plan, *service.application, *service.type, *service.environment);
    service.endpoints.reserve(placement.instances.size());
    for (const auto& placed : placement.instances) {
        const auto port = port_of(*plan.convention, *service.application, *service.type,
                                  placed.instance, service.environment);
        auto endpoint = placed_endpoint(*service.environment, placed, port.value_or(0));
        if (!port || endpoint.host == nullptr) continue;
        endpoint.check = check;
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
    endpoint.place = service.environment->multicast->place;
    take_given(endpoint, std::nullopt, std::nullopt);
    endpoint.has_own_priority = true;  // there is nobody behind whom it could stand
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
    take_given(endpoint, planned.priority, planned.weight);
    return endpoint;
}

void add_listed(Service& service) {
    for (const auto& planned : service.named->endpoints) {
        const auto* host = host_in(*service.environment, planned);
        if (host == nullptr && !planned.target) continue;
        auto endpoint = listed_endpoint(*service.environment, planned, host, *service.port);
        if (host != nullptr) {
            endpoint.check = unless_none(planned.check ? *planned.check : service.named->check);
        }
        service.endpoints.push_back(endpoint);
    }
}

void add_placed(Service& service) {
    const auto* placement = service.environment->own_placement(service.named->name);
    if (placement == nullptr) return;
    for (const auto& placed : placement->instances) {
        auto endpoint =
            placed_endpoint(*service.environment, placed, service.port->port.value_or(0));
        if (endpoint.host == nullptr) continue;
        endpoint.check = unless_none(service.named->check);
        service.endpoints.push_back(endpoint);
    }
}

/// The endpoint of that address; nullopt when the plan has something else of the name that its
/// host would have.
std::optional<Endpoint> announced_endpoint(const Registry& registry, const Service& service,
                                           const AnnouncedEndpoint& announced) {
    Endpoint endpoint;
    endpoint.environment = service.environment;
    endpoint.host = host_with(registry, *service.environment, announced.address);
    if (endpoint.host == nullptr) {
        const std::string label = announced_label(announced.address);
        if (!is_free(registry.plan, *service.environment, label)) return std::nullopt;
        endpoint.announced = &announced.address;
    }
    endpoint.port = announced.port;
    endpoint.place = service.place();
    endpoint.verdict = announced.verdict;
    take_given(endpoint, announced.priority, announced.weight);
    return endpoint;
}

bool is_same_spot(const Endpoint& a, const Endpoint& b) noexcept {
    return a.host != nullptr && a.host == b.host && a.port == b.port;
}

void add_announced(const Registry& registry, Service& service) {
    const auto* announced =
        registry.live.endpoints(service.environment->name, service.label(), service.protocol);
    if (announced == nullptr) return;
    for (const auto& each : *announced) {
        const auto endpoint = announced_endpoint(registry, service, each);
        if (!endpoint) continue;
        const auto planned = std::ranges::find_if(
            service.endpoints, [&](const auto& other) { return is_same_spot(*endpoint, other); });
        if (planned == service.endpoints.end()) {
            if (each.verdict != Verdict::maintenance) service.endpoints.push_back(*endpoint);
        } else if (planned->check == nullptr || is_a_persons_word(endpoint->verdict)) {
            planned->verdict = endpoint->verdict;
        }
    }
}

/// What the plan lists is there; then comes what was said since.
void complete(const Registry& registry, Service& service) {
    const std::size_t planned = service.endpoints.size();
    if (registry.live.speaks_of(service.environment->name) &&
        (service.type == nullptr || !service.type->multicast)) {
        add_announced(registry, service);
    }
    rank(registry, service, planned);
}

/// A foreign target belongs to no environment, so it comes once however many show it.
bool repeats_foreign(const std::vector<Endpoint>& endpoints, const Endpoint& candidate) {
    return candidate.target != nullptr &&
           std::any_of(endpoints.begin(), endpoints.end(), [&](const Endpoint& each) {
               return each.target == candidate.target && each.port == candidate.port;
           });
}

}  // namespace

std::string host_label(const Endpoint& endpoint) {
    if (endpoint.host != nullptr) return endpoint.host->name;
    if (endpoint.announced != nullptr) return announced_label(*endpoint.announced);
    return endpoint.target != nullptr ? dns::to_text(endpoint.target->view())
                                      : std::string("mcast");
}

bool is_multicast(const ServiceKey& key) noexcept {
    return key.type != nullptr && key.type->multicast;
}

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
    auto service = bare_service(plan, environment, application.name, type.health);
    service.application = &application;
    service.type = &type;
    service.protocol = type.protocol;
    service.when_empty = type.when_empty.value_or(plan.when_empty);
    const auto* placement = environment.placement(application.name);
    if (placement != nullptr && plan.convention) {
        if (type.multicast) {
            add_group(service, plan, *placement);
        } else {
            add_unicast(service, plan, *placement);
        }
    }
    complete(registry, service);
    return service;
}

Service resolve(const Registry& registry, const Environment& environment, const NamedService& named,
                const NamedPort& port) {
    const Plan& plan = registry.plan;
    auto service = bare_service(plan, environment, named.name, named.health);
    service.named = &named;
    service.port = &port;
    service.protocol = port.protocol;
    service.when_empty = named.when_empty.value_or(plan.when_empty);
    if (!is_declared(named, environment)) return service;
    add_listed(service);
    add_placed(service);
    complete(registry, service);
    return service;
}

Service resolve(const Registry& registry, const Environment& environment, const ServiceKey& key) {
    return key.application != nullptr ? resolve(registry, environment, *key.application, *key.type)
                                      : resolve(registry, environment, *key.named, *key.port);
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

using Found = std::optional<ServiceKey>;

/// `hydrogen-ajp`: an application and a type that the environment has and publishes.
Found find_composed(const Plan& plan, const Environment& environment, std::string_view application,
                    std::string_view type, Protocol protocol) {
    const auto* found_application = plan.application(application);
    const auto* found_type = plan.type(type);
    const bool is_there = found_application != nullptr && found_type != nullptr &&
                          found_type->protocol == protocol && found_type->publish &&
                          is_declared(*found_type, environment);
    if (!is_there) return std::nullopt;
    return ServiceKey{.application = found_application, .type = found_type};
}

/// `user-api`, or `rabbit-management`: a service of the registry and one of its ports.
Found find_named(const Plan& plan, const Environment& environment, std::string_view name,
                 std::string_view port, Protocol protocol) {
    const auto* named = plan.service(name);
    if (named == nullptr || !is_declared(*named, environment)) return std::nullopt;
    for (const auto& each : named->ports)
        if (each.name == port && each.protocol == protocol)
            return ServiceKey{.named = named, .port = &each};
    return std::nullopt;
}

}  // namespace

std::optional<ServiceKey> locate(const Plan& plan, const Environment& environment,
                                 std::string_view label, Protocol protocol) {
    if (auto whole = find_named(plan, environment, label, "", protocol)) return whole;
    // Either half of a join may have hyphens of its own.
    for (auto at = label.find('-'); at != std::string_view::npos; at = label.find('-', at + 1)) {
        const auto first = label.substr(0, at);
        const auto second = label.substr(at + 1);
        if (auto composed = find_composed(plan, environment, first, second, protocol))
            return composed;
        if (auto named = find_named(plan, environment, first, second, protocol)) return named;
    }
    return std::nullopt;
}

std::optional<Service> find_service(const Registry& registry, const Environment& environment,
                                    std::string_view label, Protocol protocol) {
    const auto key = locate(registry.plan, environment, label, protocol);
    if (!key) return std::nullopt;
    return resolve(registry, environment, *key);
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
