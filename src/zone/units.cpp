#include "portolan/zone/units.hpp"

#include <algorithm>
#include <map>

namespace portolan::zone {
namespace {

using registry::Endpoint;
using registry::Environment;
using registry::Plan;
using registry::Registry;
using registry::Service;

/// A name below `parent`, or nullopt when it would be too long (a finding says so elsewhere).
std::optional<dns::Name> below(dns::NameView parent,
                               std::initializer_list<std::string_view> labels) {
    dns::Name name(parent);
    for (auto label = std::rbegin(labels); label != std::rend(labels); ++label) {
        if (!name.prepend(*label)) return std::nullopt;
    }
    return name;
}

std::string underscored(std::string_view label) { return "_" + std::string(label); }

/// Collects the units of one plan; one function for each part of the name space.
class Collector {
public:
    Collector(const Registry& registry, std::vector<PlacedUnit>& units)
        : registry_(registry), plan_(registry.plan), units_(units) {}

    void apex() {
        ApexUnit unit;
        unit.owner = plan_.zone.value;
        unit.rname = plan_.contact;
        unit.timers = plan_.soa;
        unit.ttl = plan_.ttls.infrastructure;
        unit.negative = plan_.ttls.negative;
        for (const auto& server : plan_.nameservers) unit.nameservers.push_back(server.name);
        if (!unit.nameservers.empty()) unit.mname = unit.nameservers.front();
        add(std::move(unit), plan_.zone.place, "zone " + dns_text(plan_.zone.value));
        for (const auto& server : plan_.nameservers) {
            addresses(dns::Name(server.name), values_of(server.addresses),
                      plan_.ttls.infrastructure, server.place, "name server " + server.label);
        }
    }

    void environment(const Environment& environment) {
        if (!enter(environment)) return;
        ports_.clear();
        for (const auto& host : environment.hosts) {
            own_addresses(host);
        }
        if (environment.multicast) {
            addresses(below(owner_, {"mcast"}), {environment.multicast->value}, plan_.ttls.host,
                      environment.multicast->place, "multicast group" + of());
        }
        for (const auto& service : registry::services_of(registry_, environment))
            own_service(service);
        if (plan_.convention) convention(*plan_.convention);
        for (const auto& service : plan_.services) mongodb(service);
        ports();
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
            unit.owners = {owner.value};
            add(unit, owner.place, "service " + service.name + " at " + dns_text(owner.value));
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
    void one(const Environment& environment, const registry::Application& application) {
        if (enter(environment)) instances(application);
    }

private:
    /// False when no name fits below the environment's.
    bool enter(const Environment& environment) {
        environment_ = &environment;
        const auto name = below(plan_.zone.value, {environment.name});
        if (name) owner_ = *name;
        return name.has_value();
    }

    void own_addresses(const registry::Host& host) {
        addresses(below(owner_, {host.name}), addresses_of(host), plan_.ttls.host, host.place,
                  "host " + host.name + of());
    }

    void add(Unit unit, const registry::Place& place, std::string what) {
        units_.push_back({std::move(unit), place, std::move(what)});
    }

    [[nodiscard]] std::string of() const { return " of " + environment_->name; }

    static std::string dns_text(dns::NameView name) {
        std::string text;
        for (; !name.is_root(); name = name.parent()) {
            const auto label = name.first_label();
            text.append(label.begin(), label.end());
            text += '.';
        }
        return text;
    }

    void addresses(const std::optional<dns::Name>& owner, std::vector<registry::Address> addresses,
                   std::uint32_t ttl, const registry::Place& place, std::string what) {
        if (!owner || addresses.empty()) return;
        add(AddressUnit{*owner, std::move(addresses), ttl}, place, std::move(what));
    }

    static std::vector<registry::Address> values_of(
        const std::vector<registry::Placed<registry::Address>>& placed) {
        std::vector<registry::Address> values;
        for (const auto& each : placed) values.push_back(each.value);
        return values;
    }

    [[nodiscard]] std::vector<registry::Address> addresses_of(const registry::Host& host) const {
        return registry::addresses_of(registry_, *environment_, host);
    }

    /// The main form and, for what has a service label of its own, the client's form.
    void own_service(const Service& service) {
        if (service.type != nullptr && !service.type->publish) return;
        const std::string protocol = underscored(to_string(service.protocol));
        const std::string label = service.label();
        const auto main = below(owner_, {underscored(label), protocol});
        if (!main) return;
        ServiceUnit unit = unit_of(service);
        unit.owners = {*main};
        if (const std::string kind = service.kind(); !kind.empty()) {
            const auto alias = below(owner_, {underscored(kind), protocol, service.subject()});
            if (alias) unit.owners.push_back(*alias);
        }
        unit.text = text_of(service);
        remember_ports(service, *main);
        add(std::move(unit), service.place(), "service " + label + of());
    }

    static std::vector<std::string> text_of(const Service& service) {
        std::vector<std::string> text;
        text.push_back((service.application != nullptr ? "app=" : "service=") + service.subject());
        if (const auto kind = service.kind(); !kind.empty()) {
            const bool is_port = service.port != nullptr && !service.port->name.empty();
            text.push_back((is_port ? "port=" : "type=") + kind);
        }
        return text;
    }

    [[nodiscard]] ServiceUnit unit_of(const Service& service) const {
        ServiceUnit unit;
        unit.when_empty = service.when_empty;
        unit.ttl = service.ttl;
        for (const auto& endpoint : service.endpoints) add_member(unit, endpoint);
        return unit;
    }

    void add_member(ServiceUnit& unit, const Endpoint& endpoint) const {
        const auto target = target_of(endpoint);
        if (!target || endpoint.port > 65535) return;
        unit.members.push_back({*target, static_cast<std::uint16_t>(endpoint.port),
                                endpoint.priority, endpoint.weight});
    }

    [[nodiscard]] std::optional<dns::Name> target_of(const Endpoint& endpoint) const {
        if (endpoint.target != nullptr) return dns::Name(*endpoint.target);
        const std::string_view label =
            endpoint.is_group ? std::string_view("mcast") : std::string_view(endpoint.host->name);
        return below(plan_.zone.value, {label, endpoint.environment->name});
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
            below(owner_, {underscored(type.name), underscored(to_string(type.protocol))});
        if (!owner) return;
        ServiceUnit unit;
        unit.owners = {*owner};
        unit.text = {"type=" + type.name};
        unit.ttl = plan_.ttls.service;
        unit.when_empty = type.when_empty.value_or(plan_.when_empty);
        for (const auto& application : convention.applications) {
            const auto service = registry::resolve(registry_, *environment_, application, type);
            for (const auto& endpoint : service.endpoints) add_member(unit, endpoint);
        }
        add(std::move(unit), type.place, "type " + type.name + " over all applications" + of());
    }

    /// `1.hydrogen.prod` and `hydrogen.prod`, for clients that do not speak SRV.
    void instances(const registry::Application& application) {
        const auto* placement = environment_->placement(application.name);
        if (placement == nullptr) return;
        const auto leader = registry::leader_of(*environment_, application);
        const auto own_name = below(owner_, {application.name});
        if (!own_name) return;
        for (const auto& placed : placement->instances) {
            const auto* host = environment_->host(placed.host);
            if (host == nullptr) continue;
            const std::string number = std::to_string(placed.instance);
            addresses(below(*own_name, {number}), addresses_of(*host), plan_.ttls.host,
                      placed.place, "instance " + number + " of " + application.name + of());
            if (leader != placed.instance) continue;
            addresses(own_name, addresses_of(*host), plan_.ttls.host, application.place,
                      "application " + application.name + of());
        }
    }

    /// One string, options joined as in a connection string's query part. Drivers refuse a second
    /// TXT at this name, so nothing else of ours is ever put here.
    void mongodb(const registry::NamedService& service) {
        if (service.mongodb.empty() || !registry::is_declared(service, *environment_)) return;
        const auto owner = below(owner_, {service.name});
        if (!owner) return;
        std::string text;
        for (const auto& [option, value] : service.mongodb) {
            if (!text.empty()) text += '&';
            text += option + "=" + value;
        }
        add(TextUnit{*owner, std::move(text), plan_.ttls.service}, service.place,
            "mongodb options of " + service.name + of());
    }

    void remember_ports(const Service& service, const dns::Name& owner) {
        for (const unsigned number : ports_of(service)) {
            auto& port = ports_[{number, service.protocol}];
            if (port.services.empty()) port.place = service.place();
            port.services.emplace_back(owner);
        }
    }

    void ports() {
        for (auto& [key, port] : ports_) {
            const auto& [number, protocol] = key;
            const auto owner = port_owner(plan_, *environment_, number, protocol);
            if (!owner) continue;
            add(PortUnit{*owner, std::move(port.services), plan_.ttls.infrastructure}, port.place,
                "port " + std::to_string(number) + "/" + to_string(protocol) + of());
        }
    }

    struct HeldPort {
        std::vector<dns::PackedName> services;
        registry::Place place;
    };

    const Registry registry_;
    const Plan& plan_;
    std::vector<PlacedUnit>& units_;
    const Environment* environment_ = nullptr;
    dns::Name owner_;  // of the environment
    std::map<std::pair<unsigned, registry::Protocol>, HeldPort> ports_;
};

// --- from units to RRsets -----------------------------------------------------------------------

dns::RrsetPtr rrset(dns::Type type, std::uint32_t ttl, std::vector<dns::Octets> rdatas) {
    return dns::make_rrset(type, dns::Ttl{ttl}, std::move(rdatas));
}

dns::Octets name_rdata(dns::NameView name) { return {name.octets().begin(), name.octets().end()}; }

dns::Octets srv_rdata(const ServiceUnit::Member& member) {
    const auto target = member.target.view().octets();
    dns::Octets rdata(6 + target.size());
    dns::store_u16(rdata.data(), member.priority);
    dns::store_u16(rdata.data() + 2, member.weight);
    dns::store_u16(rdata.data() + 4, member.port);
    std::ranges::copy(target, rdata.begin() + 6);
    return rdata;
}

/// Each string cut into <character-string>s of at most 255 octets.
dns::Octets txt_rdata(const std::vector<std::string>& strings) {
    dns::Octets rdata;
    for (std::string_view rest : strings) {
        do {
            const std::string_view piece = rest.substr(0, 255);
            rdata.push_back(static_cast<std::uint8_t>(piece.size()));
            rdata.insert(rdata.end(), piece.begin(), piece.end());
            rest.remove_prefix(piece.size());
        } while (!rest.empty());
    }
    return rdata;
}

using Sets = std::vector<OwnedRrset>;

void emit(const ApexUnit& unit, Sets& sets) {
    const Soa soa{.mname = dns::Name(unit.mname),
                  .rname = dns::Name(unit.rname),
                  .serial = {},
                  .refresh = unit.timers.refresh,
                  .retry = unit.timers.retry,
                  .expire = unit.timers.expire,
                  .minimum = unit.negative};
    sets.push_back({unit.owner, rrset(dns::Type::soa, unit.negative, {write_soa(soa)})});
    std::vector<dns::Octets> servers;
    for (const auto& server : unit.nameservers) servers.push_back(name_rdata(server));
    if (!servers.empty()) {
        sets.push_back({unit.owner, rrset(dns::Type::ns, unit.ttl, std::move(servers))});
    }
}

void emit(const AddressUnit& unit, Sets& sets) {
    std::vector<dns::Octets> v4, v6;
    for (const auto& address : unit.addresses) {
        auto& list = address.is_v6() ? v6 : v4;
        list.emplace_back(address.octets.begin(), address.octets.begin() + address.size);
    }
    if (!v4.empty()) sets.push_back({unit.owner, rrset(dns::Type::a, unit.ttl, std::move(v4))});
    if (!v6.empty()) sets.push_back({unit.owner, rrset(dns::Type::aaaa, unit.ttl, std::move(v6))});
}

void emit(const ServiceUnit& unit, Sets& sets) {
    std::vector<dns::Octets> members;
    for (const auto& member : unit.members) members.push_back(srv_rdata(member));
    if (members.empty() && unit.when_empty == registry::WhenEmpty::nxdomain) return;
    if (members.empty() && unit.when_empty == registry::WhenEmpty::dot) {
        members.push_back(srv_rdata({}));  // SRV 0 0 0 . : "decidedly not available" (RFC 2782)
    }
    const auto text = rrset(dns::Type::txt, unit.ttl, {txt_rdata(unit.text)});
    const auto srv =
        members.empty() ? nullptr : rrset(dns::Type::srv, unit.ttl, std::move(members));
    for (const auto& owner : unit.owners) {
        sets.push_back({owner, text});
        if (srv != nullptr) sets.push_back({owner, srv});
    }
}

void emit(const PortUnit& unit, Sets& sets) {
    std::vector<dns::Octets> services;
    for (const auto& service : unit.services) services.push_back(name_rdata(service));
    sets.push_back({unit.owner, rrset(dns::Type::ptr, unit.ttl, std::move(services))});
}

void emit(const TextUnit& unit, Sets& sets) {
    sets.push_back({unit.owner, rrset(dns::Type::txt, unit.ttl, {txt_rdata({unit.text})})});
}

void emit(const RecordsUnit& unit, Sets& sets) { sets.push_back({unit.owner, unit.rrset}); }

struct KeyOf {
    dns::NameView operator()(const ServiceUnit& unit) const noexcept { return unit.owners.front(); }
    template <class Other>
    dns::NameView operator()(const Other& unit) const noexcept {
        return unit.owner;
    }
};

}  // namespace

std::vector<PlacedUnit> apex_units(const Plan& plan) {
    std::vector<PlacedUnit> units;
    if (!plan.is_master_file_only()) Collector(plan, units).apex();
    return units;
}

std::vector<PlacedUnit> environment_units(const Registry& registry, std::string_view name) {
    std::vector<PlacedUnit> units;
    const auto* environment = registry.plan.environment(name);
    if (environment != nullptr) Collector(registry, units).environment(*environment);
    return units;
}

std::vector<PlacedUnit> published_units(const Registry& registry) {
    std::vector<PlacedUnit> units;
    Collector(registry, units).published();
    return units;
}

std::vector<PlacedUnit> units_of(const Registry& registry, const Service& service) {
    std::vector<PlacedUnit> units;
    Collector(registry, units).one(service);
    return units;
}

std::vector<PlacedUnit> union_units(const Registry& registry, const Environment& environment,
                                    const registry::PortType& type) {
    std::vector<PlacedUnit> units;
    Collector(registry, units).one(environment, type);
    return units;
}

std::vector<PlacedUnit> published_units(const Registry& registry,
                                        const registry::NamedService& service) {
    std::vector<PlacedUnit> units;
    Collector(registry, units).published(service);
    return units;
}

std::vector<PlacedUnit> host_units(const Registry& registry, const Environment& environment,
                                   const registry::Host& host) {
    std::vector<PlacedUnit> units;
    Collector(registry, units).one(environment, host);
    return units;
}

std::vector<PlacedUnit> instance_units(const Registry& registry, const Environment& environment,
                                       const registry::Application& application) {
    std::vector<PlacedUnit> units;
    Collector(registry, units).one(environment, application);
    return units;
}

std::vector<unsigned> ports_of(const Service& service) {
    std::vector<unsigned> numbers;
    for (const auto& endpoint : service.endpoints) numbers.push_back(endpoint.port);
    if (service.port != nullptr && service.port->port) numbers.push_back(*service.port->port);
    std::ranges::sort(numbers);
    const auto repeated = std::ranges::unique(numbers);
    numbers.erase(repeated.begin(), repeated.end());
    return numbers;
}

std::optional<dns::Name> port_owner(const Plan& plan, const Environment& environment,
                                    unsigned number, registry::Protocol protocol) {
    if (number > 65535) return std::nullopt;
    return below(plan.zone.value, {std::to_string(number), underscored(to_string(protocol)),
                                   "_port", environment.name});
}

std::vector<PlacedUnit> record_units(const Records& extra) {
    std::vector<PlacedUnit> units;
    units.reserve(extra.size());
    for (const auto set : extra) {
        units.push_back({RecordsUnit{set.owner, set.rrset}, {}, "record of the master file"});
    }
    return units;
}

std::vector<OwnedRrset> rrsets_of(const Unit& unit) {
    Sets sets;
    std::visit([&sets](const auto& each) { emit(each, sets); }, unit);
    return sets;
}

dns::NameView key_of(const Unit& unit) noexcept { return std::visit(KeyOf{}, unit); }

}  // namespace portolan::zone
