// Names that the plan mentions: do they exist?
#include <fmt/core.h>

#include <algorithm>

#include "portolan/registry/services.hpp"
#include "portolan/registry/suggest.hpp"
#include "registry/report.hpp"

namespace portolan::registry {
namespace {

std::vector<std::string_view> environment_names(const Plan& plan) {
    auto names = names_of(plan.environments);
    for (const auto& environment : plan.environments)
        for (const auto& alias : environment.aliases) names.push_back(alias.value);
    return names;
}

std::vector<std::string_view> subject_names(const Plan& plan) {
    auto names = names_of(plan.services);
    if (plan.convention)
        for (const auto name : names_of(plan.convention->applications)) names.push_back(name);
    return names;
}

/// "; jb9 is a host of qa", when another environment has it.
std::string elsewhere(const Plan& plan, std::string_view host) {
    for (const auto& environment : plan.environments)
        if (environment.host(host) != nullptr)
            return fmt::format("; {} is a host of {}", host, environment.name);
    return "";
}

void unknown_environment(Report& report, const Place& place, std::string_view name) {
    report.error("unknown-environment", place, fmt::format("there is no environment \"{}\"", name),
                 did_you_mean(name, environment_names(report.plan())));
}

void need_environment(Report& report, const Placed<std::string>& name) {
    if (report.plan().environment(name.value) == nullptr)
        unknown_environment(report, name.place, name.value);
}

// --- endpoints of named services ----------------------------------------------------------------

void qualified_host(Report& report, const PlannedEndpoint& endpoint, std::string_view host,
                    std::string_view name) {
    const auto* environment = report.plan().environment(name);
    if (environment == nullptr) {
        unknown_environment(report, endpoint.place, name);
    } else if (environment->host(host) == nullptr) {
        report.error("unknown-host", endpoint.place,
                     fmt::format("{} has no host \"{}\"{}", environment->name, host,
                                 elsewhere(report.plan(), host)),
                     did_you_mean(host, names_of(environment->hosts)));
    }
}

void bare_host(Report& report, const PlannedEndpoint& endpoint) {
    std::vector<std::string_view> hosts;
    for (const auto& environment : report.plan().environments) {
        if (environment.host(endpoint.host) != nullptr) return;
        for (const auto name : names_of(environment.hosts)) hosts.push_back(name);
    }
    report.error("unknown-host", endpoint.place,
                 fmt::format("no environment has a host \"{}\"", endpoint.host),
                 did_you_mean(endpoint.host, hosts));
}

/// A host that exists, but only where the service is not declared, never serves.
void declared_there(Report& report, const NamedService& service, const PlannedEndpoint& endpoint) {
    bool exists = false;
    for (const auto& environment : report.plan().environments) {
        if (host_in(environment, endpoint) == nullptr) continue;
        if (is_declared(service, environment)) return;
        exists = true;
    }
    if (exists)
        report.warning("endpoint-not-declared", endpoint.place,
                       fmt::format("{} is in no environment that {} is declared in, so this "
                                   "endpoint never serves",
                                   endpoint.host, service.name),
                       "Add its environment to `environments:`, or remove the endpoint.");
}

void check_endpoint(Report& report, const NamedService& service, const PlannedEndpoint& endpoint) {
    if (endpoint.target) return;
    const std::string_view text = endpoint.host;
    const auto dot = text.find('.');
    if (text.empty()) {
        report.error("endpoint-without-host", endpoint.place,
                     "this endpoint of " + service.name + " has neither a host nor a target",
                     "Write `host:` with a host of an environment, or `target:` with a name.");
    } else if (dot != std::string_view::npos) {
        qualified_host(report, endpoint, text.substr(0, dot), text.substr(dot + 1));
    } else {
        bare_host(report, endpoint);
    }
    declared_there(report, service, endpoint);
}

void check_service(Report& report, const NamedService& service) {
    for (const auto& each : service.endpoints) check_endpoint(report, service, each);
    for (const auto& each : service.environments) need_environment(report, each);
    const auto& shown = service.publish_environment;
    if (shown.empty()) return;
    const auto* environment = report.plan().environment(shown);
    const auto& place = service.publish.empty() ? service.place : service.publish.front().place;
    if (environment == nullptr) {
        unknown_environment(report, place, shown);
    } else if (!is_declared(service, *environment)) {
        report.error("publish-not-declared", place,
                     fmt::format("{} is published from {}, where it is not declared", service.name,
                                 environment->name),
                     fmt::format("Add {} to its `environments:`.", environment->name));
    }
}

// --- placements and overrides -------------------------------------------------------------------

void need_subject(Report& report, const std::string& subject, const Place& place) {
    const auto& plan = report.plan();
    if (plan.application(subject) != nullptr || plan.service(subject) != nullptr) return;
    report.error("unknown-application", place,
                 fmt::format("there is no application or service \"{}\"", subject),
                 did_you_mean(subject, subject_names(plan)));
}

void need_host(Report& report, const Environment& environment, const Placement& placement,
               const PlacedInstance& placed) {
    if (placed.host.empty()) {
        report.error(
            "instance-without-host", placed.place,
            fmt::format("instance {} of {} has no host", placed.instance, placement.subject),
            fmt::format("Name one of {}'s hosts.", environment.name));
    } else if (environment.host(placed.host) == nullptr) {
        report.error("unknown-host", placed.place,
                     fmt::format("{} has no host \"{}\"{}", environment.name, placed.host,
                                 elsewhere(report.plan(), placed.host)),
                     did_you_mean(placed.host, names_of(environment.hosts)));
    }
}

void check_environment(Report& report, const Environment& environment) {
    for (const auto& placement : environment.placements) {
        if (placement.subject != "default")
            need_subject(report, placement.subject, placement.place);
        for (const auto& placed : placement.instances)
            need_host(report, environment, placement, placed);
    }
    for (const auto& each : environment.overrides) need_subject(report, each.subject, each.place);
}

// --- updates ------------------------------------------------------------------------------------

bool has_service(const Plan& plan, std::string_view label) {
    for (const auto& environment : plan.environments)
        for (const auto protocol : {Protocol::tcp, Protocol::udp, Protocol::sctp, Protocol::dccp})
            if (locate(plan, environment, label, protocol)) return true;
    return false;
}

void check_clients(Report& report, const UpdateClients& clients) {
    for (const auto& each : clients.environments) need_environment(report, each);
    for (const auto& each : clients.services) {
        if (has_service(report.plan(), each.value)) continue;
        report.error("unknown-service", each.place,
                     fmt::format("no environment has a service {}", each.value),
                     "Give the label under which it is published, as hydrogen-ajp, or declare it.");
    }
}

}  // namespace

void check_references(Report& report) {
    const auto& plan = report.plan();
    for (const auto& each : plan.services) check_service(report, each);
    if (plan.dynamic)
        for (const auto& each : plan.dynamic->environments) need_environment(report, each);
    for (const auto& clients : plan.updates) check_clients(report, clients);
    for (const auto& each : plan.environments) check_environment(report, each);
}

}  // namespace portolan::registry
