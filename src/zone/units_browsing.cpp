// What there is to browse in a plan (DNS-SD, RFC 6763), listed as units:
//
//     b, lb._dns-sd._udp           PTR  prod                  where to browse (section 11)
//     _services._dns-sd._udp.prod  PTR  _http._tcp.prod       which types there are (section 9)
//     _http._tcp.prod              PTR  hydrogen-1._http…     which instances (section 4)
//     hydrogen-1._http._tcp.prod   SRV, TXT                   one endpoint (sections 5 and 6)
//
// The first two follow from the plan alone; the others have whom the SRV sets have.
#include <algorithm>
#include <array>
#include <unordered_set>

#include "portolan/dns/set_limit.hpp"
#include "unit_parts.hpp"

namespace portolan::zone {
namespace {

using registry::Endpoint;
using registry::Environment;
using registry::Plan;
using registry::Registry;
using registry::Service;
using registry::ServiceType;
using Kind = Subject::Kind;
using Names = std::vector<dns::NameView>;

class Browsing {
public:
    Browsing(const Registry& registry, const Environment& environment, Units& units)
        : registry_(registry), plan_(registry.plan), environment_(environment), units_(units),
          owner_(units.name({{environment.name}}, plan_.zone.value)) {}

    /// What the plan alone decides.
    void outline() {
        const auto types = registry::service_types(plan_, environment_);
        if (!owner_ || types.empty()) return;
        Names listed;
        for (const auto& type : types) {
            if (const auto name = name_of(type)) listed.push_back(*name);
        }
        add_list(units_.name({{"services", true}, {"dns-sd", true}, {"udp", true}}, *owner_),
                 listed);
        // A host's own domain is where it looks; there one domain is the default as well.
        for (const std::string_view query : {"b", "db", "lb"}) {
            add_list(units_.name({{query}, {"dns-sd", true}, {"udp", true}}, *owner_), {*owner_});
        }
    }

    void service_type(const ServiceType& type, std::span<const Service* const> services) {
        const auto owner = name_of(type);
        if (!owner || services.empty()) return;
        Names listed;
        std::unordered_set<std::string> names;
        for (const auto* service : services) {
            for (const auto& endpoint : service->endpoints) {
                auto name = instance_name(*service, endpoint);
                const auto [label, is_new] = names.insert(std::move(name));
                if (is_new) add_instance(*service, endpoint, *label, *owner, listed);
            }
        }
        BrowseUnit unit{
            *owner, units_.keep(std::span<const dns::NameView>(listed)), {}, plan_.ttls.service};
        if (!has_text(type)) unit.text = text_of(type);
        units_.add(unit, services.front()->place(), subject(Kind::service_type, type.label));
    }

private:
    std::optional<dns::NameView> name_of(const ServiceType& type) {
        if (!owner_) return std::nullopt;
        return units_.name({{type.label, true}, {to_string(type.protocol), true}}, *owner_);
    }

    [[nodiscard]] Subject subject(Kind kind, std::string_view name = {}) const {
        return {.kind = kind, .name = name, .environment = environment_.name};
    }

    void add_list(const std::optional<dns::NameView>& owner, const Names& listed) {
        if (!owner) return;
        units_.add(BrowseUnit{*owner,
                              units_.keep(std::span<const dns::NameView>(listed)),
                              {},
                              plan_.ttls.infrastructure},
                   environment_.place, subject(Kind::browsing));
    }

    /// One SRV record, so priority and weight say nothing (RFC 6763 5). A label that is too long
    /// is not listed (a finding says so).
    void add_instance(const Service& service, const Endpoint& endpoint, std::string_view label,
                      dns::NameView type, Names& listed) {
        const auto owner = units_.name({{label}}, type);
        auto member = member_of(plan_, endpoint, units_);
        if (!owner || !member) return;
        member->priority = member->weight = 0;
        listed.push_back(*owner);
        ServiceUnit unit;
        unit.owners = units_.keep(std::span<const dns::NameView>(&*owner, 1));
        unit.members = units_.keep(std::span<const ServiceUnit::Member>(&*member, 1));
        unit.text = text_of(service, endpoint);
        unit.ttl = service.ttl;
        units_.add(unit, service.place(), subject(Kind::listed, units_.keep(label)));
    }

    /// What a service's own TXT says, which instance it is, and what `_udp` does not tell. No
    /// txtvers (RFC 6763 6.7): that is for who defines the service type.
    dns::OctetView text_of(const Service& service, const Endpoint& endpoint) {
        const bool is_application = service.application != nullptr;
        const bool is_port = !is_application && !service.port->name.empty();
        std::vector<std::string> strings{(is_application ? "app=" : "service=") +
                                         service.subject()};
        if (!service.kind().empty())
            strings.push_back((is_port ? "port=" : "type=") + service.kind());
        if (endpoint.instance != 0)
            strings.push_back("instance=" + std::to_string(endpoint.instance));
        if (service.protocol != registry::service_type(service).protocol)
            strings.push_back(std::string("proto=") + to_string(service.protocol));
        const std::vector<std::string_view> views(strings.begin(), strings.end());
        return text_rdata(views, scratch_, units_);
    }

    dns::OctetView text_of(const ServiceType& type) {
        return text_rdata({"type=" + std::string(type.label)}, scratch_, units_);
    }

    /// A service of that name, or the union of a type, has a TXT there already.
    [[nodiscard]] bool has_text(const ServiceType& type) const {
        const auto* port_type = plan_.type(type.label);
        const bool is_union = port_type != nullptr && port_type->across &&
                              port_type->protocol == type.protocol &&
                              is_declared(*port_type, environment_);
        return is_union || locate(plan_, environment_, type.label, type.protocol);
    }

    const Registry registry_;
    const Plan& plan_;
    const Environment& environment_;
    Units& units_;
    std::optional<dns::NameView> owner_;  // of the environment
    dns::Octets scratch_;
};

}  // namespace

void add_all_browse_units(const Registry& registry, const Environment& environment,
                          std::span<const Service> services, Units& units) {
    std::vector<std::pair<ServiceType, const Service*>> browsed;
    for (const auto& service : services) {
        if (!is_browsed(registry.plan, service)) continue;
        browsed.emplace_back(service_type(service), &service);
    }
    std::ranges::sort(browsed);  // those of a type as they stand in `services`
    Browsing browsing(registry, environment, units);
    browsing.outline();
    std::vector<const Service*> alike;
    for (auto at = browsed.begin(); at != browsed.end();) {
        const ServiceType type = at->first;
        alike.clear();
        for (; at != browsed.end() && at->first == type; ++at) alike.push_back(at->second);
        browsing.service_type(type, alike);
    }
}

void add_browse_units(const Registry& registry, const Environment& environment,
                      const ServiceType& type, Units& units) {
    const auto services = registry::services_of(registry, environment, type);
    std::vector<const Service*> all;
    for (const auto& service : services) all.push_back(&service);
    Browsing(registry, environment, units).service_type(type, all);
}

/// Beyond what a set may have, none is listed: a part would be taken for the whole.
void add_browse_domains(const Plan& plan, Units& units) {
    Names domains;
    for (const auto& environment : plan.environments) {
        if (registry::service_types(plan, environment).empty()) continue;
        if (const auto name = units.name({{environment.name}}, plan.zone.value)) {
            domains.push_back(*name);
        }
    }
    if (domains.empty() || domains.size() > dns::most_records_in_set) return;
    const auto listed = units.keep(std::span<const dns::NameView>(domains));
    for (const std::string_view query : {"b", "lb"}) {
        const auto owner = units.name({{query}, {"dns-sd", true}, {"udp", true}}, plan.zone.value);
        if (!owner) continue;
        units.add(BrowseUnit{*owner, listed, {}, plan.ttls.infrastructure}, plan.zone.place,
                  {.kind = Kind::browsing});
    }
}

}  // namespace portolan::zone
