#include "portolan/registry/rendezvous.hpp"

#include <utility>

#include "portolan/dns/stable_hash.hpp"

namespace portolan::registry {
namespace {

std::uint64_t drawn_by(std::string_view node, std::string_view thing) noexcept {
    dns::StableHash hash;
    hash.add(thing);
    hash.add(std::uint8_t{0});  // in neither name
    hash.add(node);
    return hash.mixed();
}

}  // namespace

std::string_view rendezvous(std::span<const std::string> nodes, std::string_view thing) noexcept {
    std::pair<std::uint64_t, std::string_view> highest;
    for (const auto& node : nodes) {
        const std::pair<std::uint64_t, std::string_view> drawn{drawn_by(node, thing), node};
        if (highest.second.empty() || highest < drawn) highest = drawn;
    }
    return highest.second;
}

}  // namespace portolan::registry
