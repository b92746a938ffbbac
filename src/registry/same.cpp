// Whether two plans say the same of something, wherever they say it.
#include <algorithm>
#include <ranges>
#include <tuple>

#include "portolan/registry/plan.hpp"

namespace portolan::registry {
namespace {

// What each part says: all its fields but the places.

template <class T>
auto said(const Placed<T>& x) {
    return std::tie(x.value);
}
auto said(const Network& x) { return std::tie(x.base, x.prefix); }
auto said(const PortRange& x) { return std::tie(x.first, x.last); }
auto said(const About& x) { return std::tie(x.owner, x.description, x.until); }
auto said(const Field& x) { return std::tie(x.kind, x.digits, x.scale); }
auto said(const Pattern& x) { return std::tie(x.text, x.fields, x.literal); }
auto said(const Application& x) { return std::tie(x.name, x.id, x.about, x.check); }
auto said(const PortType::PerEnvironment& x) { return std::tie(x.environment, x.id); }
auto said(const PortType& x) {
    return std::tie(x.name, x.id, x.ids, x.protocol, x.publish, x.multicast, x.across, x.instance,
                    x.when_empty, x.browse, x.about, x.check, x.health);
}
auto said(const Convention& x) {
    return std::tie(x.pattern, x.bounds, x.first_instance, x.last_instance, x.applications,
                    x.types);
}
auto said(const Range& x) { return std::tie(x.name, x.ports, x.about); }
auto said(const PlannedEndpoint& x) {
    return std::tie(x.host, x.target, x.port, x.priority, x.weight, x.check);
}
auto said(const NamedPort& x) { return std::tie(x.name, x.port, x.protocol); }
auto said(const NamedService& x) {
    return std::tie(x.name, x.ports, x.type, x.range, x.endpoints, x.environments, x.publish,
                    x.publish_environment, x.mongodb, x.when_empty, x.browse, x.about, x.check,
                    x.health);
}
auto said(const Dynamic& x) { return std::tie(x.names, x.ports, x.environments); }
auto said(const Ttls& x) { return std::tie(x.service, x.host, x.infrastructure, x.negative); }
auto said(const Host& x) { return std::tie(x.name, x.addresses, x.about); }
auto said(const PlacedInstance& x) { return std::tie(x.instance, x.host, x.priority, x.weight); }
auto said(const Placement& x) { return std::tie(x.subject, x.instances); }
auto said(const Override& x) { return std::tie(x.subject, x.failover, x.leader, x.ttl, x.health); }
auto said(const Environment& x) {
    return std::tie(x.name, x.aliases, x.networks, x.multicast, x.hosts, x.placements, x.failover,
                    x.overrides, x.about);
}

template <class... Parts>
bool same(const std::tuple<Parts...>& a, const std::tuple<Parts...>& b);

template <class T>
bool same(const T& a, const T& b) {
    if constexpr (requires { said(a); }) {
        return same(said(a), said(b));
    } else if constexpr (requires { a.is_shared_with(b); }) {
        return a.is_shared_with(b) ||
               std::ranges::equal(a, b, [](const auto& x, const auto& y) { return same(x, y); });
    } else if constexpr (std::ranges::range<T> && !std::same_as<T, std::string>) {
        return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return same(x, y); });
    } else if constexpr (
        requires { *a, a == nullptr; } || requires { a.has_value(); }) {
        return static_cast<bool>(a) == static_cast<bool>(b) && (!a || same(*a, *b));
    } else {
        return a == b;
    }
}

template <class... Parts>
bool same(const std::tuple<Parts...>& a, const std::tuple<Parts...>& b) {
    return [&]<std::size_t... i>(std::index_sequence<i...>) {
        return (same(std::get<i>(a), std::get<i>(b)) && ...);
    }
    (std::index_sequence_for<Parts...>());
}

}  // namespace

bool same_environment(const Environment& a, const Environment& b) noexcept {
    return &a == &b || same(a, b);
}

std::optional<std::vector<std::string_view>> differing_subjects(const Environment& a,
                                                                const Environment& b) {
    const auto rest = [](const Environment& x) {
        return std::tie(x.name, x.aliases, x.multicast, x.hosts, x.failover);
    };
    if (!same(rest(a), rest(b))) return std::nullopt;
    std::vector<std::string_view> subjects;
    const auto same_or_both_absent = [](const auto* x, const auto* y) {
        return (x == nullptr) == (y == nullptr) && (x == nullptr || same(*x, *y));
    };
    const auto note = [&](std::string_view subject) {
        const bool is_same =
            same_or_both_absent(a.own_placement(subject), b.own_placement(subject)) &&
            same_or_both_absent(a.override_of(subject), b.override_of(subject));
        if (!is_same) subjects.push_back(subject);
    };
    for (const Environment* each : {&a, &b}) {
        for (const auto& placement : each->placements) note(placement.subject);
        for (const auto& override : each->overrides) note(override.subject);
    }
    std::ranges::sort(subjects);
    const auto repeated = std::ranges::unique(subjects);
    subjects.erase(repeated.begin(), repeated.end());
    return subjects;
}

bool same_common_parts(const Plan& a, const Plan& b) noexcept {
    return same(a.zone, b.zone) && same(a.ttls, b.ttls) && a.weight_scale == b.weight_scale &&
           a.when_empty == b.when_empty && a.browse == b.browse && a.health == b.health &&
           same(a.convention, b.convention) && same(a.ranges, b.ranges) &&
           same(a.services, b.services) && same(a.dynamic, b.dynamic);
}

}  // namespace portolan::registry
