#include "api/allocating.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/json/serialize.hpp>
#include <exception>

#include "api/replies.hpp"
#include "portolan/desk/allocation_json.hpp"
#include "portolan/registry/registration_json.hpp"

namespace portolan::api {
namespace {

using registry::Entitlement;
using registry::OrRefusal;
using registry::Refusal;

constexpr std::chrono::seconds patience{5};

/// Who the caller is, when it may allocate.
OrRefusal<Entitlement> allocator_of(Registrar& registrar, const Request& request) {
    auto entitled = registrar.entitlement(caller_of(request));
    if (!entitled || entitled->allocates) return entitled;
    return Refusal{
        Refusal::Kind::forbidden,
        fmt::format("Permission denied: {}; portolan token new --allocate makes one that may",
                    entitled->token.empty()
                        ? "to allocate takes a token, as X-Consul-Token or Authorization: Bearer"
                        : "token " + entitled->token + " may not allocate")};
}

/// The note as a log's line can have it.
std::string name_of(const Entitlement& by) {
    return by.note.empty() ? by.token
                           : by.token + " " + boost::json::serialize(boost::json::string(by.note));
}

OrRefusal<desk::Allocation> write(const std::vector<std::string>& plans,
                                  const registry::Edit& edit) {
    try {
        return desk::in_one_of(
            plans, [&](const std::string& path) { return desk::allocate(path, edit, patience); });
    } catch (const std::exception& error) {
        return Refusal{Refusal::Kind::failed, error.what()};
    }
}

void log(const OrRefusal<desk::Allocation>& made, const registry::Edit& edit,
         const std::string& by) {
    if (made) {
        spdlog::info("token {} allocated {} {}: {}:{}: {}", by, registry::kind_of(edit),
                     registry::name_of(edit), made->file, made->line, made->entry);
    } else if (made.error().kind == Refusal::Kind::failed) {
        spdlog::error("token {} could not allocate: {}", by, made.error().reason);
    }
}

Response created(const desk::Allocation& made, bool is_served) {
    auto said = desk::to_json(made);
    said["served"] = is_served;
    auto response = json_response(said);
    response.status = 201;
    response.headers.emplace_back(
        "Location", "/v1/explain?q=" + registry::percent_encoded(registry::name_of(made.edit)));
    return response;
}

}  // namespace

void Allocating::answer(const Request& request, Respond respond) {
    const auto by = allocator_of(registrar_, request);
    if (!by) return respond(refused(by.error()));
    const auto body = registry::parse_json(request.body);
    if (!body) return respond(refused(body.error()));
    auto order = registry::order_from(*body);
    if (!order) return respond(refused(order.error()));
    if (auto* about = registry::about_of(order->edit); about->owner.empty())
        about->owner = by->note;
    std::vector<std::string> plans;
    for (const auto& each : registrar_.sources())
        if (order->zone.empty() || order->zone == zone_name(each.registry.plan))
            plans.push_back(each.registry.plan.files.front());
    if (plans.empty())
        return respond(refused({Refusal::Kind::unknown, "no such zone is served from a plan"}));
    if (elsewhere_.is_full())
        return respond(refused({Refusal::Kind::busy, "too many allocate: ask again in a moment"}));
    elsewhere_.give(
        [plans = std::move(plans), edit = std::move(order->edit), by = name_of(*by)] {
            auto made = write(plans, edit);
            log(made, edit, by);
            return made;
        },
        [this, respond = std::move(respond)](Made made) { take(respond, std::move(made)); });
}

void Allocating::take(Respond respond, Made made) {
    made_.emplace_back(std::move(respond), std::move(made));
    if (made_.size() == 1) boost::asio::post(io_, [this] { reply(); });
}

void Allocating::reply() {
    const auto made = std::exchange(made_, {});
    const bool is_written =
        std::ranges::any_of(made, [](const auto& each) { return !!each.second; });
    const bool is_served = is_written && reload_();
    for (const auto& [respond, each] : made)
        respond(each ? created(*each, is_served) : refused(each.error()));
}

void add_allocating(Routes& routes, Allocating& allocating) {
    routes.add("POST", "/v1/allocations",
               [&allocating](const Request& request, const Parameters&, Respond respond) {
                   allocating.answer(request, std::move(respond));
               });
}

}  // namespace portolan::api
