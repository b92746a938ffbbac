#include "portolan/zone/findings.hpp"

#include <fmt/format.h>

#include "name_space.hpp"

namespace portolan::zone {
namespace {

using registry::Severity;

registry::Finding at_zone(const NameSpace& space, std::string rule, std::string message,
                          std::string cure) {
    return space.plan().finding(Severity::error, std::move(rule), space.plan().zone.place,
                                std::move(message), std::move(cure));
}

/// An ordinary zone brings its own SOA and NS.
void check_plain_apex(const NameSpace& space, registry::Findings& findings) {
    for (const dns::Type type : {dns::Type::soa, dns::Type::ns}) {
        const dns::NameView apex = space.plan().zone.value;
        if (space.find(apex, type) != nullptr) continue;
        findings.push_back(
            at_zone(space, "no-" + std::string(type == dns::Type::soa ? "soa" : "ns"),
                    fmt::format("the master file has no {} at {}", to_string(type), shown(apex)),
                    "Add it to the master file, or declare nameservers: in the plan, which then "
                    "makes both."));
    }
}

void check_derived_apex(const NameSpace& space, registry::Findings& findings) {
    const registry::Plan& plan = space.plan();
    if (plan.nameservers.empty()) {
        findings.push_back(at_zone(space, "no-ns", "the zone has no name servers",
                                   "Add nameservers: {ns1: [ADDRESS]}."));
    }
    for (const auto& server : plan.nameservers) {
        const dns::NameView name = server.name;
        if (!name.is_at_or_below(plan.zone.value)) continue;
        const bool has_address = space.find(name, dns::Type::a) != nullptr ||
                                 space.find(name, dns::Type::aaaa) != nullptr;
        if (has_address) continue;
        findings.push_back(plan.finding(
            Severity::error, "nameserver-without-address", server.place,
            fmt::format("the name server {} lies in the zone and has no address: nobody could "
                        "find it",
                        shown(name)),
            "Write its addresses: {ns1: [192.0.2.53]}."));
    }
}

}  // namespace

void check_apex(const NameSpace& space, registry::Findings& findings) {
    if (space.plan().is_master_file_only()) {
        check_plain_apex(space, findings);
    } else {
        check_derived_apex(space, findings);
    }
}

registry::Findings check_names(const registry::Plan& plan,
                               const std::vector<PlacedRrset>& records) {
    const NameSpace space(plan, records);
    registry::Findings findings;
    check_apex(space, findings);
    check_label_spaces(space, findings);
    check_claims(space, findings);
    check_lengths(space, findings);
    check_targets(space, findings);
    check_sizes(space, findings);
    return findings;
}

}  // namespace portolan::zone
