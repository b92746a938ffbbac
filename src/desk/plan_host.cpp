#include "portolan/desk/plan_host.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "desk/declared_ports.hpp"
#include "desk/text.hpp"
#include "portolan/registry/suggest.hpp"

namespace portolan::desk {
namespace {

using registry::Address;

bool has_address(const registry::Host& host, const Address& address) {
    return std::ranges::any_of(host.addresses,
                               [&](const auto& each) { return each.value == address; });
}

/// "jb1", "jb1.prod" or "jb1.prod.svc.corp.example", by whichever of its environment's names.
bool is_called(const PlanHost& one, std::string_view text) {
    const auto& name = one.host->name;
    if (!text.starts_with(name)) return false;
    auto rest = text.substr(name.size());
    if (rest.empty()) return true;
    if (!rest.starts_with('.')) return false;
    rest.remove_prefix(1);
    if (one.environment->is_called(rest)) return true;
    const auto zone = "." + zone_text(*one.plan);
    return rest.ends_with(zone) &&
           one.environment->is_called(rest.substr(0, rest.size() - zone.size()));
}

template <class Wanted>
std::vector<PlanHost> hosts_where(Plans plans, const std::string& environment,
                                  const Wanted& is_wanted) {
    std::vector<PlanHost> found;
    for (const auto* plan : plans)
        for (const auto& each : plan->environments) {
            if (!environment.empty() && !each.is_called(environment)) continue;
            for (const auto& host : each.hosts)
                if (const PlanHost one{plan, &each, &host}; is_wanted(one)) found.push_back(one);
        }
    return found;
}

/// Whether all of them can be one machine: each shares an address with the first.
bool are_one_machine(const std::vector<PlanHost>& all) {
    return std::ranges::all_of(all, [&](const PlanHost& one) {
        return std::ranges::any_of(one.host->addresses, [&](const auto& each) {
            return has_address(*all.front().host, each.value);
        });
    });
}

std::string listed(const std::vector<PlanHost>& all) {
    std::string text;
    for (const PlanHost& each : all) text += (text.empty() ? "" : ", ") + to_string(each);
    return text;
}

Fault unknown_environment(Plans plans, const std::string& name) {
    std::vector<std::string_view> names;
    for (const auto* plan : plans)
        for (const auto each : registry::names_of(plan->environments)) names.push_back(each);
    return {fmt::format("no plan has an environment \"{}\"", name),
            registry::did_you_mean(name, names)};
}

Fault unknown_host(Plans plans, const std::string& text, const std::string& environment) {
    std::vector<std::string_view> names;
    for (const auto* plan : plans)
        for (const auto& each : plan->environments)
            if (environment.empty() || each.is_called(environment))
                for (const auto name : registry::names_of(each.hosts)) names.push_back(name);
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return {fmt::format("no plan has a host \"{}\"{}", text,
                        environment.empty() ? "" : " in " + environment),
            registry::did_you_mean(text, names)};
}

bool is_known(Plans plans, const std::string& environment) {
    return environment.empty() || std::ranges::any_of(plans, [&](const auto* plan) {
               return plan->environment(environment) != nullptr;
           });
}

}  // namespace

std::string to_string(const PlanHost& host) {
    return fmt::format("{}.{} of {}", host.host->name, host.environment->name,
                       zone_text(*host.plan));
}

std::vector<PlanHost> hosts_called(Plans plans, const std::string& text,
                                   const std::string& environment) {
    const auto wanted = lower_case(text);
    const auto address = registry::parse_address(wanted);
    return hosts_where(plans, environment, [&](const PlanHost& one) {
        return address ? has_address(*one.host, *address) : is_called(one, wanted);
    });
}

OrFault<std::vector<PlanHost>> find_host(Plans plans, const std::string& text,
                                         const std::string& environment) {
    if (!is_known(plans, environment)) return unknown_environment(plans, environment);
    auto found = hosts_called(plans, text, environment);
    if (found.empty()) return unknown_host(plans, text, environment);
    if (!are_one_machine(found))
        return Fault{fmt::format("\"{}\" may be {}", text, listed(found)),
                     "Name one of them, or its environment with --env."};
    return found;
}

OrFault<std::vector<PlanHost>> find_host(Plans plans, const Machine& machine,
                                         const std::string& environment) {
    if (!is_known(plans, environment)) return unknown_environment(plans, environment);
    auto found = hosts_where(plans, environment, [&](const PlanHost& one) {
        return std::ranges::any_of(
            machine.addresses, [&](const Address& each) { return has_address(*one.host, each); });
    });
    if (!found.empty()) return found;
    if (auto named = find_host(plans, machine.name, environment); named) return named;
    return Fault{fmt::format("no plan has a host with an address of this machine, or called \"{}\"",
                             machine.name),
                 "Say which host it is: portolan lint host NAME."};
}

}  // namespace portolan::desk
