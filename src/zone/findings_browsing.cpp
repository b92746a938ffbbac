// What a browser would not find, or not take (DNS-SD, RFC 6763).
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "name_space.hpp"
#include "portolan/dns/set_limit.hpp"
#include "portolan/registry/browsing.hpp"

namespace portolan::zone {
namespace {

using registry::Severity;

/// What is asked for by name, and cannot be.
void check_asked(const NameSpace& space, registry::Findings& findings) {
    if (!space.plan().convention) return;
    for (const auto& type : space.plan().convention->types) {
        if (type.browse != true || is_browsed(space.plan(), type)) continue;
        findings.push_back(space.plan().finding(
            Severity::warning, "not-browsed", type.place,
            type.publish ? fmt::format("{} is multicast: its target is a group, not an endpoint, "
                                       "so nothing of it is listed for browsing",
                                       type.name)
                         : fmt::format("{} is not published, so nothing of it is listed for "
                                       "browsing",
                                       type.name),
            type.publish ? "Remove browse: yes." : "Remove browse: yes, or publish: no."));
    }
}

/// Where the type's label was chosen; nullptr where it is the service's own, which is judged with
/// the other services' labels.
const registry::Place* chosen_at(const registry::Service& service) {
    return service.kind().empty() ? nullptr : &service.place();
}

void check_type_label(const NameSpace& space, const registry::Service& service,
                      std::set<std::string_view>& said, registry::Findings& findings) {
    const auto label = registry::service_type(service).label;
    const auto* place = chosen_at(service);
    if (label.size() <= service_name_limit || place == nullptr || !said.insert(label).second)
        return;
    findings.push_back(space.plan().finding(
        Severity::warning, "long-service-label", *place,
        fmt::format(
            "_{} is a service type of {} characters, over the 15 that it may have (RFC 6763 "
            "7); some browsers leave it out",
            label, label.size()),
        "Choose a shorter name, or leave it out of browsing: browse: no."));
}

/// Octets of INSTANCE._TYPE._PROTO.ENVIRONMENT.ZONE.
std::size_t name_size(const registry::Plan& plan, const registry::Service& service,
                      const std::string& instance) {
    const auto type = registry::service_type(service);
    return plan.zone.value.view().size() + service.environment->name.size() + 1 +
           std::string_view(to_string(type.protocol)).size() + 2 + type.label.size() + 2 +
           instance.size() + 1;
}

void check_instance_lengths(const NameSpace& space, const registry::Service& service,
                            registry::Findings& findings) {
    const auto check = [&](const registry::Endpoint& endpoint) {
        const auto name = instance_name(service, endpoint);
        const bool fits = name.size() <= dns::max_label_octets &&
                          name_size(space.plan(), service, name) <= dns::max_name_octets;
        if (fits) return;
        findings.push_back(space.plan().finding(
            Severity::error, "name-too-long", endpoint.place,
            fmt::format("{} of {} does not fit into a domain name (63 octets a label, 255 in all), "
                        "so it cannot be listed for browsing",
                        name, service.environment->name),
            "Shorten the names of service or host, or leave it out: browse: no."));
    };
    std::ranges::for_each(service.endpoints, check);
    std::ranges::for_each(service.withheld, check);
}

void check_domains(const NameSpace& space, std::size_t domains, registry::Findings& findings) {
    if (domains <= dns::most_records_in_set) return;
    findings.push_back(space.plan().finding(
        Severity::note, "browse-domains", space.plan().zone.place,
        fmt::format("{} environments can be browsed, and a set may have {} records: "
                    "b._dns-sd._udp.{} lists none of them",
                    domains, dns::most_records_in_set, shown(space.plan().zone.value)),
        ""));
}

}  // namespace

void check_browsing(const NameSpace& space, registry::Findings& findings) {
    check_asked(space, findings);
    if (!registry::has_browsing(space.plan())) return;
    std::set<std::string_view> said;
    std::size_t domains = 0;
    for (const auto& environment : space.plan().environments) {
        bool is_listed = false;
        for (const auto& service : registry::services_of(space.plan(), environment)) {
            if (!is_browsed(space.plan(), service)) continue;
            is_listed = true;
            check_type_label(space, service, said, findings);
            check_instance_lengths(space, service, findings);
        }
        domains += is_listed ? 1 : 0;
    }
    check_domains(space, domains, findings);
}

}  // namespace portolan::zone
