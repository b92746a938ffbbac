// Sizes: labels and names that do not fit, answers that pass what UDP carries.
#include <fmt/format.h>

#include <set>

#include "name_space.hpp"
#include "portolan/dns/query.hpp"
#include "portolan/dns/set_limit.hpp"
#include "portolan/registry/services.hpp"

namespace portolan::zone {
namespace {

using dns::most_records_in_set;
using registry::Severity;

/// The UDP size that survives every path (DNS Flag Day 2020), and the default of `serve`.
constexpr std::size_t edns_limit = 1232;

/// Octets of the whole reply: header, question, the set, OPT; without Additional, which is shed.
std::size_t answer_size(dns::NameView owner, std::size_t body, bool edns) noexcept {
    return dns::header_octets + owner.size() + 4 + body + (edns ? dns::opt_octets : 0);
}

void check_srv_size(const NameSpace& space, dns::NameView owner, const Claim& claim,
                    registry::Findings& findings) {
    const dns::Rrset& set = *claim.rrset;
    if (set.count() > most_records_in_set) {
        findings.push_back(space.finding(
            Severity::error, "set-too-large", claim,
            fmt::format("{} SRV has {} records; resolvers and secondaries refuse more than {}",
                        shown(owner), set.count(), most_records_in_set),
            "Split the service, or place fewer instances."));
        return;
    }
    const std::size_t with_edns = answer_size(owner, set.body().size(), true);
    const std::size_t without = answer_size(owner, set.body().size(), false);
    if (with_edns > edns_limit) {
        findings.push_back(space.finding(
            Severity::warning, "answer-over-1232", claim,
            fmt::format("{} SRV answers with {} octets, {} over the 1232 that UDP carries "
                        "everywhere: every client asks again over TCP, and UDP-only ones "
                        "(HAProxy) get nothing",
                        shown(owner), with_edns, with_edns - edns_limit),
            "Split the service, or shorten host names."));
    } else if (without > dns::classic_udp_limit) {
        findings.push_back(space.finding(
            Severity::note, "answer-over-512", claim,
            fmt::format("{} SRV answers with {} octets, {} over the 512 of clients without EDNS: "
                        "they ask again over TCP",
                        shown(owner), without, without - dns::classic_udp_limit),
            ""));
    }
}

/// Lists for browsing. TCP is nothing unusual for them, so what is said of that is said once.
class ListSizes {
public:
    explicit ListSizes(const NameSpace& space) : space_(space) {}

    void look_at(dns::NameView owner, const Claim& claim, registry::Findings& findings) {
        const dns::Rrset& set = *claim.rrset;
        if (!is_long_list(owner, set.count(), set.body().size())) return;
        const std::size_t size = answer_size(owner, set.body().size(), true);
        if (set.count() > most_records_in_set) {
            findings.push_back(space_.finding(
                Severity::error, "set-too-large", claim,
                fmt::format("{} PTR lists {} names; resolvers and secondaries refuse more than {}",
                            shown(owner), set.count(), most_records_in_set),
                "Browse fewer: browse: no at some of the types and services that it lists."));
        } else if (count_++ == 0 || size > size_) {
            size_ = size;
            owner_ = owner;
            claim_ = &claim;
        }
    }

    void sum_up(registry::Findings& findings) const {
        if (count_ == 0) return;
        findings.push_back(space_.finding(
            Severity::note, "answer-over-1232", *claim_,
            fmt::format("{} list{} for browsing over the 1232 octets that UDP carries everywhere, "
                        "the longest, {} PTR, by {}: who browses asks again over TCP",
                        count_, count_ == 1 ? " is" : "s are", shown(owner_), size_ - edns_limit),
            ""));
    }

private:
    const NameSpace& space_;
    std::size_t count_ = 0;  // of those over the limit, with the longest of them:
    std::size_t size_ = 0;
    dns::NameView owner_;
    const Claim* claim_ = nullptr;
};

bool is_joined(const registry::Service& service) {
    return service.application != nullptr || !service.port->name.empty();
}

/// A name chosen by hand can be chosen better.
void check_chosen_label(const NameSpace& space, const registry::Service& service,
                        registry::Findings& findings) {
    findings.push_back(space.plan().finding(
        Severity::warning, "long-service-label", service.place(),
        fmt::format("_{} has {} characters, over the 15 of a service name (RFC 6335 5.1); some "
                    "clients refuse it",
                    service.label(), service.label().size()),
        "Choose a shorter name."));
}

/// A join of two good names may pass 15 and still work: said once for all of them.
void note_joined_labels(const NameSpace& space, const std::vector<std::string>& labels,
                        registry::Findings& findings) {
    if (labels.empty()) return;
    const registry::Place place =
        space.plan().convention ? space.plan().convention->place : space.plan().zone.place;
    findings.push_back(space.plan().finding(
        Severity::note, "long-service-label", place,
        fmt::format("{} joined service labels pass the 15 characters of RFC 6335 (_{}); clients "
                    "that mind ask for the form with the type in front",
                    labels.size(), labels.front()),
        ""));
}

bool fits(const NameSpace& space, const registry::Service& service) {
    // _label._proto.env.zone and _kind._proto.subject.env.zone: underscore and length octet each.
    const std::size_t base = space.plan().zone.value.view().size() +
                             service.environment->name.size() + 1 +
                             std::string_view(to_string(service.protocol)).size() + 2;
    const std::size_t main = base + service.label().size() + 2;
    const std::size_t client = base + service.subject().size() + 1 + service.kind().size() + 2;
    return service.label().size() < dns::max_label_octets && main <= dns::max_name_octets &&
           client <= dns::max_name_octets;
}

/// The services that the environment publishes, without their endpoints.
std::vector<registry::Service> published_services(const registry::Plan& plan,
                                                  const registry::Environment& environment) {
    std::vector<registry::Service> services;
    const auto add = [&](registry::Protocol protocol) -> registry::Service& {
        services.emplace_back().environment = &environment;
        services.back().protocol = protocol;
        return services.back();
    };
    if (plan.convention) {
        for (const auto& application : plan.convention->applications) {
            for (const auto& type : plan.convention->types) {
                if (!type.publish || !registry::is_declared(type, environment)) continue;
                registry::Service& service = add(type.protocol);
                service.application = &application;
                service.type = &type;
            }
        }
    }
    for (const auto& named : plan.services) {
        if (!registry::is_declared(named, environment)) continue;
        for (const auto& port : named.ports) {
            registry::Service& service = add(port.protocol);
            service.named = &named;
            service.port = &port;
        }
    }
    return services;
}

void check_service_lengths(const NameSpace& space, const registry::Service& service,
                           registry::Findings& findings) {
    if (fits(space, service)) return;
    findings.push_back(space.plan().finding(
        Severity::error, "name-too-long", service.place(),
        fmt::format("service {} of {} does not fit into a domain name (63 octets a label, 255 in "
                    "all)",
                    service.label(), service.environment->name),
        "Shorten the names of application, type, environment or zone."));
}

void check_host_lengths(const NameSpace& space, const registry::Environment& environment,
                        registry::Findings& findings) {
    for (const auto& host : environment.hosts) {
        const std::size_t size =
            space.plan().zone.value.view().size() + environment.name.size() + host.name.size() + 2;
        if (size <= dns::max_name_octets) continue;
        findings.push_back(space.plan().finding(
            Severity::error, "name-too-long", host.place,
            fmt::format("host {} of {} does not fit into a domain name of 255 octets", host.name,
                        environment.name),
            "Shorten the names of host, environment or zone."));
    }
}

}  // namespace

void check_lengths(const NameSpace& space, registry::Findings& findings) {
    std::set<std::string> seen;  // a label is the same in every environment: said once
    std::vector<std::string> joined;
    for (const auto& environment : space.plan().environments) {
        check_host_lengths(space, environment, findings);
        for (const auto& service : published_services(space.plan(), environment)) {
            check_service_lengths(space, service, findings);
            const std::string label = service.label();
            if (label.size() <= service_name_limit || !seen.insert(label).second) continue;
            if (is_joined(service)) {
                joined.push_back(label);
            } else {
                check_chosen_label(space, service, findings);
            }
        }
    }
    note_joined_labels(space, joined, findings);
}

bool is_large(dns::NameView owner, std::size_t body) noexcept {
    return answer_size(owner, body, false) > dns::classic_udp_limit;
}

bool is_long_list(dns::NameView owner, std::size_t count, std::size_t body) noexcept {
    const dns::OctetView label = owner.first_label();
    const bool is_list = !label.empty() && label.front() == '_';
    return is_list && (count > most_records_in_set || answer_size(owner, body, true) > edns_limit);
}

void check_sizes(const NameSpace& space, registry::Findings& findings) {
    ListSizes lists(space);
    for (const auto& [owner, claims] : space.claims()) {
        for (const auto& claim : claims) {
            if (claim.rrset->type() == dns::Type::srv)
                check_srv_size(space, owner, claim, findings);
            if (claim.rrset->type() == dns::Type::ptr) lists.look_at(owner, claim, findings);
        }
    }
    lists.sum_up(findings);
}

}  // namespace portolan::zone
