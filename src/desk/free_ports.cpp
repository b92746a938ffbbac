#include "portolan/desk/free_ports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "portolan/dns/presentation.hpp"

namespace portolan::desk {
namespace {

using registry::Plan;
using registry::Port;

/// A plan's ports, ready to be asked for many numbers.
class Declared {
public:
    explicit Declared(const Plan& plan) : plan_(plan), zone_(dns::to_text(plan.zone.value.view())) {
        if (zone_.size() > 1) zone_.pop_back();
        for (auto& use : registry::named_uses(plan)) named_[use.number].push_back(use);
    }

    void add_holders(const PortText& asked, PortState& state, std::string_view own) const {
        const auto add = [&](registry::Protocol protocol, std::string text, std::string label) {
            if (!asked.holds(protocol, state.port) || label == own) return;
            state.declared.push_back(
                {protocol, fmt::format("{} of {}", text, zone_), std::move(label), nullptr});
        };
        if (plan_.convention)
            for (const auto& claim : registry::claims_at(*plan_.convention, state.port))
                add(claim.type->protocol, claim.text(), claim.label());
        const auto named = named_.find(state.port);
        if (named != named_.end())
            for (const auto& use : named->second) add(use.port->protocol, use.label(), use.label());
    }

    void add_ranges(PortState& state) const {
        for (const auto& range : plan_.ranges)
            if (range.ports.contains(state.port))
                state.ranges.push_back(fmt::format("\"{}\" of {}", range.name, zone_));
        if (plan_.dynamic && plan_.dynamic->ports.contains(state.port))
            state.ranges.push_back("the dynamic ports of " + zone_);
    }

private:
    const Plan& plan_;
    std::string zone_;
    std::unordered_map<Port, std::vector<registry::NamedUse>> named_;
};

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

/// One service at one number is one statement, however often the plan says it.
void drop_repeats(std::vector<PortHolder>& holders) {
    const auto same = [](const PortHolder& a, const PortHolder& b) {
        return a.text == b.text && a.protocol == b.protocol;
    };
    holders.erase(std::unique(holders.begin(), holders.end(), same), holders.end());
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
    std::vector<Declared> declared;
    for (const Plan* each : plans) declared.emplace_back(*each);
    std::vector<PortState> states;
    for (const PortText& each : asked) {
        for (unsigned port = each.ports.first; port <= each.ports.last; ++port) {
            PortState state;
            state.port = static_cast<Port>(port);
            add_sockets(listeners, each, state);
            for (const Declared& plan : declared) {
                plan.add_holders(each, state, own);
                plan.add_ranges(state);
            }
            drop_repeats(state.declared);
            if (!state.declared.empty()) state.use = PortUse::declared;
            if (!state.sockets.empty()) state.use = PortUse::in_use;
            state.is_ephemeral = settings.is_ephemeral(state.port);
            states.push_back(std::move(state));
        }
    }
    return states;
}

}  // namespace portolan::desk
