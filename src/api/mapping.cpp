#include "api/mapping.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/json/serialize.hpp>
#include <memory>
#include <utility>

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

/// The rows of one environment as they are put together: some now, and some later, because what
/// checks find, and who registers, is this thread's too and does not wait for ten thousand of them.
/// Each row is as it is when it is made; readers of /v1/events are told of what changes meanwhile.
class Mapping::Listing : public std::enable_shared_from_this<Listing> {
public:
    Listing(Mapping& mapping, std::string_view zone, std::string_view environment, Respond respond)
        : mapping_(mapping), zone_(zone), environment_(environment), respond_(std::move(respond)) {}

    void go_on() {
        const auto desk = desk_of(mapping_.registrar_);
        const auto [registry, environment] = find(desk);
        if (environment == nullptr) return refuse();
        if (load_ != mapping_.load_) begin(registry->plan, *environment);
        const auto& rules = mapping_.rules_of(registry->plan);
        std::size_t made = 0;
        while (next_ < subjects_.size() && made < at_once) {
            for (const auto& row :
                 rows_json(desk, *registry, rules, *environment, subjects_[next_++])) {
                if (body_.back() != '[') body_ += ',';
                body_ += json::serialize(row);
                ++made;
            }
        }
        if (next_ == subjects_.size()) return end();
        boost::asio::post(mapping_.io_, [self = shared_from_this()] { self->go_on(); });
    }

private:
    static constexpr std::size_t at_once = 150;  // rows: one or two milliseconds

    [[nodiscard]] std::pair<const registry::Registry*, const registry::Environment*> find(
        const registry::Desk& desk) const {
        for (const auto& registry : desk.registries) {
            if (!zone_.empty() && zone_ != zone_name(registry.plan)) continue;
            if (const auto* found = registry.plan.environment(environment_))
                return {&registry, found};
        }
        return {nullptr, nullptr};
    }

    /// At the start, and anew when the plans have changed meanwhile.
    void begin(const registry::Plan& plan, const registry::Environment& environment) {
        load_ = mapping_.load_;
        next_ = 0;
        subjects_.clear();
        if (plan.convention)
            for (const auto& each : plan.convention->applications) subjects_.push_back(each.name);
        for (const auto& each : plan.services)
            if (plan.application(each.name) == nullptr) subjects_.push_back(each.name);
        body_ = fmt::format("{{\"zone\":{},\"environment\":{},\"rows\":[",
                            json::serialize(json::string(zone_name(plan))),
                            json::serialize(json::string(environment.name)));
    }

    void refuse() {
        respond_(refused(
            {Refusal::Kind::unknown, fmt::format("no zone{}{} has an environment \"{}\"",
                                                 zone_.empty() ? "" : " ", zone_, environment_)}));
    }

    void end() {
        Response response;
        response.body = std::move(body_) + "]}";
        respond_(std::move(response));
    }

    Mapping& mapping_;
    const std::string zone_;
    const std::string environment_;
    const Respond respond_;
    std::optional<std::uint64_t> load_;  // of the plan that the rows are of
    std::vector<std::string> subjects_;  // applications and services of the registry …
    std::size_t next_ = 0;               // … whose rows come next
    std::string body_;
};

void Mapping::rows(std::string_view zone, std::string_view environment, Respond respond) {
    std::make_shared<Listing>(*this, zone, environment, std::move(respond))->go_on();
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
    routes.add(
        "GET", "/v1/map", [&mapping](const Request& request, const Parameters&, Respond respond) {
            const auto environment = request.argument("environment");
            if (!environment) return respond(json_response(mapping.zones()));
            mapping.rows(request.argument("zone").value_or(""), *environment, std::move(respond));
        });
}

}  // namespace portolan::api
