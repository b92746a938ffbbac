// The proof that no two environments share a multicast group and port. Environments share
// networks, and a datagram does not know which one it is meant for: QA must not replicate into
// production.
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "portolan/registry/services.hpp"
#include "registry/multicast.hpp"
#include "registry/report.hpp"

namespace portolan::registry {

std::vector<GroupUse> group_uses(const Plan& plan) {
    std::vector<GroupUse> uses;
    if (!plan.convention) return uses;
    const auto all = claims(*plan.convention);
    for (const auto& environment : plan.environments) {
        if (!environment.multicast) continue;
        GroupUse use{&environment, {}};
        for (const auto& claim : all)
            if (claim.type->multicast && holds_in(claim, environment))
                use.ports.emplace(claim.port, claim.label());
        if (!use.ports.empty()) uses.push_back(std::move(use));
    }
    return uses;
}

GroupMeeting meeting(const GroupUse& a, const GroupUse& b) {
    GroupMeeting found;
    found.same_group = a.group() == b.group();
    if (!found.same_group) return found;
    for (const auto& [port, label] : a.ports)
        if (const auto other = b.ports.find(port); other != b.ports.end())
            found.witnesses.push_back(
                label == other->second ? fmt::format("{} ({})", port, label)
                                       : fmt::format("{} ({} and {})", port, label, other->second));
    return found;
}

namespace {

void check_groups(Report& report) {
    for (const auto& environment : report.plan().environments) {
        if (!environment.multicast || environment.multicast->value.is_multicast()) continue;
        report.error(
            "not-multicast", environment.multicast->place,
            fmt::format("{} is not a multicast address", to_string(environment.multicast->value)),
            "Choose one from 239.0.0.0/8 (RFC 2365) or ff00::/8.");
    }
}

void check_types_have_groups(Report& report) {
    for (const auto& environment : report.plan().environments) {
        if (environment.multicast) continue;
        std::vector<std::string> names;
        for (const auto& type : report.plan().convention->types)
            if (type.multicast && is_declared(type, environment)) names.push_back(type.name);
        if (!names.empty())
            report.error("no-multicast-group", environment.place,
                         fmt::format("{} has an id of {}, and no multicast group", environment.name,
                                     listed(names)),
                         fmt::format("Write `multicast:` with the group of {}.", environment.name));
    }
}

/// True when the two are apart.
bool check_pair(Report& report, const GroupUse& first, const GroupUse& second) {
    const auto met = meeting(first, second);
    if (!met.same_group) return true;
    const auto& place = second.environment->multicast->place;
    const auto both =
        fmt::format("{} and {} share the multicast group {} ({})", first.environment->name,
                    second.environment->name, to_string(second.group()),
                    where(report.plan(), first.environment->multicast->place, place));
    const auto cure = fmt::format("Give {} a group of its own.", second.environment->name);
    if (met.witnesses.empty()) {
        report.warning("shared-multicast-group", place,
                       both + " with different ports: hosts that join it receive both", cure);
        return true;
    }
    report.error("multicast-collision", place,
                 fmt::format("{} and {} on it: {}", both, counted(met.witnesses.size(), "port"),
                             listed(met.witnesses, 2)),
                 cure);
    return false;
}

void prove(Report& report, const std::vector<GroupUse>& uses) {
    bool apart = true;
    std::size_t ports = 0;
    std::set<Address> groups;
    for (std::size_t i = 0; i < uses.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) apart &= check_pair(report, uses[j], uses[i]);
        ports += uses[i].ports.size();
        groups.insert(uses[i].group());
    }
    if (!apart || uses.empty()) return;
    const auto& types = report.plan().convention->types;
    const auto type = std::find_if(types.begin(), types.end(),
                                   [](const PortType& each) { return each.multicast; });
    report.note("multicast-proof", type->place,
                fmt::format("proved: no two environments share a multicast group and port ({}, {})",
                            counted(groups.size(), "group"), counted(ports, "group:port pair")),
                "");
}

}  // namespace

void check_multicast(Report& report) {
    check_groups(report);
    if (!report.plan().convention) return;
    check_types_have_groups(report);
    prove(report, group_uses(report.plan()));
}

}  // namespace portolan::registry
