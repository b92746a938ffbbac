// What a worker has done, counted.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "portolan/answer/respond.hpp"

namespace portolan::net {

/// A number with one writer, readable from any thread. Adding is a load, an addition and a
/// store: no locked instruction, because nobody else writes.
class Counter {
public:
    void add(std::uint64_t amount = 1) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t value() const noexcept {
        return value_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// One worker's counters, on cache lines of their own.
struct alignas(64) Counters {
    Counter udp_queries;             // datagrams received
    Counter tcp_queries;             // messages received
    Counter dropped;                 // received and not answered: no query, or too short
    Counter truncated;               // replies with TC
    Counter limited;                 // not sent, because too many like it were
    Counter udp_send_failed;         // replies that the system did not take
    std::array<Counter, 6> replies;  // by answer::ReplyClass
    Counter tcp_accepted;
    Counter tcp_refused;    // closed at once: a limit was reached
    Counter tcp_evicted;    // idle and closed early to make room
    Counter tcp_timed_out;  // closed at the idle, message or write limit
    Counter accept_failed;  // out of descriptors or memory
    Counter tls_accepted;   // of tcp_accepted, those that were to shake hands
    Counter tls_failed;     // and did not

    /// Counts what became of one exchange.
    void count(const answer::Exchange& exchange) noexcept {
        if (exchange.outcome == answer::Outcome::drop) {
            (exchange.size > 0 ? limited : dropped).add();
            return;
        }
        replies[static_cast<std::size_t>(exchange.reply_class)].add();
        if (exchange.truncated) truncated.add();
    }
};

}  // namespace portolan::net
