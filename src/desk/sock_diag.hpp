// The kernel's own list of sockets (sock_diag(7)): one question for a protocol and a family.
#pragma once

#include <cstdint>
#include <vector>

#include "portolan/desk/listeners.hpp"

namespace portolan::desk {

struct DiagSocket {
    Listener listener;  // without user and processes
    std::uint64_t inode = 0;
    std::uint32_t user = 0;
};

enum class Wanted : std::uint8_t { listening, all };

/// Throws NoListeners.
std::vector<DiagSocket> diagnosed_sockets(Wanted wanted);

}  // namespace portolan::desk
