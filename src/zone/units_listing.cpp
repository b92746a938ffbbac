// What a plan says, listed as units: one function for each part of the name space.
#include "portolan/zone/units.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "portolan/registry/browsing.hpp"
#include "unit_parts.hpp"

namespace portolan::zone {
namespace {

using registry::Endpoint;
using registry::Environment;
using registry::Plan;
using registry::Registry;
using registry::Service;
using Kind = Subject::Kind;

/// A number as a label.
class Digits {
public:
    explicit Digits(unsigned number)
        : end_(std::to_chars(digits_, std::end(digits_), number).ptr) {}
    [[nodiscard]] std::string_view view() const noexcept {
        return {digits_, static_cast<std::size_t>(end_ - digits_)};
    }

private:
    char digits_[10];
    char* end_;
};

/// Collects the units of one section.
class Collector {
public:
    Collector(const Registry& registry, Units& units)
        : registry_(registry), plan_(registry.plan), units_(units) {}

    void apex() {
        ApexUnit unit;
        unit.owner = plan_.zone.value;
        unit.rname = plan_.contact;
        unit.timers = plan_.soa;
        unit.ttl = plan_.ttls.infrastructure;
        unit.negative = plan_.ttls.negative;
        const auto servers = units_.room<dns::NameView>(plan_.nameservers.size());
        std::ranges::transform(plan_.nameservers, servers.begin(), &registry::NameServer::name);
        unit.nameservers = servers;
        if (!servers.empty()) unit.mname = servers.front();
        units_.add(unit, plan_.zone.place, {.kind = Kind::zone, .owner = plan_.zone.value});
        for (const auto& server : plan_.nameservers) {
            addresses(server.name.view(), values_of(server.addresses), plan_.ttls.infrastructure,
                      server.place, {.kind = Kind::name_server, .name = server.label});
        }
        if (registry::has_browsing(plan_)) add_browse_domains(plan_, units_);
    }

    void environment(const Environment& environment) {
        named(environment);
        ports();
    }

    /// An environment but for its ports.
    void named(const Environment& environment) {
        if (!enter(environment)) return;
        const auto services = registry::services_of(registry_, environment);
        units_.reserve(environment.hosts.size() + services.size() * 6);
        hosts(environment);
        for (const auto& service : services) own_service(service);
        if (plan_.convention) convention(*plan_.convention);
        for (const auto& service : plan_.services) mongodb(service);
        if (registry::has_browsing(plan_)) {
            add_all_browse_units(registry_, environment, services, units_);
        }
    }

    void published() {
        for (const auto& service : plan_.services) published(service);
    }

    void published(const registry::NamedService& service) {
        if (service.publish.empty()) return;
        const Service resolved =
            registry::resolve_published(registry_, service, service.ports.front());
        ServiceUnit unit = unit_of(resolved);
        unit.text = text_of(resolved);
        for (const auto& owner : service.publish) {
            unit.owners = names({owner.value});
            units_.add(unit, owner.place,
                       {.kind = Kind::published, .name = service.name, .owner = owner.value});
        }
    }

    // One thing of an environment alone.

    void one(const Service& service) {
        if (enter(*service.environment)) own_service(service);
    }
    void one(const Environment& environment, const registry::PortType& type) {
        if (enter(environment)) across(*plan_.convention, type);
    }
    void one(const Environment& environment, const registry::Host& host) {
        if (enter(environment)) own_addresses(host);
    }
    void one(const Environment& environment, const registry::Address& announced) {
        if (!enter(environment)) return;
        if (registry::is_announced_host(registry_, environment, announced)) own_address(announced);
    }
    void one(const Environment& environment, const registry::Application& application) {
        if (enter(environment)) instances(application);
    }

private:
    /// False when no name fits below the environment's.
    bool enter(const Environment& environment) {
        environment_ = &environment;
        is_spoken_of_ = registry_.live.speaks_of(environment.name);
        const auto name = units_.name({{environment.name}}, plan_.zone.value);
        if (name) owner_ = *name;
        return name.has_value();
    }

    /// A subject of the environment at hand.
    [[nodiscard]] Subject local(Kind kind, std::string_view name = {}) const {
        return {.kind = kind, .name = name, .environment = environment_->name};
    }

    std::span<const dns::NameView> names(std::initializer_list<dns::NameView> all) {
        return units_.keep(std::span<const dns::NameView>(all));
    }

    using Addresses = std::span<const registry::Address>;

    Addresses values_of(std::span<const registry::Placed<registry::Address>> placed) {
        const auto values = units_.room<registry::Address>(placed.size());
        std::ranges::transform(placed, values.begin(), [](const auto& each) { return each.value; });
        return values;
    }

    /// What was said last, else the plan's.
    Addresses addresses_of(const registry::Host& host) {
        if (!is_spoken_of_) return values_of(host.addresses);
        const auto addresses = registry::addresses_of(registry_, *environment_, host);
        return units_.keep(Addresses(addresses));
    }

    void addresses(const std::optional<dns::NameView>& owner, Addresses addresses,
                   std::uint32_t ttl, const registry::Place& place, const Subject& subject) {
        if (!owner || addresses.empty()) return;
        units_.add(AddressUnit{*owner, addresses, ttl}, place, subject);
    }

    void own_addresses(const registry::Host& host) {
        addresses(units_.name({{host.name}}, owner_), addresses_of(host), plan_.ttls.host,
                  host.place, local(Kind::host, host.name));
    }

    /// A host that is there as long as an endpoint is announced on it.
    void own_address(const registry::Address& address) {
        const std::string_view label = units_.keep(registry::announced_label(address));
        addresses(units_.name({{label}}, owner_), units_.keep(Addresses(&address, 1)),
                  plan_.ttls.host, environment_->place, local(Kind::host, label));
    }

    void hosts(const Environment& environment) {
        for (const auto& host : environment.hosts) own_addresses(host);
        if (is_spoken_of_) {
            for (const auto* each : registry::announced_hosts(registry_, environment)) {
                own_address(*each);
            }
        }
        if (environment.multicast) {
            addresses(units_.name({{"mcast"}}, owner_), values_of({&*environment.multicast, 1}),
                      plan_.ttls.host, environment.multicast->place, local(Kind::group));
        }
    }

    /// The main form and, for what has a service label of its own, the client's form.
    void own_service(const Service& service) {
        if (service.type != nullptr && !service.type->publish) return;
        const std::string_view protocol = to_string(service.protocol);
        const std::string label = service.label();
        const auto main = units_.name({{label, true}, {protocol, true}}, owner_);
        if (!main) return;
        ServiceUnit unit = unit_of(service);
        unit.owners = owners_of(service, *main, protocol);
        unit.text = text_of(service);
        remember_ports(service, *main);
        Subject subject = local(Kind::service, service.subject());
        if (service.application != nullptr) {
            subject.port = service.type->name;
        } else {
            subject.port = service.port->name;
        }
        units_.add(unit, service.place(), subject);
    }

    std::span<const dns::NameView> owners_of(const Service& service, dns::NameView main,
                                             std::string_view protocol) {
        const std::string_view kind = service.kind();
        if (kind.empty()) return names({main});
        const auto alias =
            units_.name({{kind, true}, {protocol, true}, {service.subject()}}, owner_);
        return alias ? names({main, *alias}) : names({main});
    }

    dns::OctetView text(std::initializer_list<std::string_view> strings) {
        return text_rdata(strings, scratch_, units_);
    }

    dns::OctetView text_of(const Service& service) {
        std::string subject = service.application != nullptr ? "app=" : "service=";
        subject += service.subject();
        const std::string_view kind = service.kind();
        if (kind.empty()) return text({subject});
        const bool is_port = service.port != nullptr && !service.port->name.empty();
        std::string second = is_port ? "port=" : "type=";
        second += kind;
        return text({subject, second});
    }

    [[nodiscard]] ServiceUnit unit_of(const Service& service) {
        ServiceUnit unit;
        unit.when_empty = service.when_empty;
        unit.ttl = service.ttl;
        members_.clear();
        for (const auto& endpoint : service.endpoints) add_member(endpoint);
        unit.members = units_.keep(std::span<const ServiceUnit::Member>(members_));
        return unit;
    }

    void add_member(const Endpoint& endpoint) {
        if (const auto member = member_of(plan_, endpoint, units_)) members_.push_back(*member);
    }

    void convention(const registry::Convention& convention) {
        for (const auto& type : convention.types) {
            if (type.across && registry::is_declared(type, *environment_)) across(convention, type);
        }
        for (const auto& application : convention.applications) instances(application);
    }

    /// `_jmx._tcp.prod`: all applications' endpoints of one type, for scrapers.
    void across(const registry::Convention& convention, const registry::PortType& type) {
        const auto owner =
            units_.name({{type.name, true}, {to_string(type.protocol), true}}, owner_);
        if (!owner) return;
        ServiceUnit unit;
        unit.owners = names({*owner});
        unit.text = text({"type=" + type.name});
        unit.ttl = plan_.ttls.service;
        unit.when_empty = type.when_empty.value_or(plan_.when_empty);
        members_.clear();
        for (const auto& application : convention.applications) {
            const auto service = registry::resolve(registry_, *environment_, application, type);
            for (const auto& endpoint : service.endpoints) add_member(endpoint);
        }
        unit.members = units_.keep(std::span<const ServiceUnit::Member>(members_));
        units_.add(unit, type.place, local(Kind::across, type.name));
    }

    /// `1.hydrogen.prod` and `hydrogen.prod`, for clients that do not speak SRV.
    void instances(const registry::Application& application) {
        const auto* placement = environment_->placement(application.name);
        if (placement == nullptr) return;
        const auto leader = registry::leader_of(*environment_, application);
        const auto own_name = units_.name({{application.name}}, owner_);
        if (!own_name) return;
        for (const auto& placed : placement->instances) {
            const auto* host = environment_->host(placed.host);
            if (host == nullptr) continue;
            const auto values = addresses_of(*host);
            Subject instance = local(Kind::instance, application.name);
            instance.number = placed.instance;
            addresses(units_.name({{Digits(placed.instance).view()}}, *own_name), values,
                      plan_.ttls.host, placed.place, instance);
            if (leader != placed.instance) continue;
            addresses(own_name, values, plan_.ttls.host, application.place,
                      local(Kind::application, application.name));
        }
    }

    /// One string, options joined as in a connection string's query part. Drivers refuse a second
    /// TXT at this name, so nothing else of ours is ever put here.
    void mongodb(const registry::NamedService& service) {
        if (service.mongodb.empty() || !registry::is_declared(service, *environment_)) return;
        const auto owner = units_.name({{service.name}}, owner_);
        if (!owner) return;
        std::string options;
        for (const auto& [option, value] : service.mongodb) {
            if (!options.empty()) options += '&';
            options += option + "=" + value;
        }
        units_.add(TextUnit{*owner, text({options}), plan_.ttls.service}, service.place,
                   local(Kind::options, service.name));
    }

    /// Whoever holds a port: an endpoint, or the registry's number for a service.
    struct Holder {
        unsigned number;
        registry::Protocol protocol;
        std::uint32_t rank;  // in the order of services
        dns::NameView service;
        registry::Place place;
    };
    static bool comes_before(const Holder& a, const Holder& b) noexcept {
        return std::tie(a.number, a.protocol, a.rank) < std::tie(b.number, b.protocol, b.rank);
    }

    void remember_ports(const Service& service, dns::NameView owner) {
        const auto rank = ++services_;
        const auto remember = [&](unsigned number) {
            holders_.push_back({number, service.protocol, rank, owner, service.place()});
        };
        for (const auto& endpoint : service.endpoints) remember(endpoint.port);
        for (const auto& endpoint : service.withheld) remember(endpoint.port);
        if (service.port != nullptr && service.port->port) remember(*service.port->port);
    }

    void ports() {
        std::ranges::sort(holders_, comes_before);
        for (auto first = holders_.begin(); first != holders_.end();) {
            const auto last = std::find_if_not(first, holders_.end(), [first](const Holder& each) {
                return each.number == first->number && each.protocol == first->protocol;
            });
            port({first, last});
            first = last;
        }
    }

    void port(std::span<const Holder> holders) {
        const Holder& first = holders.front();
        const auto owner = units_.name(
            {{Digits(first.number).view()}, {to_string(first.protocol), true}, {"port", true}},
            owner_);
        if (!owner || first.number > 65535) return;
        const auto services = units_.room<dns::NameView>(holders.size());
        std::size_t count = 0;
        for (std::size_t i = 0; i < holders.size(); ++i) {
            const bool repeats = i > 0 && holders[i].rank == holders[i - 1].rank;
            if (!repeats) services[count++] = holders[i].service;
        }
        Subject subject = local(Kind::port);
        subject.number = first.number;
        subject.protocol = first.protocol;
        units_.add(PortUnit{*owner, services.first(count), plan_.ttls.infrastructure}, first.place,
                   subject);
    }

    const Registry registry_;
    const Plan& plan_;
    Units& units_;
    const Environment* environment_ = nullptr;
    dns::NameView owner_;        // of the environment
    bool is_spoken_of_ = false;  // something was said of the environment since
    std::vector<Holder> holders_;
    std::uint32_t services_ = 0;
    std::vector<ServiceUnit::Member> members_;  // of the service at hand
    dns::Octets scratch_;
};

}  // namespace

Units apex_units(const Plan& plan) {
    Units units;
    if (!plan.is_master_file_only()) Collector(plan, units).apex();
    return units;
}

Units environment_units(const Registry& registry, const Environment& environment) {
    Units units;
    Collector(registry, units).environment(environment);
    return units;
}

Units named_units(const Registry& registry, const Environment& environment) {
    Units units;
    Collector(registry, units).named(environment);
    return units;
}

Units published_units(const Registry& registry) {
    Units units;
    Collector(registry, units).published();
    return units;
}

void add_service_units(const Registry& registry, const Service& service, Units& units) {
    Collector(registry, units).one(service);
}

void add_union_units(const Registry& registry, const Environment& environment,
                     const registry::PortType& type, Units& units) {
    Collector(registry, units).one(environment, type);
}

void add_published_units(const Registry& registry, const registry::NamedService& service,
                         Units& units) {
    Collector(registry, units).published(service);
}

void add_host_units(const Registry& registry, const Environment& environment,
                    const registry::Host& host, Units& units) {
    Collector(registry, units).one(environment, host);
}

void add_announced_units(const Registry& registry, const Environment& environment,
                         const registry::Address& address, Units& units) {
    Collector(registry, units).one(environment, address);
}

void add_instance_units(const Registry& registry, const Environment& environment,
                        const registry::Application& application, Units& units) {
    Collector(registry, units).one(environment, application);
}

std::vector<unsigned> ports_of(const Service& service) {
    std::vector<unsigned> numbers;
    for (const auto& endpoint : service.endpoints) numbers.push_back(endpoint.port);
    for (const auto& endpoint : service.withheld) numbers.push_back(endpoint.port);
    if (service.port != nullptr && service.port->port) numbers.push_back(*service.port->port);
    std::ranges::sort(numbers);
    const auto repeated = std::ranges::unique(numbers);
    numbers.erase(repeated.begin(), repeated.end());
    return numbers;
}

std::optional<dns::Name> port_owner(const Plan& plan, const Environment& environment,
                                    unsigned number, registry::Protocol protocol) {
    if (number > 65535) return std::nullopt;
    dns::Name owner(plan.zone.value);
    const bool fits = owner.prepend(environment.name) && owner.prepend("_port") &&
                      owner.prepend(std::string("_") + to_string(protocol)) &&
                      owner.prepend(Digits(number).view());
    if (!fits) return std::nullopt;
    return owner;
}

}  // namespace portolan::zone
