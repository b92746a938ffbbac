#include "portolan/registry/explain.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "portolan/registry/iana.hpp"

namespace portolan::registry {
namespace {

std::string text(const PortRange& range) { return fmt::format("{}-{}", range.first, range.last); }

std::string text(const Range& range) {
    return fmt::format("\"{}\", {}", range.name, text(range.ports));
}

// --- who holds it, where ------------------------------------------------------------------------

Service at_port(Service service, unsigned port) {
    std::erase_if(service.endpoints, [port](const Endpoint& each) { return each.port != port; });
    return service;
}

void add_claim_holders(Explanation& explanation) {
    for (const auto& claim : explanation.claims)
        for (const auto& environment : explanation.plan->environments)
            if (holds_in(claim, environment) &&
                id_of(*claim.type, &environment) == std::optional(claim.id))
                explanation.holders.push_back(at_port(
                    resolve(*explanation.plan, environment, *claim.application, *claim.type),
                    explanation.port));
}

void add_named_holders(Explanation& explanation) {
    const NamedPort* before = nullptr;  // one service may use a number in several places
    for (const auto& use : explanation.named) {
        if (use.port == before) continue;
        before = use.port;
        for (const auto& environment : explanation.plan->environments)
            if (is_declared(*use.service, environment))
                explanation.holders.push_back(
                    at_port(resolve(*explanation.plan, environment, *use.service, *use.port),
                            explanation.port));
    }
}

// --- remarks ------------------------------------------------------------------------------------

void remark(Explanation& explanation, std::string rule, std::string message, std::string cure) {
    const bool assigned = explanation.is_assigned();
    explanation.remarks.push_back({assigned ? Severity::warning : Severity::note, std::move(rule),
                                   std::move(message), assigned ? std::move(cure) : ""});
}

void remark_on_platforms(Explanation& explanation) {
    const auto port = explanation.port;
    if (port == 0)
        remark(explanation, "port-zero",
               "0 is reserved: no server listens on it, and binding it asks the system for a free "
               "port",
               "Choose another port.");
    if (ephemeral_ports.contains(port))
        remark(explanation, "ephemeral-range",
               fmt::format("{} lies in Linux's ephemeral range {}: an outgoing connection may hold "
                           "it when the server starts",
                           port, text(ephemeral_ports)),
               "Reserve it on its hosts: " + reserved_ports_line({port}));
    if (node_ports.contains(port))
        remark(explanation, "nodeport-range",
               fmt::format("{} lies in Kubernetes' NodePort range {}", port, text(node_ports)),
               "Keep clusters off its hosts, or give the API server another "
               "--service-node-port-range.");
    if (system_ports.contains(port))
        explanation.remarks.push_back(
            {Severity::note, "system-port",
             fmt::format("{} is a system port ({}): binding it needs a privilege", port,
                         text(system_ports)),
             ""});
}

void remark_on_iana(Explanation& explanation) {
    std::string names;
    for (const auto& each : iana::names_of(static_cast<Port>(explanation.port))) {
        std::string protocols;
        for (const auto protocol : each.protocols)
            protocols += (protocols.empty() ? "" : ", ") + std::string(to_string(protocol));
        names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", each.name,
                             protocols.empty() ? "no protocol given" : protocols);
    }
    if (names.empty()) return;
    explanation.remarks.push_back(
        {Severity::note, "iana-name",
         fmt::format("IANA's name for {} is {}, as of {}", explanation.port, names, iana::date()),
         ""});
}

void remark_on_bounds(Explanation& explanation) {
    const auto& convention = explanation.plan->convention;
    if (!convention || explanation.claims.empty() || convention->bounds.contains(explanation.port))
        return;
    explanation.remarks.push_back({Severity::error, "port-out-of-bounds",
                                   fmt::format("{} is outside the convention's bounds {}",
                                               explanation.port, text(convention->bounds)),
                                   "Change `bounds:`, or the ids that compose to it."});
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

Explanation explain(const Plan& plan, unsigned port, std::optional<Protocol> protocol) {
    Explanation explanation;
    explanation.plan = &plan;
    explanation.protocol = protocol;
    explanation.port = port;
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
    remark_on_bounds(explanation);
    remark_on_platforms(explanation);
    remark_on_iana(explanation);
    return explanation;
}

std::vector<std::string> statements(const Explanation& explanation) {
    std::vector<std::string> sentences;
    for (const auto& each : explanation.claims)
        sentences.push_back(claim_sentence(explanation, each));
    for (const auto& each : explanation.named)
        sentences.push_back(named_sentence(explanation, each));
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
    if (!explanation.reading) return "";
    return fmt::format("{} = {}", explanation.port,
                       arithmetic(*explanation.plan->convention, *explanation.reading));
}

}  // namespace portolan::registry
