// What a plan says of one of its names.
#include <fmt/format.h>

#include <algorithm>

#include "portolan/registry/explain.hpp"
#include "registry/remarks.hpp"
#include "registry/report.hpp"

namespace portolan::registry {
namespace {

using Kind = Meaning::Kind;

// --- the numbers --------------------------------------------------------------------------------

PortAnswer answer_of(const Claim& claim) {
    PortAnswer answer;
    answer.port = claim.port;
    answer.protocol = claim.type->protocol;
    answer.service = claim.label();
    if (!claim.every_instance) answer.instance = std::to_string(claim.instance);
    if (claim.only_in != nullptr) answer.environment = claim.only_in->environment;
    return answer;
}

bool is_meant(const Meaning& meaning, const Claim& claim) noexcept {
    return (meaning.application == nullptr || meaning.application == claim.application) &&
           (meaning.type == nullptr || meaning.type == claim.type) &&
           (meaning.environment == nullptr || holds_in(claim, *meaning.environment)) &&
           (!meaning.instance || claim.every_instance || *meaning.instance == claim.instance);
}

PortAnswer answer_of(const NamedUse& use) {
    PortAnswer answer;
    answer.port = use.number;
    answer.protocol = use.port->protocol;
    answer.service = use.label();
    return answer;
}

std::vector<PortAnswer> ports_of(const Plan& plan, const Meaning& meaning) {
    std::vector<PortAnswer> ports;
    if (meaning.kind == Kind::listed) return ports;  // its holder tells the one that it has
    if (meaning.named != nullptr) {
        for (const auto& use : named_uses(plan))
            if (use.service == meaning.named &&
                (meaning.port == nullptr || use.port == meaning.port))
                ports.push_back(answer_of(use));
    } else if (plan.convention && (meaning.application != nullptr || meaning.type != nullptr)) {
        for (const auto& claim : claims(*plan.convention))
            if (is_meant(meaning, claim)) ports.push_back(answer_of(claim));
    }
    return ports;
}

// --- who serves ---------------------------------------------------------------------------------

bool is_at(const Endpoint& endpoint, const Meaning& host) noexcept {
    if (endpoint.host != nullptr || host.host != nullptr) return endpoint.host == host.host;
    return endpoint.announced != nullptr && host.address && *endpoint.announced == *host.address;
}

/// The services of an environment that a meaning is of.
std::vector<Service> services_in(const Registry& registry, const Environment& environment,
                                 const Meaning& meaning) {
    std::vector<Service> services;
    const auto add = [&](const Application& application, const PortType& type) {
        if (is_declared(type, environment))
            services.push_back(resolve(registry, environment, application, type));
    };
    if (meaning.kind == Kind::service_type) {
        services = services_of(registry, environment, meaning.service_type);
    } else if (meaning.named != nullptr) {
        for (const auto& port : meaning.named->ports)
            if (is_declared(*meaning.named, environment) &&
                (meaning.port == nullptr || meaning.port == &port))
                services.push_back(resolve(registry, environment, *meaning.named, port));
    } else if (meaning.application != nullptr && meaning.type != nullptr) {
        add(*meaning.application, *meaning.type);
    } else if (meaning.application != nullptr) {
        for (const auto& type : registry.plan.convention->types) add(*meaning.application, type);
    } else if (meaning.type != nullptr) {
        for (const auto& application : registry.plan.convention->applications)
            add(application, *meaning.type);
    } else {
        services = services_of(registry, environment);
    }
    return services;
}

void keep_meant(const Meaning& meaning, Service& service) {
    const auto is_other = [&](const Endpoint& each) {
        if (meaning.kind == Kind::listed) return instance_name(service, each) != meaning.listed;
        if (meaning.kind == Kind::host) return !is_at(each, meaning);
        return meaning.instance && !each.is_group && each.instance != *meaning.instance;
    };
    std::erase_if(service.endpoints, is_other);
    std::erase_if(service.withheld, is_other);
}

void add_holders(NameExplanation& explanation) {
    const auto& meaning = explanation.meaning;
    if (meaning.kind == Kind::browsing) return;
    const bool tells_empty = meaning.kind != Kind::host && meaning.kind != Kind::environment;
    std::size_t told = 0;
    for (const auto& environment : explanation.plan->environments) {
        if (meaning.environment != nullptr && meaning.environment != &environment) continue;
        for (auto& service : services_in(explanation.registry(), environment, meaning)) {
            keep_meant(meaning, service);
            const auto size = service.endpoints.size() + service.withheld.size();
            if (size == 0 && !tells_empty) continue;
            if (told + size > explained_endpoints) {
                explanation.is_cut = true;
                return;
            }
            told += std::max<std::size_t>(size, 1);
            explanation.holders.push_back(std::move(service));
        }
    }
}

// --- sentences ----------------------------------------------------------------------------------

std::string id_text(const Convention& convention, FieldKind kind, unsigned id) {
    const auto* field = convention.pattern.field(kind);
    return fmt::format("{:0{}}", id, field == nullptr ? 1U : field->digits);
}

std::string in_environment(const Meaning& meaning) {
    return meaning.environment == nullptr ? "" : " in " + meaning.environment->name;
}

std::string application_sentence(const Plan& plan, const Meaning& meaning) {
    const auto& convention = *plan.convention;
    auto sentence =
        fmt::format("{} is the application {} of {}", meaning.application->name,
                    id_text(convention, FieldKind::application, meaning.application->id),
                    convention.pattern.text);
    if (meaning.instance) sentence += fmt::format("; instance {}", *meaning.instance);
    return sentence + in_environment(meaning) + ".";
}

std::string type_sentence(const Plan& plan, const Meaning& meaning) {
    const auto& convention = *plan.convention;
    const auto& type = *meaning.type;
    std::vector<std::string> ids;
    if (type.id) ids.push_back(id_text(convention, FieldKind::type, *type.id));
    for (const auto& each : type.ids)
        ids.push_back(id_text(convention, FieldKind::type, each.id) + " in " + each.environment);
    auto sentence = fmt::format("{}/{} is the type {} of {}", type.name, to_string(type.protocol),
                                listed(ids, 30), convention.pattern.text);
    if (type.instance) sentence += fmt::format(", always counted as instance {}", *type.instance);
    if (type.multicast) sentence += ", multicast";
    if (!type.publish) sentence += ", not published";
    return sentence + ".";
}

std::string service_sentence(const Meaning& meaning) {
    if (meaning.application != nullptr)
        return fmt::format("{}-{}/{} is the port of the type {} that {} has{}.",
                           meaning.application->name, meaning.type->name,
                           to_string(meaning.type->protocol), meaning.type->name,
                           meaning.application->name, in_environment(meaning));
    const auto& service = *meaning.named;
    auto sentence = service.name;
    if (meaning.port != nullptr && !meaning.port->name.empty())
        sentence += "-" + meaning.port->name;
    sentence += " is a service of the registry";
    if (!service.range.value.empty()) sentence += fmt::format(" ({})", service.range.value);
    return sentence + in_environment(meaning) + ".";
}

std::string host_sentence(const NameExplanation& explanation) {
    const auto& meaning = explanation.meaning;
    const auto& environment = *meaning.environment;
    if (meaning.host == nullptr)
        return fmt::format(
            "{} is a host of {} that the plan does not list: services announced "
            "themselves at {}.",
            announced_label(*meaning.address), environment.name, to_string(*meaning.address));
    std::vector<std::string> addresses;
    for (const auto& each : addresses_of(explanation.registry(), environment, *meaning.host))
        addresses.push_back(to_string(each));
    return fmt::format("{} is a host of {}: {}.", meaning.host->name, environment.name,
                       listed(addresses, 16));
}

std::string environment_sentence(const Environment& environment) {
    auto sentence = environment.name + " is an environment";
    std::vector<std::string> texts;
    for (const auto& each : environment.aliases) texts.push_back(each.value);
    if (!texts.empty()) sentence += ", also called " + listed(texts);
    sentence += " of " + counted(environment.hosts.size(), "host");
    texts.clear();
    for (const auto& each : environment.networks) texts.push_back(to_string(each.value));
    if (!texts.empty()) sentence += " in " + listed(texts);
    if (environment.multicast)
        sentence += "; its multicast group is " + to_string(environment.multicast->value);
    return sentence + ".";
}

// --- browsing -----------------------------------------------------------------------------------

/// "b._dns-sd._udp: …" of all environments, "_services._dns-sd._udp.prod: …" of one.
std::string browsing_sentence(const Plan& plan, const Meaning& meaning) {
    std::vector<std::string> texts;
    if (meaning.environment != nullptr) {
        for (const auto& each : service_types(plan, *meaning.environment))
            texts.push_back(to_string(each));
        return fmt::format("Browsers find in {} (RFC 6763): {}.", meaning.environment->name,
                           listed(texts, 30));
    }
    for (const auto& each : plan.environments)
        if (!service_types(plan, each).empty()) texts.push_back(each.name);
    return fmt::format("Browsers find something in {} (RFC 6763).", listed(texts, 30));
}

std::string service_type_sentence(const NameExplanation& explanation) {
    const auto& meaning = explanation.meaning;
    std::vector<std::string> names;
    for (const auto& service : explanation.holders)
        for (const auto& each : service.endpoints) names.push_back(instance_name(service, each));
    return fmt::format("{} is the list of a service type in {}, for browsing (RFC 6763): {}.",
                       to_string(meaning.service_type), meaning.environment->name,
                       names.empty() ? "nothing serves it now" : listed(names, 30));
}

std::string listed_sentence(const NameExplanation& explanation) {
    const auto& meaning = explanation.meaning;
    const bool is_out = std::ranges::all_of(
        explanation.holders, [](const Service& service) { return service.endpoints.empty(); });
    const auto service =
        meaning.application != nullptr
            ? meaning.application->name + "-" + meaning.type->name
            : meaning.named->name + (meaning.port->name.empty() ? "" : "-") + meaning.port->name;
    return fmt::format("{} is an endpoint of {} in {}, {} under {} for browsing (RFC 6763).",
                       meaning.listed, service, meaning.environment->name,
                       is_out ? "but not listed now" : "listed", to_string(meaning.service_type));
}

}  // namespace

NameExplanation explain(const Registry& registry, const Meaning& meaning) {
    NameExplanation explanation;
    explanation.plan = &registry.plan;
    explanation.live = &registry.live;
    explanation.meaning = meaning;
    explanation.ports = ports_of(registry.plan, meaning);
    if (explanation.ports.size() > explained_endpoints) {
        explanation.ports.resize(explained_endpoints);
        explanation.is_cut = true;
    }
    add_holders(explanation);
    if (meaning.kind != Kind::service) return explanation;
    std::vector<unsigned> numbers;
    for (const auto& each : explanation.ports) numbers.push_back(each.port);
    explanation.remarks = remarks_on(std::move(numbers), true);
    return explanation;
}

std::vector<std::string> statements(const NameExplanation& explanation) {
    const auto& meaning = explanation.meaning;
    switch (meaning.kind) {
        case Kind::application:
            return {application_sentence(*explanation.plan, meaning)};
        case Kind::type:
            return {type_sentence(*explanation.plan, meaning)};
        case Kind::service:
            return {service_sentence(meaning)};
        case Kind::host:
            return {host_sentence(explanation)};
        case Kind::environment:
            return {environment_sentence(*meaning.environment)};
        case Kind::browsing:
            return {browsing_sentence(*explanation.plan, meaning)};
        case Kind::service_type:
            return {service_type_sentence(explanation)};
        case Kind::listed:
            return {listed_sentence(explanation)};
        case Kind::port:
            break;
    }
    return {};
}

std::vector<Source> sources(const NameExplanation& explanation) {
    const auto& meaning = explanation.meaning;
    std::vector<Source> all;
    const auto add = [&](const auto* thing) {
        if (thing != nullptr) all.push_back({thing->name, &thing->about, thing->place});
    };
    add(meaning.application);
    add(meaning.type);
    add(meaning.named);
    if (meaning.host != nullptr)
        all.push_back({meaning.host->name, meaning.host->about.get(), meaning.host->place});
    if (meaning.kind == Kind::environment || meaning.kind == Kind::browsing)
        add(meaning.environment);
    return all;
}

}  // namespace portolan::registry
