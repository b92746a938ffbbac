#include "portolan/desk/what_if.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "desk/new_errors.hpp"
#include "portolan/registry/services.hpp"
#include "portolan/zone/derive.hpp"

namespace portolan::desk {
namespace {

using registry::Ground;
using registry::Judgement;
using registry::Plan;
using registry::Protocol;
using registry::Witness;
using Numbers = std::set<std::pair<Protocol, unsigned>>;

Numbers numbers_of(const Plan& plan) {
    Numbers numbers;
    if (plan.convention)
        for (const auto& each : registry::claims(*plan.convention))
            numbers.emplace(each.type->protocol, each.port);
    for (const auto& each : registry::named_uses(plan))
        numbers.emplace(each.port->protocol, each.number);
    return numbers;
}

/// "10101-10104,10106/tcp", "10105/udp": those of one that the other lacks.
std::vector<std::string> only_in(const Numbers& one, const Numbers& other) {
    std::map<Protocol, std::vector<unsigned>> found;
    for (const auto& each : one)
        if (!other.contains(each)) found[each.first].push_back(each.second);
    std::vector<std::string> texts;
    for (const auto& [protocol, ports] : found)
        texts.push_back(fmt::format("{}/{}", registry::compact_ranges(ports), to_string(protocol)));
    return texts;
}

// --- collisions ---------------------------------------------------------------------------------

/// The same trouble, wherever in the file it stands.
bool is_same(const Witness& a, const Witness& b) {
    return a.port == b.port && a.protocol == b.protocol && a.holder == b.holder &&
           a.other == b.other;
}

/// What of the second the first did not have.
std::vector<Judgement> news(const registry::Proof& before, const registry::Proof& after) {
    std::vector<Judgement> all = after.judgements;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& known = before.judgements[i].witnesses;
        std::erase_if(all[i].witnesses, [&](const Witness& each) {
            return std::ranges::any_of(known, [&](const auto& old) { return is_same(each, old); });
        });
        all[i].sentence =
            all[i].holds() ? "nothing new" : fmt::format("{} new", all[i].witnesses.size());
        all[i].cure.clear();  // the ways out are told
    }
    return all;
}

// --- ways out -----------------------------------------------------------------------------------

/// What finds ways out of the collisions of one change.
class Ways {
public:
    Ways(const Plan& after, const registry::Edit& edit) : plan_(after), edit_(edit) {}

    std::vector<WayOut> of(const std::vector<Judgement>& judgements) {
        for (const auto& each : judgements)
            if (!each.holds()) add(each);
        return std::move(ways_);
    }

private:
    void add(const Judgement& judgement) {
        switch (judgement.ground) {
            case Ground::arithmetic:
            case Ground::iana:
                return other_id(judgement.ground);
            case Ground::registry:
                other_id(judgement.ground);
                return other_port(judgement);
            case Ground::hosts:
                return other_address(judgement);
            case Ground::bounds:
                other_id(judgement.ground);
                return fewer_instances(judgement);
            case Ground::dynamic:
            case Ground::ephemeral:
                reserve(judgement);
                return fewer_instances(judgement);
            case Ground::nodeport:
                return fewer_instances(judgement);
        }
    }

    void take(Ground ground, const char* way, std::string edit) {
        const auto is_known = [&](const WayOut& each) { return each.edit == edit; };
        if (std::ranges::none_of(ways_, is_known)) ways_.push_back({ground, way, std::move(edit)});
    }

    [[nodiscard]] std::string at(const registry::Place& place) const {
        return place.line == 0 ? plan_.files.front() : plan_.text(place);
    }

    /// Another id for what is new: the next that is free.
    void other_id(Ground ground) {
        const auto next = [&](registry::FieldKind kind) {
            return registry::next_id(*plan_.convention, kind);
        };
        if (const auto* add = std::get_if<registry::AddApplication>(&edit_)) {
            if (const auto id = next(registry::FieldKind::application))
                take(ground, "move", fmt::format("applications: {}: {}", add->name, *id));
        } else if (const auto* type = std::get_if<registry::AddType>(&edit_)) {
            if (const auto id = next(registry::FieldKind::type))
                take(ground, "move", fmt::format("types: {}: {}", type->name, *id));
        }
    }

    /// Another port for the registry's service that is in the way.
    void other_port(const Judgement& judgement) {
        for (const auto& witness : judgement.witnesses)
            for (const auto& use : registry::named_uses(plan_)) {
                if (use.number != witness.port || use.endpoint != nullptr) continue;
                for (const auto& range : plan_.ranges)
                    if (range.name == use.service->range.value)
                        if (const auto port = registry::next_port(plan_, range.ports))
                            take(
                                judgement.ground, "move",
                                fmt::format("{}: {}: port: {}", at(use.place), use.label(), *port));
            }
    }

    /// Another host for the second of two endpoints.
    void other_address(const Judgement& judgement) {
        for (const auto& witness : judgement.witnesses)
            for (const auto& environment : plan_.environments) {
                if (!witness.holder.ends_with(" in " + environment.name)) continue;
                for (const auto& host : environment.hosts)
                    if (witness.other.find(to_string(host.addresses.front().value)) ==
                        std::string::npos)
                        return take(judgement.ground, "other address",
                                    fmt::format("{}: put {} on {}", at(witness.place),
                                                witness.holder, host.name));
            }
    }

    void reserve(const Judgement& judgement) {
        std::vector<unsigned> ports;
        for (const auto& each : judgement.witnesses) ports.push_back(each.port);
        take(judgement.ground, "reserve",
             "/etc/sysctl.d/portolan.conf: " + registry::reserved_ports_line(std::move(ports)));
    }

    /// Not to place the instances whose numbers collide.
    void fewer_instances(const Judgement& judgement) {
        unsigned lowest = 0;
        for (const auto& each : judgement.witnesses)
            if (each.instance != 0 && (lowest == 0 || each.instance < lowest))
                lowest = each.instance;
        if (lowest < 2 || !plan_.convention) return;
        take(judgement.ground, "re-instance",
             fmt::format("{}: instances: {}-{}", at(plan_.convention->place),
                         plan_.convention->first_instance, lowest - 1));
    }

    const Plan& plan_;
    const registry::Edit& edit_;
    std::vector<WayOut> ways_;
};

// --- firewalls ----------------------------------------------------------------------------------

struct HostPorts {
    std::vector<std::string> addresses;
    Numbers numbers;
};
/// By environment and host.
using Firewalls = std::map<std::pair<std::string, std::string>, HostPorts>;

Firewalls firewalls_of(const Plan& plan) {
    Firewalls all;
    for (const auto& environment : plan.environments)
        for (const auto& service : registry::services_of(plan, environment))
            for (const auto& each : service.endpoints) {
                if (each.host == nullptr && !each.is_group) continue;
                const std::string host = each.is_group ? "mcast" : each.host->name;
                auto& ports = all[{environment.name, host}];
                ports.numbers.emplace(service.protocol, each.port);
                if (!ports.addresses.empty()) continue;
                if (each.is_group)
                    ports.addresses.push_back(to_string(environment.multicast->value));
                if (each.host != nullptr)
                    for (const auto& address : each.host->addresses)
                        ports.addresses.push_back(to_string(address.value));
            }
    return all;
}

std::vector<FirewallChange> firewall_changes(const Plan& before, const Plan& after) {
    auto old = firewalls_of(before);
    auto now = firewalls_of(after);
    for (const auto& [key, ports] : old) now[key].addresses = ports.addresses;
    std::vector<FirewallChange> changes;
    for (const auto& [key, ports] : now) {
        FirewallChange change{key.first, key.second, ports.addresses,
                              only_in(ports.numbers, old[key].numbers),
                              only_in(old[key].numbers, ports.numbers)};
        if (!change.opened.empty() || !change.closed.empty()) changes.push_back(std::move(change));
    }
    return changes;
}

}  // namespace

bool WhatIf::is_clean() const noexcept {
    return errors.empty() && std::ranges::all_of(judgements, &Judgement::holds);
}

WhatIf what_if(const Plan& before, const Plan& after, const registry::Edit& edit,
               const zone::Records& extra, const registry::ProofTerms& terms) {
    const auto old = numbers_of(before);
    const auto now = numbers_of(after);
    WhatIf result;
    result.opened = only_in(now, old);
    result.closed = only_in(old, now);
    result.judgements = news(registry::prove(before, terms), registry::prove(after, terms));
    result.ways = Ways(after, edit).of(result.judgements);
    result.errors = new_errors(before, after, extra);
    result.capacity = registry::capacity(after);
    result.names = zone::changes(before, extra, after, extra);
    result.firewall = firewall_changes(before, after);
    return result;
}

}  // namespace portolan::desk
