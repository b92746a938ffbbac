#include "tcp_listener.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace portolan::net {
namespace {

constexpr int accepts_a_turn = 32;
constexpr int backlog_at_the_end = 4096;

bool has_run_out(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/// Whether a client waits.
bool is_readable(int socket) {
    pollfd wanted{socket, POLLIN, 0};
    return poll(&wanted, 1, 0) == 1;
}

}  // namespace

void TcpListener::start() { loop_.watch(socket_.get(), *this); }

void TcpListener::ready() noexcept { accept(accepts_a_turn); }

void TcpListener::accept(int limit) noexcept {
    for (int turn = 0; turn < limit; ++turn) {
        sockaddr_storage peer{};
        socklen_t size = sizeof peer;
        Descriptor socket(accept4(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &size,
                                  SOCK_NONBLOCK | SOCK_CLOEXEC));
        const int error = socket ? 0 : errno;
        if (socket) {
            serving_.admit(std::move(socket), ClientAddress(peer), tls_);
        } else if (error == EAGAIN) {
            return;
        } else if (has_run_out(error)) {
            // The system looks for a free descriptor before it looks for a client.
            if (!is_readable(socket_.get())) return;
            if (!serving_.evict_longest_idle()) return rest(error);
        }  // else that client is gone again (ECONNABORTED and the like): the next one
    }
}

void TcpListener::rest(int error) noexcept {
    counters_.accept_failed.add();
    warning_.give(
        "accept TCP clients, who wait until others leave (raise the limit of open files: "
        "ulimit -n, LimitNOFILE=)",
        std::strerror(error));
    resting_ = true;
    loop_.start_ticking();
    loop_.change(socket_.get(), *this, Loop::Wish::nothing);
}

void TcpListener::wake() noexcept {
    if (!resting_) return;
    resting_ = false;
    loop_.change(socket_.get(), *this, Loop::Wish::read);
}

void TcpListener::close() noexcept {
    accept(backlog_at_the_end);
    loop_.forget(*this);
    socket_ = Descriptor();
}

}  // namespace portolan::net
