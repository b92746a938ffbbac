// Which TCP ports of another host take connections: tried, not looked up.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "portolan/registry/plan.hpp"
#include "portolan/source/progress.hpp"

namespace portolan::desk {

enum class Reach : std::uint8_t { open, refused, silent };

struct ScanLimits {
    std::size_t at_once = 64;                            // connections being made
    std::chrono::milliseconds patience{1'000};           // for each
    std::chrono::milliseconds patience_for_all{30'000};  // what was not tried by then is silent
};

/// How each port took a connection, which is closed at once; in the order asked. Tells by ports
/// how far it has come.
std::vector<Reach> connect_scan(const registry::Address& address,
                                std::span<const registry::Port> ports, const ScanLimits& limits,
                                const source::Tell& tell = {});

}  // namespace portolan::desk
