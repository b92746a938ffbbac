#include "api/events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <variant>

#include "api/replies.hpp"

namespace portolan::api {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto between_tellings = 100ms;
constexpr auto between_comments = 15s;
constexpr std::size_t most_services = 500;  // that are told by themselves at once

std::string event(const char* name, const json::object& data) {
    return fmt::format("event: {}\ndata: {}\n\n", name, json::serialize(data));
}

}  // namespace

void Events::add(StreamPtr reader) {
    reader->write(std::make_shared<const std::string>(greeting()));
    readers_.push_back(std::move(reader));
    if (readers_.size() == 1) keep_alive();
}

std::string Events::greeting() const {
    json::array zones;
    for (const auto& each : registrar_.sources())
        zones.push_back({{"zone", zone_name(each.registry.plan)}, {"serial", each.serial}});
    const json::value serial = zones.empty() ? json::value(0) : zones.front().at("serial");
    return "retry: 1000\n" + event("hello", {{"serial", serial}, {"zones", std::move(zones)}});
}

void Events::said(dns::NameView zone, const registry::Change& change) {
    if (readers_.empty()) return;
    auto name = zone_name(zone);
    if (std::holds_alternative<registry::AddressesChange>(change)) {
        other_plans_.insert(std::move(name));  // whatever is on that host
    } else {
        const auto take = [&](const auto& one) {
            if constexpr (requires { one.service; })
                changed_.emplace(std::move(name), one.environment, one.service, one.protocol);
        };
        std::visit(take, change);
    }
    tell_soon();
}

void Events::loaded() {
    if (readers_.empty()) return;
    for (const auto& each : registrar_.sources())
        other_plans_.insert(zone_name(each.registry.plan));
    tell_soon();
}

/// At once, unless something was told just now.
void Events::tell_soon() {
    if (std::exchange(is_telling_, true)) return;
    telling_.expires_at(std::max(telling_.expiry() + between_tellings,
                                 boost::asio::steady_timer::clock_type::now()));
    telling_.async_wait([this](const boost::system::error_code& cancelled) {
        if (cancelled) return;
        is_telling_ = false;
        tell();
    });
}

void Events::tell() {
    auto changed = std::exchange(changed_, {});
    auto others = std::exchange(other_plans_, {});
    if (changed.size() > most_services)
        for (const auto& each : changed) others.insert(std::get<0>(each));
    std::string text;
    for (const auto& zone : others) text += event("plan", {{"zone", zone}});
    for (const auto& [zone, environment, service, protocol] : changed) {
        if (others.contains(zone)) continue;
        if (const auto rows = mapping_.rows(zone, environment, service, protocol))
            text += event("rows", *rows);
    }
    if (!text.empty()) write(std::move(text));
}

void Events::keep_alive() {
    alive_.expires_after(between_comments);
    alive_.async_wait([this](const boost::system::error_code& cancelled) {
        if (cancelled) return;
        write(": still here\n\n");
        if (!readers_.empty()) keep_alive();
    });
}

void Events::write(std::string text) {
    std::erase_if(readers_, [](const StreamPtr& each) { return !each->is_open(); });
    const auto shared = std::make_shared<const std::string>(std::move(text));
    for (const auto& each : readers_) each->write(shared);
}

void add_events(Routes& routes, Events& events) {
    routes.add(
        "GET", "/v1/events", [&events](const Request&, const Parameters&, const Respond& respond) {
            Response response;
            response.type = "text/event-stream";
            response.headers = {{"Cache-Control", "no-store"}};
            response.goes_on = [&events](StreamPtr reader) { events.add(std::move(reader)); };
            respond(std::move(response));
        });
}

}  // namespace portolan::api
