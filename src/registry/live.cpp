#include "portolan/registry/live.hpp"

#include <algorithm>

namespace portolan::registry {
namespace {

/// The value at the key of a map that is asked with views.
template <class Map, class Key>
const typename Map::mapped_type* find_in(const Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : &found->second;
}

/// Puts `next` at the key, or nothing; returns what was there.
template <class Map>
auto replace(Map& map, const typename Map::key_type& key,
             std::optional<typename Map::mapped_type> next) {
    std::optional<typename Map::mapped_type> before;
    const auto found = map.find(key);
    if (found != map.end()) before = std::move(found->second);
    if (next) {
        map.insert_or_assign(key, std::move(*next));
    } else if (found != map.end()) {
        map.erase(found);
    }
    return before;
}

/// A list that is known by being there.
template <class List>
std::optional<List> unless_empty(List list) {
    if (list.empty()) return std::nullopt;
    return list;
}

/// Whoever announced them in whatever order.
void put_in_order(Live::Endpoints& endpoints) {
    std::ranges::sort(endpoints);
    const auto repeated = std::ranges::unique(endpoints, [](const auto& a, const auto& b) {
        return a.address == b.address && a.port == b.port;
    });
    endpoints.erase(repeated.begin(), repeated.end());
}

void enter(Live::Announcers& announcers, const Live::Endpoints& endpoints,
           const Live::ServiceName& service) {
    for (const auto& each : endpoints) announcers[each.address].insert(service);
}

void leave(Live::Announcers& announcers, const Live::Endpoints& endpoints,
           const Live::ServiceName& service) {
    for (const auto& each : endpoints) {
        const auto found = announcers.find(each.address);
        if (found == announcers.end()) continue;
        found->second.erase(service);
        if (found->second.empty()) announcers.erase(found);
    }
}

/// Whether an endpoint of which that is known may serve.
bool serves(const Verdicts& verdicts) {
    return verdicts.empty() || std::ranges::any_of(verdicts, [](const EndpointVerdict& each) {
               return each.verdict != Verdict::critical && each.verdict != Verdict::maintenance;
           });
}

}  // namespace

bool Live::Local::is_empty() const noexcept {
    const auto is_empty = [](const auto& each) { return each.empty(); };
    return addresses.empty() && std::ranges::all_of(endpoints, is_empty) &&
           std::ranges::all_of(verdicts, is_empty);
}

const Live& Live::nothing() {
    static const Live nothing;
    return nothing;
}

const Live::Local* Live::local(std::string_view environment) const {
    return find_in(environments_, environment);
}

bool Live::speaks_of(std::string_view environment) const { return local(environment) != nullptr; }

const Live::Endpoints* Live::endpoints(std::string_view environment, std::string_view service,
                                       Protocol protocol) const {
    const Local* said = local(environment);
    if (said == nullptr) return nullptr;
    return find_in(said->endpoints[static_cast<std::size_t>(protocol)], service);
}

const Live::Known* Live::verdicts(std::string_view environment, std::string_view service,
                                  Protocol protocol) const {
    const Local* said = local(environment);
    if (said == nullptr) return nullptr;
    return find_in(said->verdicts[static_cast<std::size_t>(protocol)], service);
}

const Live::Addresses* Live::addresses(std::string_view environment, std::string_view host) const {
    const Local* said = local(environment);
    return said == nullptr ? nullptr : find_in(said->addresses, host);
}

const std::map<std::string, Live::Addresses, std::less<>>* Live::addresses(
    std::string_view environment) const {
    const Local* said = local(environment);
    return said == nullptr ? nullptr : &said->addresses;
}

const Live::Announcers* Live::announcers(std::string_view environment) const {
    const Local* said = local(environment);
    return said == nullptr ? nullptr : &said->announcers;
}

Change Live::take(Change change) {
    return std::visit(
        [this](auto& said) -> Change {
            const auto local = environments_.try_emplace(said.environment).first;
            auto before = take(std::move(said), local->second);
            if (local->second.is_empty()) environments_.erase(local);
            return before;
        },
        change);
}

EndpointsChange Live::take(EndpointsChange change, Local& local) {
    const ServiceName service{change.service, change.protocol};
    put_in_order(change.endpoints);
    auto& of_protocol = local.endpoints[static_cast<std::size_t>(change.protocol)];
    auto before = replace(of_protocol, change.service, unless_empty(change.endpoints));
    if (!before) before.emplace();
    leave(local.announcers, *before, service);
    enter(local.announcers, change.endpoints, service);
    change.endpoints = *std::move(before);
    return change;
}

VerdictsChange Live::take(VerdictsChange change, Local& local) {
    auto& of_protocol = local.verdicts[static_cast<std::size_t>(change.protocol)];
    const Known* before = find_in(of_protocol, change.service);
    Known next{std::move(change.verdicts), {}};
    if (change.last_good) {
        next.last_good = *std::move(change.last_good);
    } else if (before != nullptr && !serves(next.verdicts)) {
        next.last_good = serves(before->verdicts) ? before->verdicts : before->last_good;
    }
    const bool is_nothing = next.verdicts.empty();
    auto was = replace(of_protocol, change.service,
                       is_nothing ? std::nullopt : std::optional(std::move(next)));
    if (!was) was.emplace();
    change.verdicts = std::move(was->verdicts);
    change.last_good = std::move(was->last_good);
    return change;
}

AddressesChange Live::take(AddressesChange change, Local& local) {
    change.addresses = replace(local.addresses, change.host, std::move(change.addresses));
    return change;
}

}  // namespace portolan::registry
