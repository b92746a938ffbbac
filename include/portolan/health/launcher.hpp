// A process apart that runs the scripts of checks.
//
// A server with many threads and sockets must not fork: for a moment the child holds every one of
// its descriptors, and an epoll set goes on telling of a socket that its owner has closed
// meanwhile. So a small process is forked before there are any, and does nothing but fork:
//
//     server ── command, two descriptors ──▶ launcher ──▶ keeper ──▶ script, with its process group
//        ▲───────── output, then the exit status ───────────┘
//
// The keeper of a script waits for it, and kills its group when it ends, or when the server closes
// its end: because time is up, or because the server is gone, however it went.
//
// Scripts have nothing of the server's: no descriptors, a few words of environment, and where it is
// root, not even its user: they run as `nobody`, and cannot become another (no new privileges).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "portolan/net/socket.hpp"

namespace portolan::health {

class Launcher {
public:
    /// To be made before the first thread and the first socket. Throws net::SocketError.
    Launcher();

    /// A script that runs, until both are closed.
    struct Running {
        net::Descriptor output;  // what it writes, non-blocking
        net::Descriptor status;  // of waitpid(2), an int in one datagram; non-blocking
    };
    /// Never waits. nullopt, with errno, when it cannot be done now. On any thread, one at a time.
    [[nodiscard]] std::optional<Running> launch(const std::vector<std::string>& command,
                                                const std::vector<std::string>& environment) const;

private:
    net::Descriptor requests_;
};

}  // namespace portolan::health
