#include "api/mapping.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "api/replies.hpp"
#include "portolan/registry/expiry.hpp"

namespace portolan::api {
namespace {

namespace json = boost::json;
using registry::Refusal;

}  // namespace

json::object Mapping::zones() {
    json::array zones;
    for (const auto& each : registrar_.sources()) {
        const auto& plan = each.registry.plan;
        zones.push_back(zone_json(plan, each.serial, each.findings, rules_of(plan)));
    }
    return {{"now", registry::moment_text(registrar_.now())}, {"zones", std::move(zones)}};
}

registry::OrRefusal<json::object> Mapping::rows(std::string_view zone,
                                                std::string_view environment) {
    const auto desk = desk_of(registrar_);
    for (const auto& registry : desk.registries) {
        const std::string name = zone_name(registry.plan);
        if (!zone.empty() && zone != name) continue;
        const auto* found = registry.plan.environment(environment);
        if (found == nullptr) continue;
        return json::object{{"zone", name},
                            {"environment", found->name},
                            {"rows", rows_json(desk, registry, rules_of(registry.plan), *found)}};
    }
    return Refusal{Refusal::Kind::unknown, fmt::format("no zone{}{} has an environment \"{}\"",
                                                       zone.empty() ? "" : " ", zone, environment)};
}

std::optional<json::object> Mapping::rows(std::string_view zone, std::string_view environment,
                                          std::string_view service, registry::Protocol protocol) {
    const auto desk = desk_of(registrar_);
    for (const auto& registry : desk.registries) {
        if (zone != zone_name(registry.plan)) continue;
        const auto* where = registry.plan.environment(environment);
        if (where == nullptr) continue;
        const auto found = registry::find_service(registry, *where, service, protocol);
        if (!found) continue;
        return json::object{{"zone", zone},
                            {"environment", where->name},
                            {"service", service},
                            {"protocol", to_string(protocol)},
                            {"rows", rows_json(desk, registry, rules_of(registry.plan), *found)}};
    }
    return std::nullopt;
}

const registry::PortRules& Mapping::rules_of(const registry::Plan& plan) {
    return rules_.try_emplace(zone_name(plan), plan).first->second;
}

void add_mapping(Routes& routes, Mapping& mapping, const registry::VerdictHistory& history) {
    routes.add(
        "GET", "/v1/history",
        [&history](const Request& request, const Parameters&, const Respond& respond) {
            const auto of = [&](const char* key) { return request.argument(key).value_or(""); };
            respond(json_response(history.json(of("zone"), of("environment"), of("service"))));
        });
    routes.add("GET", "/v1/map",
               [&mapping](const Request& request, const Parameters&, const Respond& respond) {
                   const auto environment = request.argument("environment");
                   if (!environment) return respond(json_response(mapping.zones()));
                   const auto rows =
                       mapping.rows(request.argument("zone").value_or(""), *environment);
                   respond(rows ? json_response(*rows) : refused(rows.error()));
               });
}

}  // namespace portolan::api
