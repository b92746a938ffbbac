// Who may say what: tokens, certificates, networks; and what the callers may know of the server.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>
#include <set>

#include "app/served.hpp"
#include "portolan/app/registrar.hpp"

namespace portolan::app {
namespace {

using registry::Refusal;
using registry::Registered;

bool is_loopback(const registry::Address& address) {
    static const auto v4 = *registry::parse_network("127.0.0.0/8");
    static const auto v6 = *registry::parse_network("::1/128");
    return v4.contains(address) || v6.contains(address);
}

std::int64_t unix_seconds() { return static_cast<std::int64_t>(std::time(nullptr)); }

/// What a refusal says of a certificate that was shown in vain.
std::string whose(const api::Caller& caller) {
    return caller.certified.empty()
               ? ""
               : fmt::format("; the certificate of {} has none", fmt::join(caller.certified, ", "));
}

}  // namespace

registry::OrRefusal<registry::Entitlement> Registrar::entitlement(const api::Caller& caller) {
    if (caller.entitlement) return *caller.entitlement;
    if (!caller.token.empty() && tokens_) return tokens_->entitlement(caller.token, unix_seconds());
    if (tokens_) {
        if (auto entitled = tokens_->entitlement_by(caller.certified, unix_seconds()))
            return *std::move(entitled);
    }
    if (std::ranges::any_of(trusted_, [&](const auto& n) { return n.contains(caller.address); }))
        return registry::Entitlement{};
    const auto refuse = [](std::string why) {
        return Refusal{Refusal::Kind::forbidden, "Permission denied: " + std::move(why)};
    };
    if (!trusted_.empty() || !is_loopback(caller.address)) {
        return refuse("a token is needed from here, as X-Consul-Token or Authorization: Bearer" +
                      whose(caller) + "; portolan token new makes one");
    }
    if (!tokens_) return registry::Entitlement{};
    const auto all = tokens_->all();
    if (!all) return Refusal{Refusal::Kind::failed, all.error().text};
    if (all->empty()) return registry::Entitlement{};
    return refuse(
        "a token is needed, as X-Consul-Token or Authorization: Bearer, since there are tokens" +
        whose(caller));
}

std::vector<std::string> Registrar::environments() const {
    std::set<std::string> names;
    for (const auto& registry : engine_.registries())
        for (const auto& each : registry.plan.environments) names.insert(each.name);
    return {names.begin(), names.end()};
}

std::vector<api::Registrar::ZoneSource> Registrar::sources() const {
    std::vector<ZoneSource> all;
    for (const auto& each : engine_.sources())
        all.push_back({each.registry, each.extra, each.findings, each.serial});
    return all;
}

std::vector<api::Registrar::ZoneStatus> Registrar::zones() const {
    std::vector<ZoneStatus> all;
    for (const auto& each : engine_.zones()) all.push_back({each.name, each.serial, each.records});
    return all;
}

std::optional<api::Registrar::NodeStatus> Registrar::node() const {
    auto standing = engine_.standing();
    if (!standing) return std::nullopt;
    return NodeStatus{std::move(standing->node), std::move(standing->author),
                      std::move(standing->living), standing->cut_since};
}

std::string Registrar::environment_of(const api::Caller& caller) {
    const auto entitled = caller.token.empty() && caller.certified.empty()
                              ? registry::OrRefusal<registry::Entitlement>(registry::Entitlement{})
                              : entitlement(caller);
    const bool by_token = entitled && entitled->environments.size() == 1;
    std::set<std::string> names;
    for (const auto& registry : engine_.registries()) {
        for (const auto& each : registry.plan.environments) {
            const bool holds = std::ranges::any_of(
                each.networks, [&](const auto& n) { return n.value.contains(caller.address); });
            if (by_token ? entitled->covers(each) : holds) names.insert(each.name);
        }
    }
    return names.size() == 1 ? *names.begin() : "";
}

Registrar::Found Registrar::find(const Key& key, const api::Caller& caller) {
    const auto entitled = entitlement(caller);
    if (!entitled) return {nullptr, entitled.error()};
    if (auto fault = fault_of_store()) return {nullptr, std::move(fault)};
    const Registered* one = catalog_.find(key);
    if (one == nullptr) {
        return {nullptr, Refusal{Refusal::Kind::unknown,
                                 fmt::format("nothing is registered as {} at {}", key.id,
                                             registry::to_string(key.address))}};
    }
    const auto registries = engine_.registries();
    return {one, registry::refusal_to_touch(registries, one->registration, *entitled)};
}

}  // namespace portolan::app
