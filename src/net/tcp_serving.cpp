#include "tcp_serving.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace portolan::net {
namespace {

constexpr int reads_a_turn = 4;  // then the worker's other sockets get theirs
constexpr int reads_at_the_end = 64;

/// When the connection can go on.
Loop::Wish wish_of(const Connection& connection) {
    const Channel& channel = connection.channel;
    if (connection.phase == Phase::write || channel.wants_to_send()) return Loop::Wish::write;
    // What is here already can be answered as soon as there is room for the replies, which is now.
    return channel.may_hold_more() ? Loop::Wish::either : Loop::Wish::read;
}

}  // namespace

TcpServing::TcpServing(Loop& loop, const TcpLimits& limits, ConnectionCounts& counts,
                       Responder& responder, Counters& counters)
    : loop_(loop), limits_(limits), counts_(counts), responder_(responder), counters_(counters),
      burst_(responder, counters) {}

/// When all places are taken, the connection that has been idle longest makes room, so that new
/// clients are served (RFC 7766 6.2.3 lets a server close idle ones early). When none of this
/// worker is idle, or the client itself has too many, the new one is closed: nobody pushes others
/// out by opening more.
void TcpServing::admit(Descriptor socket, const ClientAddress& client,
                       const TlsServer* tls) noexcept {
    try {
        auto connection = std::make_unique<Connection>(*this, std::move(socket), client);
        auto verdict = counts_.enter(client);
        if (verdict == ConnectionCounts::Verdict::all_full && evict_longest_idle()) {
            verdict = counts_.enter(client);
        }
        if (verdict != ConnectionCounts::Verdict::admitted) return counters_.tcp_refused.add();
        counters_.tcp_accepted.add();
        Connection& admitted = *connection.release();
        enter(admitted, Phase::idle);
        if (tls != nullptr) {
            counters_.tls_accepted.add();
            if (!admitted.channel.begin_tls(tls->context())) return close(admitted);
        }
        take_turn(admitted);  // the first query is often here already
    } catch (const std::exception& error) {
        warning_.give("serve a TCP client", error.what());
    }
}

/// A connection for which there is no memory is closed; that is its own misfortune alone.
void TcpServing::take_turn(Connection& connection) noexcept {
    try {
        const bool replied =
            burst_.take_turn(connection, finishing_ ? reads_at_the_end : reads_a_turn);
        responder_.rest();
        settle(connection, replied);
    } catch (const std::exception& error) {
        warning_.give("go on with a TCP client", error.what());
        responder_.rest();
        close(connection);
    }
}

/// Decides what the connection waits for next, if it still waits.
void TcpServing::settle(Connection& connection, bool replied) {
    if (connection.channel.is_broken()) return close_broken(connection);
    if (connection.unsent.empty()) {
        if (connection.stream != nullptr) return lend(connection);
        if (connection.channel.is_at_end()) return close(connection);
        if (connection.deaf || finishing_) return close_after_reading(connection);
    }
    const Phase next = connection.channel.is_shaking_hands() ? Phase::handshake
                       : !connection.unsent.empty()          ? Phase::write
                       : !connection.unread.empty()          ? Phase::message
                                                             : Phase::idle;
    if (next != connection.phase || replied) enter(connection, next);
    await(connection);
}

/// Says why when TLS did not come about, for whoever wonders why a client gets no answers.
void TcpServing::close_broken(Connection& connection) {
    if (const auto why = connection.channel.complaint(); !why.empty()) {
        handshake_warning_.give(
            "speak TLS with " + to_string(endpoint_of(connection.channel.client())), why);
    }
    close(connection);
}

/// Asks the system only when the wish is another than before.
void TcpServing::await(Connection& connection) {
    const auto wish = wish_of(connection);
    const auto before = std::exchange(connection.wish, wish);
    if (wish == before) return;
    if (before != Loop::Wish::nothing) {
        loop_.change(connection.channel.number(), connection, wish);
    } else if (!loop_.try_to_watch(connection.channel.number(), connection, wish)) {
        connection.wish = Loop::Wish::nothing;
        warning_.give("serve a TCP client", std::strerror(errno));
        close(connection);
    }
}

/// The connection keeps its place among those counted, while another thread has its channel and
/// sends the stream.
void TcpServing::lend(Connection& connection) {
    if (finishing_) return close(connection);
    if (connection.wish != Loop::Wish::nothing) {
        loop_.unwatch(connection.channel.number(), connection);
        connection.wish = Loop::Wish::nothing;
    }
    enter(connection, Phase::lent);
    connection.loan = std::make_shared<Loan>(&connection, std::move(connection.channel));
    auto done = [this, loan = connection.loan](bool whole) {
        loop_.call([this, loan, whole] {
            if (loan->connection != nullptr) take_back(*loan->connection, whole);
        });
    };
    std::shared_ptr<Channel> channel(connection.loan, &connection.loan->channel);
    responder_.send(std::move(channel), std::move(connection.stream), std::move(done));
}

void TcpServing::take_back(Connection& connection, bool whole) noexcept {
    connection.channel = std::move(connection.loan->channel);
    connection.loan.reset();
    if (!whole || finishing_) return close(connection);
    enter(connection, Phase::idle);
    take_turn(connection);  // what came behind the request waits in `unread`
}

bool TcpServing::evict_longest_idle() {
    auto& idle = queue_of(Phase::idle);
    if (idle.empty()) return false;
    counters_.tcp_evicted.add();
    close(idle.front());
    return true;
}

void TcpServing::enter(Connection& connection, Phase phase) {
    connection.unlink();
    connection.phase = phase;
    connection.since = Clock::now();
    queue_of(phase).push_back(connection);
    loop_.start_ticking();
}

void TcpServing::close(Connection& connection) {
    if (connection.wish != Loop::Wish::nothing) loop_.forget(connection);
    if (connection.loan != nullptr) connection.loan->connection = nullptr;
    if (connection.channel.is_shaking_hands()) counters_.tls_failed.add();
    counts_.leave(connection.client);
    delete &connection;  // which unlinks it, and closes the socket
}

/// A socket closed over unread octets would send a reset, which may overtake the replies.
void TcpServing::close_after_reading(Connection& connection) {
    connection.channel.end_sending();
    burst_.waste(connection);
    close(connection);
}

void TcpServing::close_overdue() {
    const auto now = Clock::now();
    close_overdue(Phase::handshake, now - limits_.handshake);
    close_overdue(Phase::idle, now - limits_.idle);
    close_overdue(Phase::message, now - limits_.message);
    close_overdue(Phase::write, now - limits_.write);
}

void TcpServing::close_overdue(Phase phase, Clock::time_point limit) {
    auto& queue = queue_of(phase);
    while (!queue.empty() && queue.front().since <= limit) {
        counters_.tcp_timed_out.add();
        close(queue.front());
    }
}

void TcpServing::finish() {
    finishing_ = true;
    for (const Phase phase : {Phase::handshake, Phase::idle, Phase::message}) {
        Queue waiting;  // a turn may put its connection into a queue again
        waiting.swap(queue_of(phase));
        while (!waiting.empty()) take_turn(waiting.front());
    }
}

void TcpServing::close_all() {
    for (auto& queue : queues_) {
        while (!queue.empty()) close(queue.front());
    }
}

bool TcpServing::is_empty() const {
    return std::ranges::all_of(queues_, [](const Queue& queue) { return queue.empty(); });
}

}  // namespace portolan::net
