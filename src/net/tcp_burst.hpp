// The messages of one connection that are here now: read at once, answered in batches, and their
// replies sent at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "portolan/net/counters.hpp"
#include "portolan/net/responder.hpp"
#include "tcp_connection.hpp"

namespace portolan::net {

/// Reads, answers and sends for one connection after the other. One a worker: a connection
/// borrows its buffers for the length of a turn.
class TcpBurst {
public:
    TcpBurst(Responder& responder, Counters& counters);

    /// Sends what is left over, then reads at most `reads` times and answers. What cannot be done
    /// yet stays with the connection. Returns whether there were replies. Throws std::bad_alloc.
    bool take_turn(Connection& connection, int reads);
    /// Takes what the client sent without looking at it.
    void waste(Connection& connection);

private:
    static constexpr std::size_t length_octets = 2;  // before each message (RFC 1035 4.2.2)
    static constexpr std::size_t largest_message = 65535;
    static constexpr std::size_t batch_size = 32;

    /// Reply rooms are touched as far as replies reach, so their size costs address space only.
    /// Odd ones, so that the messages of a batch do not compete for the same cache sets.
    struct Buffers {
        std::array<std::uint8_t, length_octets + largest_message> input;
        std::array<std::uint8_t, 2 * (length_octets + largest_message)> output;
        std::array<std::array<std::uint8_t, largest_message + 65>, batch_size> rooms;
        std::array<answer::Exchange, batch_size> exchanges;
    };

    bool read_and_answer(Connection& connection);
    std::size_t answer(Connection& connection, std::size_t size);
    std::size_t find_messages(const Connection& connection, std::size_t at, std::size_t size);
    std::size_t gather(Connection& connection, std::span<answer::Exchange> batch);
    void put_reply(const answer::Exchange& exchange);
    void send_gathered(Connection& connection);
    static void send_rest(Connection& connection);

    Responder& responder_;
    Counters& counters_;
    std::unique_ptr<Buffers> buffers_;
    std::size_t gathered_ = 0;  // octets in buffers_->output
    bool replied_ = false;      // in this turn
};

}  // namespace portolan::net
