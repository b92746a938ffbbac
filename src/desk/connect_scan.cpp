#include "portolan/desk/connect_scan.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace portolan::desk {
namespace {

using Clock = std::chrono::steady_clock;

/// A connection being made.
struct Attempt {
    std::size_t position;  // among the ports
    int socket;
    Clock::time_point until;
};

/// Begins to connect: the socket's number, or -1.
int begin(const registry::Address& address, registry::Port port) {
    sockaddr_storage place{};
    socklen_t size = sizeof(sockaddr_in);
    if (address.is_v6()) {
        auto& v6 = reinterpret_cast<sockaddr_in6&>(place);
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        std::memcpy(&v6.sin6_addr, address.octets.data(), 16);
        size = sizeof(sockaddr_in6);
    } else {
        auto& v4 = reinterpret_cast<sockaddr_in&>(place);
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        std::memcpy(&v4.sin_addr, address.octets.data(), 4);
    }
    const int made = ::socket(place.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0) return -1;
    if (connect(made, reinterpret_cast<const sockaddr*>(&place), size) == 0 ||
        errno == EINPROGRESS || errno == ECONNREFUSED)
        return made;
    close(made);
    return -1;
}

Reach outcome(int socket) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0) return Reach::open;
    return error == ECONNREFUSED ? Reach::refused : Reach::silent;
}

/// Waits until one of them has an outcome or has lost patience.
void wait_for(const std::vector<Attempt>& attempts, std::vector<pollfd>& waiting,
              Clock::time_point end) {
    auto next = end;
    waiting.clear();
    for (const Attempt& each : attempts) {
        waiting.push_back({each.socket, POLLOUT, 0});
        next = std::min(next, each.until);
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
    poll(waiting.data(), waiting.size(), static_cast<int>(std::max<long>(0, left.count())));
}

}  // namespace

std::vector<Reach> connect_scan(const registry::Address& address,
                                std::span<const registry::Port> ports, const ScanLimits& limits,
                                const source::Tell& tell) {
    const auto tell_parts = source::about(tell, "trying the ports of " + to_string(address));
    std::vector<Reach> reached(ports.size(), Reach::silent);
    std::vector<Attempt> attempts;
    std::vector<pollfd> waiting;
    const auto end = Clock::now() + limits.patience_for_all;
    for (std::size_t next = 0; next < ports.size() || !attempts.empty();) {
        const auto now = Clock::now();
        if (now >= end) next = ports.size();
        while (next < ports.size() && attempts.size() < limits.at_once) {
            const int socket = begin(address, ports[next]);
            if (socket >= 0) attempts.push_back({next, socket, now + limits.patience});
            ++next;
        }
        wait_for(attempts, waiting, end);
        const auto later = Clock::now();
        std::vector<Attempt> still;
        for (std::size_t i = 0; i < attempts.size(); ++i) {
            const bool is_decided = waiting[i].revents != 0;
            if (is_decided) reached[attempts[i].position] = outcome(attempts[i].socket);
            if (is_decided || later >= attempts[i].until || later >= end)
                close(attempts[i].socket);
            else
                still.push_back(attempts[i]);
        }
        attempts = std::move(still);
        tell_parts(next - attempts.size(), ports.size());
    }
    return reached;
}

}  // namespace portolan::desk
