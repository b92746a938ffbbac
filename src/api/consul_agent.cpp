// /v1/agent: registering, reporting, and what is registered.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "api/consul.hpp"
#include "api/consul_body.hpp"
#include "api/consul_json.hpp"
#include "api/replies.hpp"

namespace portolan::api {
namespace {

namespace json = boost::json;
using registry::Aside;
using registry::Registered;
using registry::Verdict;

class Agent {
public:
    Agent(Registrar& registrar, Waiters& waiters) : registrar_(registrar), waiters_(waiters) {}

    void register_service(const Request& request, const Respond& respond) const {
        auto announcement = read_consul_service(request.body, request.peer);
        if (!announcement) return respond(refused(announcement.error()));
        registrar_.announce(*std::move(announcement), caller_of(request), answering(respond));
    }

    void deregister_service(const Request& request, const std::string& id,
                            const Respond& respond) const {
        const auto one = registered_by_id(registrar_, id, request);
        if (!one) return respond(refused(one.error()));
        registrar_.withdraw((*one)->registration.key(), caller_of(request), answering(respond));
    }

    void maintain(const Request& request, const std::string& id, const Respond& respond) const {
        const auto enable = request.argument("enable");
        if (!enable) return respond(text_response(400, "Missing value for enable"));
        const auto one = registered_by_id(registrar_, id, request);
        if (!one) return respond(refused(one.error()));
        std::optional<Aside> aside;
        if (request.flag("enable"))
            aside =
                Aside{Verdict::maintenance, std::string(request.argument("reason").value_or(""))};
        registrar_.set_aside((*one)->registration.key(), std::move(aside), caller_of(request),
                             answering(respond));
    }

    // --- checks

    void register_check(const Request& request, const Respond& respond) const {
        const auto id = service_id_of_check(request.body);
        if (!id) return respond(refused(id.error()));
        const auto one = registered_by_id(registrar_, *id, request);
        if (!one) return respond(refused(one.error()));
        auto check = read_consul_check(request.body, (*one)->said());
        if (!check) return respond(refused(check.error()));
        auto announcement = (*one)->said();
        std::erase_if(announcement.checks, [&](const auto& each) { return each.id == check->id; });
        announcement.checks.push_back(*std::move(check));
        registrar_.announce(std::move(announcement), caller_of(request), answering(respond));
    }

    void deregister_check(const Request& request, const std::string& id,
                          const Respond& respond) const {
        const auto found = check_by_id(registrar_, id, request);
        if (!found) return respond(refused(found.error()));
        auto announcement = found->registered->said();
        announcement.checks.erase(announcement.checks.begin() +
                                  static_cast<std::ptrdiff_t>(found->position));
        registrar_.announce(std::move(announcement), caller_of(request), answering(respond));
    }

    void report(const Request& request, const std::string& id, Verdict verdict, std::string output,
                const Respond& respond) const {
        const auto found = check_by_id(registrar_, id, request);
        if (!found) return respond(refused(found.error()));
        registrar_.report(found->registered->registration.key(), found->position, verdict,
                          std::move(output), caller_of(request), answering(respond));
    }

    void update(const Request& request, const std::string& id, const Respond& respond) const {
        auto update = read_consul_update(request.body);
        if (!update) return respond(refused(update.error()));
        report(request, id, update->verdict, std::move(update->output), respond);
    }

    // --- what there is

    void list_services(const Request& request, const Respond& respond) const {
        answer_read(
            waiters_, request, "",
            [this] {
                json::object all;
                for (const auto* each : registrar_.catalog().all())
                    all[unique_id(*each, each->said().id)] = agent_service(*each);
                return json::value(std::move(all));
            },
            respond);
    }

    void list_checks(const Request& request, const Respond& respond) const {
        answer_read(
            waiters_, request, "",
            [this] {
                json::object all;
                for (const auto* one : registrar_.catalog().all()) {
                    for (auto& check : checks_of(*one)) {
                        const std::string id(check.at("CheckID").get_string());
                        all[unique_id(*one, id)] = std::move(check);
                    }
                }
                return json::value(std::move(all));
            },
            respond);
    }

    void show_service(const Request& request, const std::string& id, const Respond& respond) const {
        const auto one = registered_by_id(registrar_, id, request);
        respond(one ? json_response(agent_service(**one)) : refused(one.error()));
    }

    void show_self(const Request& request, const Respond& respond) const {
        std::string environment = registrar_.environment_of(caller_of(request));
        const auto all = registrar_.environments();
        if (environment.empty() && !all.empty()) environment = all.front();
        respond(json_response(
            json::object{{"Config", json::object{{"Datacenter", environment},
                                                 {"NodeName", "portolan"},
                                                 {"NodeID", ""},
                                                 {"Server", true},
                                                 {"Revision", ""},
                                                 {"Version", PORTOLAN_VERSION}}},
                         {"DebugConfig", json::object()},
                         {"Member", json::object{{"Name", "portolan"}, {"Status", 1}}},
                         {"Meta", json::object()}}));
    }

private:
    /// An id that several hosts have is told apart by their addresses.
    [[nodiscard]] std::string unique_id(const Registered& one, const std::string& id) const {
        if (registrar_.catalog().with_id(one.said().id).size() == 1) return id;
        return fmt::format("{}@{}", id, registry::to_string(one.said().address));
    }

    Registrar& registrar_;
    Waiters& waiters_;
};

}  // namespace

void add_consul_agent(Routes& routes, Registrar& registrar, Waiters& waiters) {
    const auto agent = std::make_shared<Agent>(registrar, waiters);
    const auto add = [&](const char* method, const char* pattern, auto act) {
        routes.add(method, pattern,
                   [agent, act](const Request& request, const Parameters& of, const Respond& to) {
                       act(*agent, request, of, to);
                   });
    };
    using A = const Agent&;
    using Q = const Request&;
    using P = const Parameters&;
    using R = const Respond&;
    add("PUT", "/v1/agent/service/register", [](A a, Q q, P, R r) { a.register_service(q, r); });
    add("PUT", "/v1/agent/service/deregister/:id",
        [](A a, Q q, P p, R r) { a.deregister_service(q, p[0], r); });
    add("PUT", "/v1/agent/service/maintenance/:id",
        [](A a, Q q, P p, R r) { a.maintain(q, p[0], r); });
    add("PUT", "/v1/agent/check/register", [](A a, Q q, P, R r) { a.register_check(q, r); });
    add("PUT", "/v1/agent/check/deregister/:id",
        [](A a, Q q, P p, R r) { a.deregister_check(q, p[0], r); });
    for (const auto& [word, verdict] :
         {std::pair("pass", Verdict::passing), std::pair("warn", Verdict::warning),
          std::pair("fail", Verdict::critical)}) {
        const std::string pattern = fmt::format("/v1/agent/check/{}/:id", word);
        add("PUT", pattern.c_str(), [as = verdict](A a, Q q, P p, R r) {
            a.report(q, p[0], as, std::string(q.argument("note").value_or("")), r);
        });
    }
    add("PUT", "/v1/agent/check/update/:id", [](A a, Q q, P p, R r) { a.update(q, p[0], r); });
    add("GET", "/v1/agent/services", [](A a, Q q, P, R r) { a.list_services(q, r); });
    add("GET", "/v1/agent/checks", [](A a, Q q, P, R r) { a.list_checks(q, r); });
    add("GET", "/v1/agent/service/:id", [](A a, Q q, P p, R r) { a.show_service(q, p[0], r); });
    add("GET", "/v1/agent/self", [](A a, Q q, P, R r) { a.show_self(q, r); });
}

}  // namespace portolan::api
