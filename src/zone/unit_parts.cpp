#include "unit_parts.hpp"

namespace portolan::zone {
namespace {

std::optional<dns::NameView> target_of(const registry::Plan& plan,
                                       const registry::Endpoint& endpoint, Units& units) {
    if (endpoint.target != nullptr) {
        // Kept, since what was said of the endpoint may change before this is forgotten.
        return dns::NameView(units.keep(endpoint.target->view().octets()));
    }
    const auto name = [&](std::string_view label) {
        return units.name({{label}, {endpoint.environment->name}}, plan.zone.value);
    };
    if (endpoint.announced != nullptr) return name(registry::announced_label(*endpoint.announced));
    return name(endpoint.is_group ? std::string_view("mcast") : endpoint.host->name);
}

}  // namespace

dns::OctetView text_rdata(std::span<const std::string_view> strings, dns::Octets& scratch,
                          Units& units) {
    scratch.clear();
    for (std::string_view rest : strings) {
        do {
            const std::string_view piece = rest.substr(0, 255);
            scratch.push_back(static_cast<std::uint8_t>(piece.size()));
            scratch.insert(scratch.end(), piece.begin(), piece.end());
            rest.remove_prefix(piece.size());
        } while (!rest.empty());
    }
    return units.keep(dns::OctetView(scratch));
}

std::optional<ServiceUnit::Member> member_of(const registry::Plan& plan,
                                             const registry::Endpoint& endpoint, Units& units) {
    const auto target = target_of(plan, endpoint, units);
    if (!target || endpoint.port > 65535) return std::nullopt;
    return ServiceUnit::Member{*target, static_cast<std::uint16_t>(endpoint.port),
                               endpoint.priority, endpoint.weight};
}

}  // namespace portolan::zone
