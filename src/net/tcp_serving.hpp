// The TCP connections of one worker: taking them in, giving them turns, and seeing to it that
// none stays longer than it may.
#pragma once

#include <array>
#include <chrono>

#include "portolan/net/counters.hpp"
#include "portolan/net/loop.hpp"
#include "portolan/net/tcp_limits.hpp"
#include "seldom_warning.hpp"
#include "tcp_burst.hpp"
#include "tcp_connection.hpp"

namespace portolan::net {

class TcpServing {
public:
    TcpServing(Loop& loop, const TcpLimits& limits, ConnectionCounts& counts, Responder& responder,
               Counters& counters);
    TcpServing(const TcpServing&) = delete;
    TcpServing& operator=(const TcpServing&) = delete;
    ~TcpServing() { close_all(); }

    /// Serves an accepted client at once, if there is a place for it; by TLS when that is given.
    void admit(Descriptor socket, const ClientAddress& client, const TlsServer* tls) noexcept;
    /// Makes room. False when no connection is idle.
    bool evict_longest_idle();
    void take_turn(Connection& connection) noexcept;

    void close_overdue();
    /// Answers what has been received; connections live on only while replies are to be taken.
    void finish();
    void close_all();
    [[nodiscard]] bool is_empty() const;

private:
    using Clock = std::chrono::steady_clock;
    /// Connections in one phase, the longest waiting first. As all of a queue have the same limit,
    /// its head is always the next to run out: a timer wheel with nothing to turn.
    using Queue = boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>>;

    Queue& queue_of(Phase phase) { return queues_[static_cast<std::size_t>(phase)]; }
    void enter(Connection& connection, Phase phase);
    void settle(Connection& connection, bool replied);
    void await(Connection& connection);
    void close_broken(Connection& connection);
    void close(Connection& connection);
    void close_after_reading(Connection& connection);
    void lend(Connection& connection);
    void take_back(Connection& connection, bool whole) noexcept;
    void close_overdue(Phase phase, Clock::time_point limit);

    Loop& loop_;
    const TcpLimits limits_;
    ConnectionCounts& counts_;
    Responder& responder_;
    Counters& counters_;
    TcpBurst burst_;
    SeldomWarning warning_;
    SeldomWarning handshake_warning_{std::chrono::seconds(1)};
    bool finishing_ = false;
    std::array<Queue, phases> queues_;
};

}  // namespace portolan::net
