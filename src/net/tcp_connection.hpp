// One TCP connection: its socket, and what a burst left behind.
#pragma once

#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "channel.hpp"
#include "portolan/net/loop.hpp"
#include "portolan/net/stream.hpp"
#include "portolan/net/tcp_limits.hpp"

namespace portolan::net {

class TcpServing;

/// What a connection is waiting for; each has its own time limit, and its own queue.
enum class Phase : std::uint8_t {
    handshake,  // for the client to do its part of it
    idle,       // for the first octet of a message
    message,    // for the rest of one
    write,      // for the client to take its replies
    lent,       // for a stream to be sent by another thread, which has limits of its own
};
constexpr std::size_t phases = 5;

struct Connection;

/// A channel in the hands of another thread. It comes back, or goes when its connection has gone.
struct Loan {
    Connection* connection;  // the worker's to read; nullptr when it is closed
    Channel channel;         // the borrower's until it is done
};

struct Connection final
    : Watcher,
      boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    Connection(TcpServing& server, Descriptor accepted, const ClientAddress& address)
        : serving(server), channel(std::move(accepted)), client(address) {}

    void ready() noexcept override;

    TcpServing& serving;
    Channel channel;  // while it is lent, an empty one
    ClientAddress client;
    Phase phase = Phase::idle;
    Loop::Wish wish = Loop::Wish::nothing;        // what the loop watches it for
    bool deaf = false;                            // it may send, but is not heard any more
    std::chrono::steady_clock::time_point since;  // when the phase began
    std::vector<std::uint8_t> unread;             // received, not yet answered
    std::vector<std::uint8_t> unsent;             // replies from `sent` on
    std::size_t sent = 0;
    std::unique_ptr<Stream> stream;  // to be sent next
    std::shared_ptr<Loan> loan;      // while it is lent
};

}  // namespace portolan::net
