// All places in an environment.
#pragma once

#include "portolan/registry/plan.hpp"

namespace portolan::source::plan {

/// Calls `use(place)` for each place of the environment, in an order of its own.
template <class Use>
void for_each_place(registry::Environment& environment, Use use) {
    use(environment.place);
    for (auto& each : environment.aliases) use(each.place);
    for (auto& each : environment.networks) use(each.place);
    if (environment.multicast) use(environment.multicast->place);
    for (std::size_t i = 0; i < environment.hosts.size(); ++i) {
        auto& host = environment.hosts.edit(i);
        use(host.place);
        for (auto& each : host.addresses) use(each.place);
    }
    for (std::size_t i = 0; i < environment.placements.size(); ++i) {
        auto& placement = environment.placements.edit(i);
        use(placement.place);
        for (auto& each : placement.instances) use(each.place);
    }
    for (std::size_t i = 0; i < environment.overrides.size(); ++i)
        use(environment.overrides.edit(i).place);
}

}  // namespace portolan::source::plan
