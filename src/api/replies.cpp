#include "api/replies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "portolan/dns/presentation.hpp"
#include "portolan/zone/srv_owner.hpp"

namespace portolan::api {
namespace {

using registry::OrRefusal;
using registry::Refusal;
using registry::Registered;
using std::chrono::milliseconds;

// As Consul has them.
constexpr milliseconds usual_wait = std::chrono::minutes(5);
constexpr milliseconds longest_wait = std::chrono::minutes(10);

Response with_index(const boost::json::value& value, std::uint64_t index) {
    Response response = json_response(value);
    response.headers = {{"X-Consul-Index", std::to_string(index)},
                        {"X-Consul-KnownLeader", "true"},
                        {"X-Consul-LastContact", "0"}};
    return response;
}

std::optional<std::uint64_t> number_from(std::string_view text) {
    std::uint64_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Of several with one id, the one that is meant.
OrRefusal<const Registered*> the_one(std::vector<const Registered*> all, const std::string& id,
                                     const Request& request) {
    if (all.empty()) {
        return Refusal{Refusal::Kind::unknown,
                       fmt::format("Unknown service or check ID \"{}\". Ensure that the ID is "
                                   "passed, not the name",
                                   id)};
    }
    if (all.size() == 1) return all.front();
    const auto own = std::ranges::find_if(
        all, [&](const Registered* each) { return each->said().address == request.peer; });
    if (own != all.end()) return *own;
    return Refusal{Refusal::Kind::malformed,
                   fmt::format("{} is registered at {} and {}: say {}@{}, or another", id,
                               registry::to_string(all[0]->said().address),
                               registry::to_string(all[1]->said().address), id,
                               registry::to_string(all[0]->said().address))};
}

/// "ID@ADDRESS" apart; nullopt when it is not that.
std::optional<registry::RegistrationKey> split_id(const std::string& id) {
    const auto at = id.rfind('@');
    if (at == std::string::npos) return std::nullopt;
    const auto address = registry::parse_address(std::string_view(id).substr(at + 1));
    if (!address) return std::nullopt;
    return registry::RegistrationKey{*address, id.substr(0, at)};
}

}  // namespace

Caller caller_of(const Request& request) {
    return {request.peer, request.token, request.certified};
}

unsigned status_of(Refusal::Kind kind) noexcept {
    switch (kind) {
        case Refusal::Kind::malformed:
            return 400;
        case Refusal::Kind::forbidden:
            return 403;
        case Refusal::Kind::unknown:
            return 404;
        case Refusal::Kind::conflict:
            return 409;
        case Refusal::Kind::busy:
        case Refusal::Kind::failed:
            return 503;
    }
    return 500;
}

Response refused(const Refusal& refusal) {
    auto response = text_response(status_of(refusal.kind), refusal.reason);
    if (refusal.kind == Refusal::Kind::busy) response.headers.emplace_back("Retry-After", "1");
    return response;
}

std::string zone_name(const registry::Plan& plan) { return zone_name(plan.zone.value.view()); }

std::string zone_name(dns::NameView apex) {
    auto name = dns::to_text(apex);
    if (name.size() > 1) name.pop_back();
    return name;
}

registry::Desk desk_of(const Registrar& registrar) {
    return {registrar.registries(), zone::srv_owner_text, &registrar.catalog(), registrar.now()};
}

Response json_response(const boost::json::value& value) {
    Response response;
    response.body = boost::json::serialize(value);
    return response;
}

Registrar::Done answering(Respond respond) {
    return [respond = std::move(respond)](const std::optional<Refusal>& refusal) {
        respond(refusal ? refused(*refusal) : text_response(200, ""));
    };
}

void answer_read(Waiters& waiters, const Request& request, const std::string& service,
                 std::function<boost::json::value()> read, Respond respond) {
    const auto answer = [&waiters, service, read = std::move(read), respond] {
        respond(with_index(read(), waiters.index_of(service)));
    };
    const auto index_text = request.argument("index").value_or("0");
    const auto index = number_from(index_text);
    if (!index) return respond(text_response(400, fmt::format("Invalid index: {}", index_text)));
    const auto wait_text = request.argument("wait");
    const auto wait = wait_text ? registry::parse_duration(*wait_text) : usual_wait;
    if (!wait) return respond(text_response(400, fmt::format("Invalid wait: {}", *wait_text)));
    if (*index == 0) return answer();
    waiters.wait(service, *index, std::min(*wait, longest_wait), answer);
}

OrRefusal<const Registered*> registered_by_id(const Registrar& registrar, const std::string& id,
                                              const Request& request) {
    if (const auto key = split_id(id)) {
        if (const auto* one = registrar.catalog().find(*key)) return one;
    }
    return the_one(registrar.catalog().with_id(id), id, request);
}

OrRefusal<FoundCheck> check_by_id(const Registrar& registrar, const std::string& id,
                                  const Request& request) {
    const auto key = split_id(id);
    const std::string& bare = key ? key->id : id;
    auto all = registrar.catalog().with_check(bare);
    if (key) {
        std::erase_if(all,
                      [&](const Registered* each) { return each->said().address != key->address; });
    }
    const auto one = the_one(std::move(all), id, request);
    if (!one) return one.error();
    const auto& checks = (*one)->said().checks;
    const auto found = std::ranges::find(checks, bare, &registry::RegisteredCheck::id);
    return FoundCheck{*one, static_cast<std::size_t>(found - checks.begin())};
}

}  // namespace portolan::api
