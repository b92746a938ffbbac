#include "tcp_connection.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "tcp_serving.hpp"

namespace portolan::net {
namespace {

bool is_for_later(int error) { return error == EAGAIN || error == EINTR; }

}  // namespace

void Connection::ready() noexcept { serving.take_turn(*this); }

std::size_t Connection::receive(std::span<std::uint8_t> room) noexcept {
    if (at_end || broken || room.empty()) return 0;
    const auto count = recv(socket.get(), room.data(), room.size(), MSG_DONTWAIT);
    if (count > 0) return static_cast<std::size_t>(count);
    // The client may close its side as soon as it has asked: what it asked is still answered.
    if (count == 0) at_end = true;
    if (count < 0 && !is_for_later(errno)) broken = true;
    return 0;
}

std::size_t Connection::send(std::span<const std::uint8_t> octets) noexcept {
    if (broken || octets.empty()) return 0;
    const auto count =
        ::send(socket.get(), octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (!is_for_later(errno)) broken = true;
    return 0;
}

}  // namespace portolan::net
