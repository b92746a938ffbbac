// All places in an environment, and in its entries.
#pragma once

#include "portolan/registry/plan.hpp"

namespace portolan::source::plan {

// Each calls `use(place)` for all places of the thing, in an order of its own.

template <class Use>
void for_each_place(registry::Host& host, const Use& use) {
    use(host.place);
    for (auto& each : host.addresses) use(each.place);
}

template <class Use>
void for_each_place(registry::Placement& placement, const Use& use) {
    use(placement.place);
    for (auto& each : placement.instances) use(each.place);
}

template <class Use>
void for_each_place(registry::Environment& environment, const Use& use) {
    use(environment.place);
    for (auto& each : environment.aliases) use(each.place);
    for (auto& each : environment.networks) use(each.place);
    if (environment.multicast) use(environment.multicast->place);
    for (std::size_t i = 0; i < environment.hosts.size(); ++i)
        for_each_place(environment.hosts.edit(i), use);
    for (std::size_t i = 0; i < environment.placements.size(); ++i)
        for_each_place(environment.placements.edit(i), use);
    for (std::size_t i = 0; i < environment.overrides.size(); ++i)
        use(environment.overrides.edit(i).place);
}

/// A copy that stands where `line` of that file begins with it.
template <class T>
T moved(T copy, std::uint32_t file, std::uint32_t line) {
    const std::uint32_t down = line - copy.place.line;  // modulo 2^32: up as well
    for_each_place(copy, [&](registry::Place& place) {
        place.file = file;
        place.line += down;
    });
    return copy;
}

}  // namespace portolan::source::plan
