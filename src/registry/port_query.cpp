#include "portolan/registry/port_query.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "portolan/registry/port_map.hpp"
#include "portolan/registry/services.hpp"
#include "portolan/registry/suggest.hpp"
#include "registry/report.hpp"

namespace portolan::registry {
namespace {

using Reached = PortRefusal::Reached;

std::string lower(std::string text) {
    for (auto& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return text;
}

PortRefusal refuse(Reached reached, std::string message, std::string cure) {
    return {reached, std::move(message), std::move(cure)};
}

/// A whole decimal number; nullopt for anything else.
std::optional<unsigned> whole_number(const std::string& text) {
    unsigned value = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

// --- the convention: APPLICATION TYPE [INSTANCE] ------------------------------------------------

bool needs_instance(const Convention& convention, const PortType& type) {
    return !type.instance && convention.pattern.field(FieldKind::instance) != nullptr;
}

std::string id_list(const PortType& type) {
    std::vector<std::string> names;
    for (const auto& each : type.ids) names.push_back(each.environment);
    return listed(names, 30);
}

PortResult composed(const Plan& plan, const Application& application, const PortType& type,
                    unsigned instance, const Environment* environment) {
    const auto port = port_of(*plan.convention, application, type, instance, environment);
    if (!port)
        return refuse(Reached::instance,
                      environment == nullptr
                          ? fmt::format("the port of {} {} depends on the environment",
                                        application.name, type.name)
                          : fmt::format("{} has no id in {}", type.name, environment->name),
                      fmt::format("Say --environment with one of {}.", id_list(type)));
    PortAnswer answer;
    answer.port = *port;
    answer.protocol = type.protocol;
    answer.service = application.name + "-" + type.name;
    if (needs_instance(*plan.convention, type)) answer.instance = std::to_string(instance);
    if (environment != nullptr) answer.environment = environment->name;
    return answer;
}

PortResult of_type(const Plan& plan, const Application& application, const PortType& type,
                   const std::vector<std::string>& words, const Environment* environment) {
    const auto& convention = *plan.convention;
    const auto bounds = fmt::format("{}-{}", convention.first_instance, convention.last_instance);
    if (words.size() == 2 && needs_instance(convention, type))
        return refuse(
            Reached::instance,
            fmt::format("the port of {} {} depends on the instance", application.name, type.name),
            "Add the instance, " + bounds + ".");
    auto instance =
        words.size() == 2 ? std::optional(convention.first_instance) : whole_number(words[2]);
    if (!instance)
        return refuse(Reached::instance, quoted(words[2]) + " is not an instance's number",
                      "Write a number in " + bounds + ".");
    if (*instance < convention.first_instance || *instance > convention.last_instance)
        return refuse(Reached::instance,
                      fmt::format("instance {} is outside `instances: {}`", *instance, bounds),
                      "Write a number in " + bounds + ".");
    return composed(plan, application, type, *instance, environment);
}

PortResult of_application(const Plan& plan, const Application& application,
                          const std::vector<std::string>& words, const Environment* environment) {
    const auto types = names_of(plan.convention->types);
    if (words.size() == 1)
        return refuse(Reached::subject,
                      application.name + " is an application: which type of port?",
                      did_you_mean("", types));
    const auto* type = plan.type(words[1]);
    if (type == nullptr)
        return refuse(Reached::subject, "there is no port type " + quoted(words[1]),
                      did_you_mean(words[1], types));
    return of_type(plan, application, *type, words, environment);
}

// --- the registry: SERVICE [PORT NAME] ----------------------------------------------------------

/// The ports that the words mean: the one so named, else the nameless one, else all.
std::vector<const NamedPort*> meant(const NamedService& service,
                                    const std::vector<std::string>& words) {
    const std::string wanted = words.size() > 1 ? words[1] : "";
    std::vector<const NamedPort*> ports;
    for (const auto& each : service.ports)
        if (each.name == wanted) ports.push_back(&each);
    if (ports.empty() && wanted.empty())
        for (const auto& each : service.ports) ports.push_back(&each);
    return ports;
}

std::string choices(const std::vector<NamedUse>& uses) {
    std::vector<std::string> texts;
    for (const auto& each : uses) {
        auto text = std::to_string(each.number);
        if (each.endpoint != nullptr && !each.endpoint->host.empty())
            text += " at " + each.endpoint->host;
        if (!each.port->name.empty()) text += " (" + each.port->name + ")";
        texts.push_back(std::move(text));
    }
    return listed(texts, 20);
}

/// The numbers of those ports; a service's own number wins over those of single endpoints.
std::vector<NamedUse> uses_of(const Plan& plan, const std::vector<const NamedPort*>& ports) {
    std::vector<NamedUse> own;
    std::vector<NamedUse> single;
    for (const auto& use : named_uses(plan)) {
        if (std::find(ports.begin(), ports.end(), use.port) == ports.end()) continue;
        (use.endpoint == nullptr ? own : single).push_back(use);
    }
    return own.empty() ? single : own;
}

PortResult of_service(const Plan& plan, const NamedService& service,
                      const std::vector<std::string>& words, const Environment* environment) {
    if (environment != nullptr && !is_declared(service, *environment))
        return refuse(Reached::kind,
                      fmt::format("{} is not declared in {}", service.name, environment->name), "");
    const auto ports = meant(service, words);
    if (ports.empty() || words.size() > 2)
        return refuse(Reached::subject,
                      words.size() > 2 ? service.name +
                                             " is a service of the registry: it has no "
                                             "instances"
                                       : service.name + " has no port " + quoted(words[1]),
                      words.size() > 2 ? "Write SERVICE, or SERVICE and the name of its port."
                                       : did_you_mean(words[1], names_of(service.ports)));
    const auto uses = uses_of(plan, ports);
    if (uses.empty()) return refuse(Reached::kind, service.name + " has no port in the plan", "");
    if (std::any_of(uses.begin(), uses.end(),
                    [&](const NamedUse& each) { return each.number != uses.front().number; }))
        return refuse(Reached::kind, service.name + " has several ports: " + choices(uses), "");
    PortAnswer answer;
    answer.port = uses.front().number;
    answer.protocol = uses.front().port->protocol;
    answer.service = uses.front().label();
    if (environment != nullptr) answer.environment = environment->name;
    return answer;
}

// --- several plans ------------------------------------------------------------------------------

std::vector<std::string_view> subjects(const Plan& plan) {
    auto names =
        plan.convention ? names_of(plan.convention->applications) : std::vector<std::string_view>{};
    for (const auto name : names_of(plan.services)) names.push_back(name);
    return names;
}

PortRefusal unknown_subject(const std::vector<const Plan*>& plans, const std::string& word) {
    std::vector<std::string_view> names;
    for (const auto* plan : plans)
        for (const auto name : subjects(*plan)) names.push_back(name);
    return refuse(Reached::nothing, "there is no application or service " + quoted(word),
                  did_you_mean(lower(word), names));
}

}  // namespace

PortResult find_port(const Plan& plan, const PortQuestion& question) {
    std::vector<std::string> words;
    for (const auto& each : question.words) words.push_back(lower(each));
    if (words.empty())
        return refuse(Reached::nothing, "which port?", "Write APPLICATION TYPE INSTANCE.");
    const auto* application = plan.application(words[0]);
    const auto* service = plan.service(words[0]);
    if (application == nullptr && service == nullptr) return unknown_subject({&plan}, words[0]);
    const auto* environment = plan.environment(lower(question.environment));
    if (!question.environment.empty() && environment == nullptr)
        return refuse(Reached::subject, "there is no environment " + quoted(question.environment),
                      did_you_mean(lower(question.environment), names_of(plan.environments)));
    return application != nullptr ? of_application(plan, *application, words, environment)
                                  : of_service(plan, *service, words, environment);
}

PortResult find_port(const std::vector<const Plan*>& plans, const PortQuestion& question) {
    std::optional<PortAnswer> answer;
    std::optional<PortRefusal> refusal;
    for (const auto* plan : plans) {
        const auto result = find_port(*plan, question);
        if (const auto* found = std::get_if<PortAnswer>(&result)) {
            if (answer && answer->port != found->port)
                return refuse(Reached::instance,
                              fmt::format("the plans differ: {} and {}", answer->port, found->port),
                              "Say which plan with --plan.");
            answer = *found;
        } else if (const auto& no = std::get<PortRefusal>(result);
                   !refusal || no.reached > refusal->reached) {
            refusal = no;
        }
    }
    if (answer) return *answer;
    const bool unknown = !refusal || refusal->reached == Reached::nothing;
    if (unknown && !question.words.empty()) return unknown_subject(plans, question.words[0]);
    return refusal.value_or(refuse(Reached::nothing, "there is no plan to ask", ""));
}

}  // namespace portolan::registry
