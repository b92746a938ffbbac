// /v1/catalog, /v1/health, /v1/status: finding what is registered.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <set>

#include "api/consul.hpp"
#include "api/consul_json.hpp"
#include "api/replies.hpp"

namespace portolan::api {
namespace {

namespace json = boost::json;
using registry::Registered;
using registry::Verdict;

/// Which registrations a request wants to see.
struct Filter {
    std::string environment;  // "": all
    std::vector<std::string> tags;
    bool only_passing = false;

    [[nodiscard]] bool takes(const Registered& one) const {
        if (!environment.empty() && one.registration.environment != environment) return false;
        if (only_passing && one.verdict() != Verdict::passing) return false;
        return std::ranges::all_of(tags, [&](const std::string& tag) {
            return std::ranges::find(one.said().tags, tag) != one.said().tags.end();
        });
    }
};

class Catalog {
public:
    Catalog(Registrar& registrar, Waiters& waiters) : registrar_(registrar), waiters_(waiters) {}

    void services(const Request& request, const Respond& respond) const {
        const auto filter = filter_of(request, respond);
        if (!filter) return;
        answer_read(
            waiters_, request, "",
            [this, filter = *filter] {
                std::map<std::string, std::set<std::string>> tags;
                for (const auto* each : registrar_.catalog().all()) {
                    if (!filter.takes(*each)) continue;
                    tags[each->said().service].insert(each->said().tags.begin(),
                                                      each->said().tags.end());
                }
                json::object all;
                for (const auto& [service, of] : tags)
                    all[service] = json::array(of.begin(), of.end());
                return json::value(std::move(all));
            },
            respond);
    }

    void datacenters(const Respond& respond) const {
        const auto all = registrar_.environments();
        respond(json_response(json::array(all.begin(), all.end())));
    }

    using Show = json::object (*)(const Registered&);
    /// A list of those of a service; of one that nobody knows it is empty.
    void instances(const Request& request, const std::string& name, Show show,
                   const Respond& respond) const {
        const auto filter = filter_of(request, respond);
        if (!filter) return;
        const std::string service = folded(name);
        answer_read(
            waiters_, request, service,
            [this, filter = *filter, service, show] {
                json::array all;
                for (const auto* each : registrar_.catalog().of_service(service))
                    if (filter.takes(*each)) all.push_back(show(*each));
                return json::value(std::move(all));
            },
            respond);
    }

    void checks_of_service(const Request& request, const std::string& name,
                           const Respond& respond) const {
        const auto filter = filter_of(request, respond);
        if (!filter) return;
        const std::string service = folded(name);
        answer_read(
            waiters_, request, service,
            [this, filter = *filter, service] {
                json::array all;
                for (const auto* each : registrar_.catalog().of_service(service)) {
                    if (!filter.takes(*each)) continue;
                    for (auto& check : checks_of(*each)) all.push_back(std::move(check));
                }
                return json::value(std::move(all));
            },
            respond);
    }

    void checks_in_state(const Request& request, const std::string& state,
                         const Respond& respond) const {
        const auto filter = filter_of(request, respond);
        if (!filter) return;
        answer_read(
            waiters_, request, "",
            [this, filter = *filter, state] {
                json::array all;
                for (const auto* each : registrar_.catalog().all()) {
                    if (!filter.takes(*each)) continue;
                    for (auto& check : checks_of(*each))
                        if (state == "any" || check.at("Status").get_string() == state)
                            all.push_back(std::move(check));
                }
                return json::value(std::move(all));
            },
            respond);
    }

private:
    static std::string folded(std::string name) {
        for (char& c : name)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
        return name;
    }

    /// nullopt when it has answered already: no such datacenter.
    std::optional<Filter> filter_of(const Request& request, const Respond& respond) const {
        Filter filter;
        for (const auto& [key, value] : request.query)
            if (key == "tag" && !value.empty()) filter.tags.push_back(value);
        filter.only_passing = request.flag("passing");
        filter.environment = request.argument("dc").value_or("");
        if (filter.environment.empty()) {
            filter.environment = registrar_.environment_of(caller_of(request));
            return filter;
        }
        const auto all = registrar_.environments();
        if (std::ranges::find(all, filter.environment) != all.end()) return filter;
        respond(text_response(500, "No path to datacenter"));
        return std::nullopt;
    }

    Registrar& registrar_;
    Waiters& waiters_;
};

}  // namespace

void add_consul_catalog(Routes& routes, Registrar& registrar, Waiters& waiters) {
    const auto catalog = std::make_shared<Catalog>(registrar, waiters);
    const auto add = [&](const char* pattern, auto act) {
        routes.add("GET", pattern,
                   [catalog, act](const Request& request, const Parameters& of, const Respond& to) {
                       act(*catalog, request, of, to);
                   });
    };
    using C = const Catalog&;
    using Q = const Request&;
    using P = const Parameters&;
    using R = const Respond&;
    add("/v1/catalog/services", [](C c, Q q, P, R r) { c.services(q, r); });
    add("/v1/catalog/datacenters", [](C c, Q, P, R r) { c.datacenters(r); });
    add("/v1/catalog/service/:name",
        [](C c, Q q, P p, R r) { c.instances(q, p[0], catalog_service, r); });
    add("/v1/health/service/:name",
        [](C c, Q q, P p, R r) { c.instances(q, p[0], health_service, r); });
    add("/v1/health/checks/:name", [](C c, Q q, P p, R r) { c.checks_of_service(q, p[0], r); });
    add("/v1/health/state/:state", [](C c, Q q, P p, R r) { c.checks_in_state(q, p[0], r); });
    add("/v1/status/leader", [](C, Q, P, R r) { r(json_response("127.0.0.1:8300")); });
    add("/v1/status/peers", [](C, Q, P, R r) { r(json_response(json::array{"127.0.0.1:8300"})); });
}

}  // namespace portolan::api
