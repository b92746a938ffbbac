// One TCP connection: its socket, and what a burst left behind.
#pragma once

#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "portolan/net/loop.hpp"
#include "portolan/net/socket.hpp"
#include "portolan/net/stream.hpp"
#include "portolan/net/tcp_limits.hpp"

namespace portolan::net {

class TcpServing;

/// What a connection is waiting for; each has its own time limit, and its own queue.
enum class Phase : std::uint8_t {
    idle,     // for the first octet of a message
    message,  // for the rest of one
    write,    // for the client to take its replies
    lent,     // for a stream to be sent by another thread, which has limits of its own
};
constexpr std::size_t phases = 4;

struct Connection final
    : Watcher,
      boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    Connection(TcpServing& server, Descriptor accepted, const ClientAddress& address)
        : serving(server), socket(std::move(accepted)), client(address) {}

    void ready() noexcept override;

    /// As much as is there and fits; 0 also at the end. Never waits.
    std::size_t receive(std::span<std::uint8_t> room) noexcept;
    /// Returns how many octets the system has taken. Never waits.
    std::size_t send(std::span<const std::uint8_t> octets) noexcept;

    TcpServing& serving;
    Descriptor socket;
    ClientAddress client;
    Phase phase = Phase::idle;
    Loop::Wish wish = Loop::Wish::nothing;        // what the loop watches it for
    bool at_end = false;                          // the client sends no more
    bool deaf = false;                            // it may send, but is not heard any more
    bool broken = false;                          // the system says that the connection is gone
    std::chrono::steady_clock::time_point since;  // when the phase began
    std::vector<std::uint8_t> unread;             // received, not yet answered
    std::vector<std::uint8_t> unsent;             // replies from `sent` on
    std::size_t sent = 0;
    std::unique_ptr<Stream> stream;     // to be sent next
    std::shared_ptr<Connection*> loan;  // while it is lent; nullptr in it says that it is closed
};

}  // namespace portolan::net
