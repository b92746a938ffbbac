// Where announced endpoints stand: on a host of the plan, or on one named after its address.
#include "registry/announced.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace portolan::registry {
namespace {

/// nullptr for a host of which nothing was said.
const Live::Addresses* said_of(const std::map<std::string, Live::Addresses, std::less<>>* said,
                               const Host& host) {
    if (said == nullptr || said->empty()) return nullptr;
    const auto found = said->find(host.name);
    return found == said->end() ? nullptr : &found->second;
}

/// Asked of every host of an environment, whose addresses differ in the last octet first.
bool is_same(const Address& a, const Address& b) noexcept {
    return a.octets[a.size - 1U] == b.octets[b.size - 1U] && a == b;
}

bool has(const Host& host, const Address& address) {
    return std::ranges::any_of(host.addresses,
                               [&](const auto& each) { return is_same(each.value, address); });
}

}  // namespace

std::string announced_label(const Address& address) {
    const auto& o = address.octets;
    if (!address.is_v6()) return fmt::format("ip-{}-{}-{}-{}", o[0], o[1], o[2], o[3]);
    std::string label = "ip";
    for (std::size_t i = 0; i < o.size(); i += 2)
        label += fmt::format("-{:x}", o[i] << 8 | o[i + 1]);
    return label;
}

std::optional<Address> announced_address(std::string_view label) {
    if (!label.starts_with("ip-")) return std::nullopt;
    std::string text(label.substr(3));
    std::ranges::replace(text, '-', std::ranges::count(text, '-') == 3 ? '.' : ':');
    const auto address = parse_address(text);
    const bool is_it = address && announced_label(*address) == label;  // with no zeros in front
    return is_it ? address : std::nullopt;
}

const Host* host_with(const Registry& registry, const Environment& environment,
                      const Address& address) {
    const auto* said = registry.live.addresses(environment.name);
    for (const auto& host : environment.hosts) {
        const auto* now = said_of(said, host);
        if (now == nullptr ? has(host, address) : std::ranges::find(*now, address) != now->end()) {
            return &host;
        }
    }
    return nullptr;
}

bool is_free(const Plan& plan, const Environment& environment, std::string_view label) {
    return environment.host(label) == nullptr && plan.application(label) == nullptr &&
           plan.service(label) == nullptr;
}

bool is_announced_host(const Registry& registry, const Environment& environment,
                       const Address& address) {
    const auto* announcers = registry.live.announcers(environment.name);
    if (announcers == nullptr) return false;
    const auto found = announcers->find(address);
    if (found == announcers->end()) return false;
    const bool is_served = std::ranges::any_of(found->second, [&](const auto& service) {
        const auto where = locate(registry.plan, environment, service.first, service.second);
        return where && !is_multicast(*where);
    });
    return is_served && host_with(registry, environment, address) == nullptr &&
           is_free(registry.plan, environment, announced_label(address));
}

std::vector<const Address*> announced_hosts(const Registry& registry,
                                            const Environment& environment) {
    std::vector<const Address*> hosts;
    const auto* announcers = registry.live.announcers(environment.name);
    if (announcers == nullptr) return hosts;
    for (const auto& [address, services] : *announcers) {
        if (is_announced_host(registry, environment, address)) hosts.push_back(&address);
    }
    return hosts;
}

}  // namespace portolan::registry
