#include "registry/explain_json.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

#include "portolan/registry/about.hpp"
#include "portolan/registry/checks.hpp"
#include "registry/endpoint_text.hpp"

namespace portolan::registry {
namespace {

namespace json = boost::json;

json::array strings(const std::vector<std::string>& texts) {
    return json::array(texts.begin(), texts.end());
}

void add_about(json::object& out, const About& about) {
    if (!about.owner.empty()) out["owner"] = about.owner;
    if (!about.description.empty()) out["description"] = about.description;
    if (about.until) out["until"] = date_text(*about.until);
}

// --- endpoints ----------------------------------------------------------------------------------

/// How an endpoint is checked; "" when it is not.
std::string check_text(const Plan& plan, const Service& service, const Endpoint& endpoint) {
    if (endpoint.check == nullptr) return "";
    const bool is_inherited = service.type != nullptr && !service.type->check;
    return words(**endpoint.check) + (is_inherited ? " at its " + plan.health.via + " port" : "");
}

json::object endpoint_json(const Desk& desk, const Registry& registry, const Service& service,
                           const Endpoint& endpoint) {
    json::object out{{"environment", service.environment->name},
                     {"service", service.label()},
                     {"subject", service.subject()},
                     {"kind", service.kind()},
                     {"protocol", to_string(service.protocol)},
                     {"host", host_text(endpoint)},
                     {"port", endpoint.port},
                     {"addresses", strings(texts_of(addresses_of(registry, endpoint)))},
                     {"priority", endpoint.priority},
                     {"weight", endpoint.weight}};
    if (endpoint.instance != 0 && !endpoint.is_group) out["instance"] = endpoint.instance;
    if (is_published(service)) out["srv"] = desk.srv_owner(registry.plan, service);
    if (const auto check = check_text(registry.plan, service, endpoint); !check.empty())
        out["check"] = check;
    if (desk.catalog != nullptr && is_watched(endpoint))
        out["verdict"] = to_string(endpoint.verdict);
    return out;
}

/// Endpoints of services, and the environments where a service has none.
void add_endpoints(const Desk& desk, const Registry& registry,
                   const std::vector<const Service*>& services, json::object& out) {
    json::array endpoints;
    json::array empty;
    for (const auto* service : services) {
        for (const auto& each : service->endpoints)
            endpoints.push_back(endpoint_json(desk, registry, *service, each));
        for (const auto& each : service->withheld) {
            auto one = endpoint_json(desk, registry, *service, each);
            one["withheld"] = true;
            endpoints.push_back(std::move(one));
        }
        const json::value name(service->environment->name);
        if (service->endpoints.empty() && service->withheld.empty() &&
            std::find(empty.begin(), empty.end(), name) == empty.end())
            empty.push_back(name);
    }
    out["endpoints"] = std::move(endpoints);
    out["empty"] = std::move(empty);
}

// --- what all explanations have -----------------------------------------------------------------

template <class Explained>
void add_common(const Explained& explanation, json::object& out) {
    const Plan& plan = *explanation.plan;
    out["statements"] = strings(statements(explanation));
    json::array all;
    for (const auto& each : sources(explanation)) {
        json::object one{{"name", each.name}};
        if (each.about != nullptr) add_about(one, *each.about);
        one["place"] = plan.text(each.place);
        all.push_back(std::move(one));
    }
    out["sources"] = std::move(all);
    json::array findings;
    for (const auto& each : explanation.remarks)
        findings.push_back({{"severity", to_string(each.severity)},
                            {"rule", each.rule},
                            {"message", each.message},
                            {"cure", each.cure}});
    out["findings"] = std::move(findings);
    if (plan.convention) out["pattern"] = plan.convention->pattern.text;
}

void add_published(const NamedService& service, json::array& owners) {
    for (const auto& each : service.publish) owners.emplace_back(plain_text(each.value.view()));
}

// --- a number -----------------------------------------------------------------------------------

json::object assignment(const Explanation& explanation, const Claim& claim) {
    json::object out{{"kind", "convention"},
                     {"service", claim.label()},
                     {"application", claim.application->name},
                     {"type", claim.type->name},
                     {"protocol", to_string(claim.type->protocol)},
                     {"arithmetic", arithmetic(explanation)},
                     {"place", explanation.plan->text(claim.application->place)}};
    if (!claim.every_instance) out["instance"] = claim.instance;
    if (claim.only_in != nullptr) out["environment"] = claim.only_in->environment;
    add_about(out, claim.application->about);
    return out;
}

json::object assignment(const Explanation& explanation, const NamedUse& use) {
    json::object out{{"kind", "registry"},
                     {"service", use.label()},
                     {"protocol", to_string(use.port->protocol)},
                     {"place", explanation.plan->text(use.place)}};
    add_about(out, use.service->about);
    return out;
}

json::object assignment(const Explanation& explanation, const Service& announced) {
    json::object out{{"kind", "announced"},
                     {"service", announced.label()},
                     {"protocol", to_string(announced.protocol)},
                     {"environment", announced.environment->name},
                     {"place", explanation.plan->text(announced.place())}};
    add_about(out, announced.about());
    return out;
}

json::array assignments(const Explanation& explanation) {
    json::array all;
    const auto add = [&](const auto& each) { all.push_back(assignment(explanation, each)); };
    std::ranges::for_each(explanation.claims, add);
    std::ranges::for_each(explanation.named, add);
    std::ranges::for_each(explanation.announced, add);
    return all;
}

std::vector<const Service*> services(const Explanation& explanation) {
    std::vector<const Service*> all;
    for (const auto* each : {&explanation.holders, &explanation.announced})
        for (const auto& service : *each) all.push_back(&service);
    return all;
}

// --- a name -------------------------------------------------------------------------------------

json::array ports(const NameExplanation& explanation) {
    json::array all;
    for (const auto& each : explanation.ports) {
        json::object one{
            {"port", each.port}, {"protocol", to_string(each.protocol)}, {"service", each.service}};
        if (!each.instance.empty()) one["instance"] = std::stoul(each.instance);
        if (!each.environment.empty()) one["environment"] = each.environment;
        if (const auto how = arithmetic(*explanation.plan, each.port);
            !how.empty() && explanation.meaning.named == nullptr)
            one["arithmetic"] = how;
        all.push_back(std::move(one));
    }
    return all;
}

}  // namespace

json::object to_json(const Desk& desk, const Explanation& explanation) {
    json::object out{{"zone", plain_text(explanation.plan->zone.value.view())},
                     {"kind", "port"},
                     {"assigned", explanation.is_assigned()},
                     {"speaks", explanation.speaks()}};
    add_common(explanation, out);
    if (explanation.claims.empty()) {
        out.erase("pattern");
    } else {
        out["arithmetic"] = arithmetic(explanation);
    }
    out["assignments"] = assignments(explanation);
    json::array ranges;
    for (const auto* each : explanation.ranges) ranges.emplace_back(each->name);
    out["ranges"] = std::move(ranges);
    out["dynamic"] = explanation.dynamic;
    json::array owners;
    const NamedService* before = nullptr;
    for (const auto& use : explanation.named)
        if (use.service != std::exchange(before, use.service)) add_published(*use.service, owners);
    out["published"] = std::move(owners);
    add_endpoints(desk, explanation.registry(), services(explanation), out);
    if (!explanation.at.empty()) out["empty"] = json::array();  // nobody asked elsewhere
    return out;
}

json::object to_json(const Desk& desk, const NameExplanation& explanation) {
    json::object out{{"zone", plain_text(explanation.plan->zone.value.view())},
                     {"kind", to_string(explanation.meaning.kind)},
                     {"assigned", true},
                     {"speaks", true}};
    add_common(explanation, out);
    out["ports"] = ports(explanation);
    json::array owners;
    if (explanation.meaning.named != nullptr) add_published(*explanation.meaning.named, owners);
    out["published"] = std::move(owners);
    std::vector<const Service*> services;
    for (const auto& each : explanation.holders) services.push_back(&each);
    add_endpoints(desk, explanation.registry(), services, out);
    if (explanation.is_cut) out["cut"] = true;
    return out;
}

}  // namespace portolan::registry
