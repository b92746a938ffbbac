#include "api/native.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "api/planned.hpp"
#include "api/replies.hpp"
#include "portolan/api/api.hpp"
#include "portolan/registry/registration_json.hpp"
#include "portolan/registry/services.hpp"

namespace portolan::api {
namespace {

namespace json = boost::json;
using registry::Aside;
using registry::Refusal;
using registry::Registered;

std::string without_dot(std::string name) {
    if (name.size() > 1 && name.ends_with('.')) name.pop_back();
    return name;
}

/// A registration with how it fares: "ends" is in milliseconds from now.
json::object shown(const Registered& one, registry::Moment now) {
    json::object out = registry::to_json(one.registration);
    out["verdict"] = to_string(one.verdict());
    json::array states;
    for (std::size_t i = 0; i < one.checks.size(); ++i) {
        states.push_back(json::object{{"id", one.said().checks[i].id},
                                      {"verdict", to_string(one.checks[i].verdict)},
                                      {"since", one.checks[i].since.count()},
                                      {"output", one.checks[i].output}});
    }
    out["states"] = std::move(states);
    if (one.aside)
        out["aside"] =
            json::object{{"verdict", to_string(one.aside->verdict)}, {"reason", one.aside->reason}};
    if (const auto ends = one.ends())
        out["ends_in"] = registry::duration_text(std::max(*ends - now, registry::Moment(0)));
    out["index"] = one.changed;
    return out;
}

json::object endpoint_json(const registry::Endpoint& endpoint) {
    const std::string host =
        endpoint.is_group ? "mcast" : without_dot(registry::host_label(endpoint));
    return {{"host", host},
            {"port", endpoint.port},
            {"priority", endpoint.priority},
            {"weight", endpoint.weight},
            {"verdict", to_string(endpoint.verdict)}};
}

class Native {
public:
    Native(Registrar& registrar, Waiters& waiters) : registrar_(registrar), waiters_(waiters) {}

    void status(const Request& request, const Respond& respond) const {
        answer_read(
            waiters_, request, "",
            [this] {
                json::array zones;
                for (const auto& each : registrar_.zones())
                    zones.push_back(json::object{
                        {"zone", each.name}, {"serial", each.serial}, {"records", each.records}});
                json::object status{{"version", PORTOLAN_VERSION},
                                    {"zones", std::move(zones)},
                                    {"registrations", registrar_.catalog().size()},
                                    {"index", registrar_.catalog().index()}};
                if (const auto node = registrar_.node()) add(status, *node);
                return json::value(std::move(status));
            },
            respond);
    }

    static void add(json::object& status, const Registrar::NodeStatus& node) {
        status["node"] = node.node;
        status["author"] = node.author;
        status["nodes"] = json::array(node.living.begin(), node.living.end());
        if (!node.cut_since) return;
        status["cut_since"] = fmt::format(
            "{:%FT%TZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(*node.cut_since)));
    }

    /// Whatever clients find by DNS, with the endpoints in the SRV set.
    void services(const Request& request, const Respond& respond) const {
        const auto only = request.argument("environment");
        const auto named = request.argument("service");
        json::array all;
        for (const auto& registry : registrar_.registries()) {
            for (const auto& environment : registry.plan.environments) {
                if (only && !environment.is_called(*only)) continue;
                for (const auto& service : registry::services_of(registry, environment)) {
                    if (service.type != nullptr && !service.type->publish) continue;
                    if (named && service.label() != *named) continue;
                    json::array endpoints;
                    for (const auto& each : service.endpoints)
                        endpoints.push_back(endpoint_json(each));
                    all.push_back(json::object{{"zone", zone_name(registry.plan)},
                                               {"environment", environment.name},
                                               {"service", service.label()},
                                               {"protocol", to_string(service.protocol)},
                                               {"endpoints", std::move(endpoints)}});
                }
            }
        }
        respond(json_response(all));
    }

    void list(const Request& request, const Respond& respond) const {
        const std::string service(request.argument("service").value_or(""));
        const std::string environment(request.argument("environment").value_or(""));
        answer_read(
            waiters_, request, service,
            [this, service, environment] {
                json::array all;
                const auto& catalog = registrar_.catalog();
                for (const auto* each :
                     service.empty() ? catalog.all() : catalog.of_service(service)) {
                    if (!environment.empty() && each->registration.environment != environment)
                        continue;
                    all.push_back(shown(*each, registrar_.now()));
                }
                return json::value(std::move(all));
            },
            respond);
    }

    void announce(const Request& request, const Respond& respond) const {
        const auto body = registry::parse_json(request.body);
        if (!body) return respond(refused(body.error()));
        auto announcement = registry::announcement_from(*body);
        if (!announcement) return respond(refused(announcement.error()));
        const registry::RegistrationKey key{announcement->address, announcement->id};
        registrar_.announce(*std::move(announcement), caller_of(request),
                            [this, key, respond](const std::optional<Refusal>& refusal) {
                                if (refusal) return respond(refused(*refusal));
                                const auto* one = registrar_.catalog().find(key);
                                respond(one == nullptr
                                            ? text_response(200, "")
                                            : json_response(shown(*one, registrar_.now())));
                            });
    }

    void show(const Request& request, const std::string& id, const Respond& respond) const {
        const auto one = registered_by_id(registrar_, id, request);
        respond(one ? json_response(shown(**one, registrar_.now())) : refused(one.error()));
    }

    void withdraw(const Request& request, const std::string& id, const Respond& respond) const {
        const auto one = registered_by_id(registrar_, id, request);
        if (!one) return respond(refused(one.error()));
        registrar_.withdraw((*one)->registration.key(), caller_of(request), answering(respond));
    }

    void renew(const Request& request, const std::string& id, const Respond& respond) const {
        const auto one = registered_by_id(registrar_, id, request);
        if (!one) return respond(refused(one.error()));
        registrar_.renew((*one)->registration.key(), caller_of(request), answering(respond));
    }

    void set_aside(const Request& request, const std::string& id, bool aside,
                   const Respond& respond) const {
        std::optional<Aside> word;
        if (aside) {
            const auto verdict =
                registry::parse_verdict(request.argument("as").value_or("maintenance"));
            if (verdict != registry::Verdict::maintenance && verdict != registry::Verdict::draining)
                return respond(text_response(400, "as is maintenance or draining"));
            const auto drains_for =
                registry::parse_duration(request.argument("for").value_or("1m"));
            if (!drains_for) return respond(text_response(400, "for is a duration, as 30s or 5m"));
            word = Aside{*verdict, std::string(request.argument("reason").value_or("")),
                         registrar_.now() + *drains_for};
        }
        const auto one = registered_by_id(registrar_, id, request);
        if (!one && one.error().kind != Refusal::Kind::unknown)
            return respond(refused(one.error()));
        auto planned = planned_at(registrar_.registries(), id);
        const bool is_planned =
            planned && (!one || std::ranges::find((*planned), (*one)->said().id,
                                                  &registry::Announcement::id) != planned->end());
        if (is_planned) {
            set_planned_aside(registrar_, *std::move(planned), std::move(word), caller_of(request),
                              answering(respond));
        } else if (one) {
            registrar_.set_aside((*one)->registration.key(), std::move(word), caller_of(request),
                                 answering(respond));
        } else {
            respond(refused(planned.error()));
        }
    }

private:
    Registrar& registrar_;
    Waiters& waiters_;
};

}  // namespace

void add_native(Routes& routes, Registrar& registrar, Waiters& waiters) {
    const auto native = std::make_shared<Native>(registrar, waiters);
    const auto add = [&](const char* method, const char* pattern, auto act) {
        routes.add(method, pattern,
                   [native, act](const Request& request, const Parameters& of, const Respond& to) {
                       act(*native, request, of, to);
                   });
    };
    using N = const Native&;
    using Q = const Request&;
    using P = const Parameters&;
    using R = const Respond&;
    add("GET", "/v1/portolan/openapi.json", [](N, Q, P, R r) {
        r({200, std::string(openapi()), "application/json", {}});
    });
    add("GET", "/v1/portolan/status", [](N n, Q q, P, R r) { n.status(q, r); });
    add("GET", "/v1/portolan/services", [](N n, Q q, P, R r) { n.services(q, r); });
    add("GET", "/v1/portolan/registrations", [](N n, Q q, P, R r) { n.list(q, r); });
    add("PUT", "/v1/portolan/registrations", [](N n, Q q, P, R r) { n.announce(q, r); });
    add("GET", "/v1/portolan/registrations/:id", [](N n, Q q, P p, R r) { n.show(q, p[0], r); });
    add("DELETE", "/v1/portolan/registrations/:id",
        [](N n, Q q, P p, R r) { n.withdraw(q, p[0], r); });
    add("PUT", "/v1/portolan/registrations/:id/renew",
        [](N n, Q q, P p, R r) { n.renew(q, p[0], r); });
    add("PUT", "/v1/portolan/registrations/:id/aside",
        [](N n, Q q, P p, R r) { n.set_aside(q, p[0], true, r); });
    add("DELETE", "/v1/portolan/registrations/:id/aside",
        [](N n, Q q, P p, R r) { n.set_aside(q, p[0], false, r); });
}

}  // namespace portolan::api
