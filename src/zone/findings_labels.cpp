// The rules of the name space: one meaning a label, one source a set.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "name_space.hpp"

namespace portolan::zone {
namespace {

using registry::Severity;

/// Labels directly below one name, each with whoever took it first.
class LabelSpace {
public:
    LabelSpace(const NameSpace& space, std::string where, registry::Findings& findings)
        : space_(space), where_(std::move(where)), findings_(findings) {}

    /// The label must outlive this.
    void take(std::string_view label, std::string what, const registry::Place& place) {
        const auto [holder, is_new] = holders_.try_emplace(label, Holder{what, place});
        if (is_new) return;
        findings_.push_back(space_.plan().finding(
            Severity::error, "label-taken", place,
            fmt::format("{} '{}' has the label that {} has at {}; {} is one space of labels", what,
                        label, holder->second.what, space_.plan().text(holder->second.place),
                        where_),
            "Rename one of the two."));
    }

private:
    struct Holder {
        std::string what;
        registry::Place place;
    };
    const NameSpace& space_;
    std::string where_;
    registry::Findings& findings_;
    std::unordered_map<std::string_view, Holder> holders_;
};

/// Services that own a name below the environment: `orders.prod` holds `_mongodb._tcp.orders.prod`.
bool owns_label(const registry::NamedService& service) {
    const bool has_named_port = std::ranges::any_of(
        service.ports, [](const registry::NamedPort& port) { return !port.name.empty(); });
    return has_named_port || !service.type.empty() || !service.mongodb.empty();
}

void check_environment_labels(const NameSpace& space, const registry::Environment& environment,
                              registry::Findings& findings) {
    LabelSpace labels(space, "the environment " + environment.name, findings);
    for (const auto& host : environment.hosts) labels.take(host.name, "host", host.place);
    if (environment.multicast) {
        labels.take("mcast", "the multicast group's name", environment.multicast->place);
    }
    if (space.plan().convention) {
        for (const auto& application : space.plan().convention->applications) {
            labels.take(application.name, "application", application.place);
        }
    }
    for (const auto& service : space.plan().services) {
        if (!owns_label(service) || !registry::is_declared(service, environment)) continue;
        labels.take(service.name, "service", service.place);
    }
}

/// CNAME stands alone (RFC 2181 10.1), so it cannot join names that the plan derives.
void check_alias(const NameSpace& space, dns::NameView owner, const std::vector<Claim>& claims,
                 registry::Findings& findings) {
    const auto alias = std::ranges::find(claims, dns::Type::cname,
                                         [](const Claim& claim) { return claim.rrset->type(); });
    if (alias == claims.end()) return;
    const auto derived = std::ranges::find_if(claims, &Claim::is_derived);
    if (derived == claims.end()) return;
    findings.push_back(space.finding(
        Severity::error, "alias-beside-data", *alias,
        fmt::format("{} is an alias (CNAME) here, but the plan gives it data: {} ({})",
                    shown(owner), derived->what, space.place_of(*derived)),
        "Take the CNAME out of the master file, or rename what the plan declares."));
}

/// A service's SRV and TXT clash together: one finding says it for both.
void check_sources(const NameSpace& space, dns::NameView owner, const std::vector<Claim>& claims,
                   registry::Findings& findings) {
    std::set<std::pair<std::string, std::string>> said;
    for (auto later = claims.begin(); later != claims.end(); ++later) {
        const auto first = std::find_if(claims.begin(), later, [later](const Claim& earlier) {
            return earlier.rrset->type() == later->rrset->type();
        });
        if (first == later) continue;
        if (!said.insert({space.place_of(*first), space.place_of(*later)}).second) continue;
        findings.push_back(
            space.finding(Severity::error, "two-sources", *later,
                          fmt::format("{} {} has two sources: {} here, and {} at {}", shown(owner),
                                      to_string(later->rrset->type()), later->what, first->what,
                                      space.place_of(*first)),
                          "Rename one of the two, so that each name and type has one source."));
    }
}

/// The first ancestor of `owner` below the apex, itself excluded, at which `type` is claimed.
std::optional<Claim> claim_above(const NameSpace& space, dns::NameView owner, dns::Type type,
                                 dns::NameView& at) {
    const dns::NameView apex = space.plan().zone.value;
    for (at = owner; at != apex;) {
        at = at.parent();
        if (type == dns::Type::ns && at == apex) return std::nullopt;
        if (auto claim = space.find(at, type)) return claim;
    }
    return std::nullopt;
}

/// What lies below a delegation or a DNAME is never answered.
void check_occluded(const NameSpace& space, dns::NameView owner, const std::vector<Claim>& claims,
                    registry::Findings& findings) {
    const auto derived = std::ranges::find_if(claims, &Claim::is_derived);
    if (derived == claims.end()) return;
    for (const dns::Type type : {dns::Type::ns, dns::Type::dname}) {
        dns::NameView at;
        const auto above = claim_above(space, owner, type, at);
        if (!above) continue;
        findings.push_back(space.finding(
            Severity::error, "occluded", *derived,
            fmt::format("{} can never be answered: {} at {} ({}) takes all names below it",
                        shown(owner), to_string(type), shown(at), space.place_of(*above)),
            "Remove that record, or move the plan's names elsewhere."));
        return;
    }
}

}  // namespace

void check_label_spaces(const NameSpace& space, registry::Findings& findings) {
    const registry::Plan& plan = space.plan();
    LabelSpace apex(space, "the zone's apex", findings);
    for (const auto& server : plan.nameservers) {
        if (!server.label.empty()) apex.take(server.label, "name server", server.place);
    }
    for (const auto& environment : plan.environments) {
        apex.take(environment.name, "environment", environment.place);
        for (const auto& alias : environment.aliases) {
            apex.take(alias.value, "alias of environment " + environment.name, alias.place);
        }
        check_environment_labels(space, environment, findings);
    }
}

void check_claims(const NameSpace& space, registry::Findings& findings) {
    for (const auto& [owner, claims] : space.claims()) {
        check_alias(space, owner, claims, findings);
        check_sources(space, owner, claims, findings);
        check_occluded(space, owner, claims, findings);
    }
}

}  // namespace portolan::zone
