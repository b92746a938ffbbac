#include "portolan/desk/free_ports.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "desk/declared_ports.hpp"

namespace portolan::desk {
namespace {

using registry::Plan;
using registry::Port;

void add_declared(const DeclaredPorts& declared, const PortText& asked, PortState& state,
                  std::string_view own) {
    for (const DeclaredPort& each : declared.at(state.port))
        if (asked.holds(each.protocol, state.port) && each.label != own)
            state.declared.push_back({each.protocol,
                                      fmt::format("{} of {}", each.text, zone_text(*each.plan)),
                                      each.label, nullptr});
}

void add_ranges(const Plan& plan, PortState& state) {
    for (const auto& range : plan.ranges)
        if (range.ports.contains(state.port))
            state.ranges.push_back(fmt::format("\"{}\" of {}", range.name, zone_text(plan)));
    if (plan.dynamic && plan.dynamic->ports.contains(state.port))
        state.ranges.push_back("the dynamic ports of " + zone_text(plan));
}

void add_sockets(std::span<const Listener> listeners, const PortText& asked, PortState& state) {
    const auto same = std::ranges::equal_range(listeners, state.port, {}, &Listener::port);
    for (const Listener& each : same) {
        if (!asked.holds(each.protocol, each.port)) continue;
        state.sockets.push_back(
            {each.protocol,
             fmt::format("{} by {}{}", endpoint_text(each),
                         each.is_listening ? "" : "a connection of ", holders_text(each)),
             "", &each});
    }
}

}  // namespace

const char* to_string(PortUse use) noexcept {
    switch (use) {
        case PortUse::in_use:
            return "in use";
        case PortUse::declared:
            return "declared";
        case PortUse::free:
            return "free";
    }
    return "";
}

bool PortSettings::is_ephemeral(Port port) const noexcept {
    return ephemeral.contains(port) &&
           std::ranges::none_of(reserved, [&](const auto& each) { return each.contains(port); });
}

std::vector<PortState> port_states(std::span<const PortText> asked,
                                   std::span<const Listener> listeners,
                                   std::span<const Plan* const> plans, const PortSettings& settings,
                                   std::string_view own) {
    const DeclaredPorts declared(plans);
    std::vector<PortState> states;
    for (const PortText& each : asked) {
        for (unsigned port = each.ports.first; port <= each.ports.last; ++port) {
            PortState state;
            state.port = static_cast<Port>(port);
            add_sockets(listeners, each, state);
            add_declared(declared, each, state, own);
            for (const Plan* plan : plans) add_ranges(*plan, state);
            if (!state.declared.empty()) state.use = PortUse::declared;
            if (!state.sockets.empty()) state.use = PortUse::in_use;
            state.is_ephemeral = settings.is_ephemeral(state.port);
            states.push_back(std::move(state));
        }
    }
    return states;
}

}  // namespace portolan::desk
