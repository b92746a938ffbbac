#include "portolan/registry/explain.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "registry/remarks.hpp"
#include "registry/report.hpp"

namespace portolan::registry {
namespace {

std::string text(const PortRange& range) { return fmt::format("{}-{}", range.first, range.last); }

std::string text(const Range& range) {
    return fmt::format("\"{}\", {}", range.name, text(range.ports));
}

// --- who holds it, where ------------------------------------------------------------------------

bool is_at(const Endpoint& endpoint, const Meaning& host) noexcept {
    if (endpoint.environment != host.environment) return false;
    if (endpoint.host != nullptr || host.host != nullptr) return endpoint.host == host.host;
    return endpoint.announced != nullptr && host.address && *endpoint.announced == *host.address;
}

/// The service with those of its endpoints alone that were asked for.
Service asked_for(const Explanation& explanation, Service service) {
    const auto is_other = [&](const Endpoint& each) {
        const auto& at = explanation.at;
        return each.port != explanation.port ||
               (!at.empty() &&
                std::ranges::none_of(at, [&](const Meaning& host) { return is_at(each, host); }));
    };
    std::erase_if(service.endpoints, is_other);
    std::erase_if(service.withheld, is_other);
    return service;
}

bool is_asked(const Explanation& explanation, const Environment& environment) noexcept {
    return explanation.environment == nullptr || explanation.environment == &environment;
}

void add_claim_holders(Explanation& explanation) {
    for (const auto& claim : explanation.claims)
        for (const auto& environment : explanation.plan->environments)
            if (is_asked(explanation, environment) && holds_in(claim, environment) &&
                id_of(*claim.type, &environment) == std::optional(claim.id))
                explanation.holders.push_back(asked_for(
                    explanation,
                    resolve(explanation.registry(), environment, *claim.application, *claim.type)));
}

void add_named_holders(Explanation& explanation) {
    const NamedPort* before = nullptr;  // one service may use a number in several places
    for (const auto& use : explanation.named) {
        if (use.port == before) continue;
        before = use.port;
        for (const auto& environment : explanation.plan->environments)
            if (is_asked(explanation, environment) && is_declared(*use.service, environment))
                explanation.holders.push_back(asked_for(
                    explanation,
                    resolve(explanation.registry(), environment, *use.service, *use.port)));
    }
}

bool is_same(const Service& a, const Service& b) noexcept {
    return a.environment == b.environment && a.application == b.application && a.type == b.type &&
           a.named == b.named && a.port == b.port;
}

bool is_announced_at(const Live& live, const Environment& environment,
                     const Live::ServiceName& service, unsigned port) {
    const auto* endpoints = live.endpoints(environment.name, service.first, service.second);
    return endpoints != nullptr &&
           std::ranges::any_of(*endpoints, [&](const auto& each) { return each.port == port; });
}

/// The services of an environment of which somebody announced that port.
std::set<Live::ServiceName> announced_at(const Live& live, const Environment& environment,
                                         unsigned port) {
    std::set<Live::ServiceName> services;
    const auto* announcers = live.announcers(environment.name);
    if (announcers == nullptr) return services;
    for (const auto& [address, all] : *announcers)
        for (const auto& each : all)
            if (!services.contains(each) && is_announced_at(live, environment, each, port))
                services.insert(each);
    return services;
}

/// Those who took the number by themselves, where neither convention nor registry gives it.
void add_announced(Explanation& explanation) {
    for (const auto& environment : explanation.plan->environments) {
        if (!is_asked(explanation, environment)) continue;
        for (const auto& [label, protocol] :
             announced_at(*explanation.live, environment, explanation.port)) {
            if (explanation.protocol && *explanation.protocol != protocol) continue;
            const auto found = find_service(explanation.registry(), environment, label, protocol);
            if (!found || std::ranges::any_of(explanation.holders, [&](const auto& each) {
                    return is_same(each, *found);
                }))
                continue;
            explanation.announced.push_back(asked_for(explanation, *found));
        }
    }
}

// --- sentences ----------------------------------------------------------------------------------

std::string numbered(const Explanation& explanation, Protocol protocol) {
    return fmt::format("{}/{}", explanation.port, to_string(protocol));
}

/// The number as it was asked for.
std::string asked(const Explanation& explanation) {
    return explanation.protocol ? numbered(explanation, *explanation.protocol)
                                : std::to_string(explanation.port);
}

std::string claim_sentence(const Explanation& explanation, const Claim& claim) {
    auto sentence = fmt::format("{} is {} {}", numbered(explanation, claim.type->protocol),
                                claim.application->name, claim.type->name);
    if (!claim.every_instance) sentence += fmt::format(", instance {}", claim.instance);
    if (claim.only_in != nullptr) sentence += " in " + claim.only_in->environment;
    if (claim.every_instance) sentence += ", whatever the instance";
    return sentence + ".";
}

std::string named_sentence(const Explanation& explanation, const NamedUse& use) {
    auto sentence = fmt::format("{} is {}", numbered(explanation, use.port->protocol), use.label());
    if (use.endpoint != nullptr) {
        const auto& host = use.endpoint->host;
        sentence += host.empty() ? ", at a foreign target" : ", at " + host;
    }
    if (!use.service->range.value.empty())
        sentence += fmt::format(" ({})", use.service->range.value);
    return sentence + ".";
}

/// Those who took the number by themselves: "40123/tcp is my-service in dev, as it announced."
std::string announced_sentence(const Explanation& explanation, const Service& service) {
    return fmt::format("{} is {} in {}, as it announced.", numbered(explanation, service.protocol),
                       service.label(), service.environment->name);
}

std::string host_text(const Meaning& host) {
    const auto& name = host.host != nullptr ? host.host->name : announced_label(*host.address);
    return fmt::format("{} of {}", name, host.environment->name);
}

/// What the hosts that were asked for have at the number.
std::string host_sentence(const Explanation& explanation) {
    std::vector<std::string> services;
    for (const auto* all : {&explanation.holders, &explanation.announced})
        for (const auto& service : *all)
            for (const auto* endpoints : {&service.endpoints, &service.withheld})
                for (const auto& each : *endpoints)
                    services.push_back(fmt::format("{} at {} of {}", service.label(),
                                                   each.is_group ? "mcast" : host_label(each),
                                                   service.environment->name));
    if (!services.empty()) return fmt::format("{} is {}.", asked(explanation), listed(services));
    std::vector<std::string> hosts;
    for (const auto& each : explanation.at) hosts.push_back(host_text(each));
    return fmt::format("Nothing is placed on {} at {}.", asked(explanation), listed(hosts));
}

/// "mcast is always counted as instance 1, which is 11111": why a number that reads well is not
/// assigned.
std::string fixed_instance_sentence(const Explanation& explanation) {
    const auto& convention = *explanation.plan->convention;
    for (const auto& type : convention.types) {
        if (!type.instance || *type.instance == explanation.reading->instance) continue;
        const auto port = compose(convention.pattern, *type.instance,
                                  explanation.reading->application, explanation.reading->type);
        for (const auto& claim : claims_at(convention, port))
            if (claim.type == &type)
                return fmt::format("{} is always counted as instance {}, which is {} for {}.",
                                   type.name, *type.instance, port, claim.application->name);
    }
    return "";
}

/// Somebody asked for one protocol, and the number is assigned in another.
void add_others(std::vector<std::string>& sentences, const Explanation& explanation) {
    for (const auto& each : explanation.other_claims)
        sentences.push_back(claim_sentence(explanation, each));
    for (const auto& each : explanation.other_named)
        sentences.push_back(named_sentence(explanation, each));
}

void add_unassigned(std::vector<std::string>& sentences, const Explanation& explanation) {
    if (!explanation.other_claims.empty()) return;
    const auto& convention = explanation.plan->convention;
    if (!convention) return;
    if (!explanation.reading) {
        sentences.push_back(fmt::format("The convention's pattern {} cannot compose {}.",
                                        convention->pattern.text, explanation.port));
        return;
    }
    sentences.push_back(
        fmt::format("The convention does not assign it: {}.", arithmetic(explanation)));
    if (auto fixed = fixed_instance_sentence(explanation); !fixed.empty())
        sentences.push_back(std::move(fixed));
}

/// Keeps in the first what `matches`; moves the rest to the second.
template <class Each, class Matches>
void split(std::vector<Each>& kept, std::vector<Each>& others, Matches matches) {
    std::vector<Each> all;
    all.swap(kept);
    for (auto& each : all) (matches(each) ? kept : others).push_back(each);
}

void set_others_aside(Explanation& explanation, Protocol protocol) {
    split(explanation.claims, explanation.other_claims,
          [&](const Claim& each) { return each.type->protocol == protocol; });
    split(explanation.named, explanation.other_named,
          [&](const NamedUse& each) { return each.port->protocol == protocol; });
}

}  // namespace

Explanation explain(const Registry& registry, unsigned port, std::optional<Protocol> protocol,
                    const Where& where) {
    const auto& plan = registry.plan;
    Explanation explanation;
    explanation.plan = &plan;
    explanation.live = &registry.live;
    explanation.port = port;
    explanation.protocol = protocol;
    explanation.environment = where.environment;
    explanation.at = where.at;
    if (plan.convention) {
        explanation.reading = read_port(plan.convention->pattern, port);
        explanation.claims = claims_at(*plan.convention, port);
    }
    for (const auto& use : named_uses(plan))
        if (use.number == port) explanation.named.push_back(use);
    if (protocol) set_others_aside(explanation, *protocol);
    for (const auto& range : plan.ranges)
        if (range.ports.contains(port)) explanation.ranges.push_back(&range);
    explanation.dynamic = plan.dynamic && plan.dynamic->ports.contains(port);
    add_claim_holders(explanation);
    add_named_holders(explanation);
    add_announced(explanation);
    explanation.remarks = remarks_on({port}, explanation.is_assigned());
    remark_on_bounds(explanation, explanation.remarks);
    return explanation;
}

std::vector<std::string> statements(const Explanation& explanation) {
    std::vector<std::string> sentences;
    if (!explanation.at.empty()) sentences.push_back(host_sentence(explanation));
    for (const auto& each : explanation.claims)
        sentences.push_back(claim_sentence(explanation, each));
    for (const auto& each : explanation.named)
        sentences.push_back(named_sentence(explanation, each));
    for (const auto& each : explanation.announced)
        if (!each.endpoints.empty() || !each.withheld.empty())
            sentences.push_back(announced_sentence(explanation, each));
    if (!explanation.is_assigned()) {
        for (const auto* range : explanation.ranges)
            sentences.push_back(
                fmt::format("{} is free in the range {}.", asked(explanation), text(*range)));
        if (explanation.ranges.empty())
            sentences.push_back(fmt::format(
                "{} belongs to nobody{}.", asked(explanation),
                explanation.plan->ranges.empty() ? "" : ": it is in no range of the registry"));
        add_unassigned(sentences, explanation);
    }
    add_others(sentences, explanation);
    if (explanation.dynamic)
        sentences.push_back(fmt::format("A dynamic registration may take {} (of {}).",
                                        explanation.port, text(explanation.plan->dynamic->ports)));
    return sentences;
}

std::string arithmetic(const Explanation& explanation) {
    return arithmetic(*explanation.plan, explanation.port);
}

std::string arithmetic(const Plan& plan, unsigned port) {
    const auto reading =
        plan.convention ? read_port(plan.convention->pattern, port) : std::optional<Reading>{};
    return reading ? fmt::format("{} = {}", port, arithmetic(*plan.convention, *reading)) : "";
}

std::vector<Source> sources(const Explanation& explanation) {
    std::vector<Source> all;
    const auto add = [&](const auto& thing) {
        if (std::ranges::none_of(all,
                                 [&](const Source& each) { return each.about == &thing.about; }))
            all.push_back({thing.name, &thing.about, thing.place});
    };
    for (const auto& each : explanation.claims) {
        add(*each.application);
        add(*each.type);
    }
    for (const auto& each : explanation.named) add(*each.service);
    for (const auto& each : explanation.announced) {
        if (each.named != nullptr) add(*each.named);
        if (each.application != nullptr) add(*each.application);
    }
    for (const auto* each : explanation.ranges) add(*each);
    return all;
}

}  // namespace portolan::registry
