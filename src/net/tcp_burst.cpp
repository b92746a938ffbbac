#include "tcp_burst.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "portolan/dns/wire.hpp"

namespace portolan::net {
namespace {

/// Whether the client has to take replies before any more can be sent.
bool is_full(const Connection& connection) {
    return connection.channel.is_broken() || !connection.unsent.empty();
}

/// Whether it has to take something before any more is answered.
bool is_stuck(const Connection& connection) {
    return is_full(connection) || connection.stream != nullptr;
}

/// Gives the memory back, which clear() would keep.
void release(std::vector<std::uint8_t>& octets) { std::vector<std::uint8_t>().swap(octets); }

}  // namespace

TcpBurst::TcpBurst(Responder& responder, Counters& counters)
    : responder_(responder), counters_(counters),
      buffers_(std::make_unique_for_overwrite<Buffers>()) {}

bool TcpBurst::take_turn(Connection& connection, int reads) {
    replied_ = false;
    send_rest(connection);
    for (int i = 0; i < reads && !is_stuck(connection) && !connection.deaf; ++i) {
        if (!read_and_answer(connection)) break;
    }
    return replied_;
}

/// One read, and one write for all the messages that it completed. True when there may be more to
/// read at once.
bool TcpBurst::read_and_answer(Connection& connection) {
    const std::span<std::uint8_t> input(buffers_->input);
    std::size_t size = connection.unread.size();
    std::copy(connection.unread.begin(), connection.unread.end(), input.begin());
    const auto room = input.subspan(size);
    const std::size_t received = connection.channel.receive(room);
    size += received;
    const std::size_t done = answer(connection, size);
    if (done < size) {
        connection.unread.assign(input.begin() + static_cast<std::ptrdiff_t>(done),
                                 input.begin() + static_cast<std::ptrdiff_t>(size));
    } else {
        release(connection.unread);
    }
    return received == room.size();
}

/// Answers the whole messages among the first `size` octets of the input, for as long as the
/// client takes the replies. Returns the number of octets that are done with.
std::size_t TcpBurst::answer(Connection& connection, std::size_t size) {
    std::size_t done = 0;
    gathered_ = 0;
    while (!is_stuck(connection)) {
        const std::size_t count = find_messages(connection, done, size);
        if (count == 0) break;
        const std::span batch(buffers_->exchanges.data(), count);
        responder_.respond(batch);
        done += gather(connection, batch);
    }
    if (is_full(connection)) return done;
    send_gathered(connection);
    if (connection.stream != nullptr) return done;  // the rest is answered behind it
    const bool is_empty_message =
        done + length_octets <= size && dns::load_u16(buffers_->input.data() + done) == 0;
    if (!is_empty_message) return done;
    connection.deaf = true;  // nothing sensible follows a message without octets
    return size;
}

/// Makes exchanges of the next whole messages from octet `at` on; returns their number.
std::size_t TcpBurst::find_messages(const Connection& connection, std::size_t at,
                                    std::size_t size) {
    const auto transport =
        connection.channel.is_tls() ? answer::Transport::tls : answer::Transport::tcp;
    std::size_t count = 0;
    while (count < batch_size && at + length_octets <= size) {
        const std::size_t length = dns::load_u16(buffers_->input.data() + at);
        if (length == 0 || at + length_octets + length > size) break;
        buffers_->exchanges[count] = {
            .request = {buffers_->input.data() + at + length_octets, length},
            .room = {buffers_->rooms[count].data(), largest_message},
            .transport = transport,
            .source = connection.client.view()};
        at += length_octets + length;
        ++count;
    }
    return count;
}

/// Puts the replies into the output, which is sent when it is full. Stops when the client does
/// not take them; the messages from there on are answered again later. Returns the octets of
/// input whose replies are in the output, sent or kept.
std::size_t TcpBurst::gather(Connection& connection, std::span<answer::Exchange> batch) {
    std::size_t done = 0;
    for (auto& exchange : batch) {
        if (exchange.outcome == answer::Outcome::transfer) {
            connection.stream = responder_.transfer(
                exchange, {connection.channel.client(), connection.channel.client_names()});
        } else if (exchange.outcome == answer::Outcome::update) {
            connection.stream = responder_.update(
                exchange, {connection.channel.client(), connection.channel.client_names()});
        }
        const bool replies = exchange.outcome == answer::Outcome::reply;
        if (replies && gathered_ + length_octets + exchange.size > buffers_->output.size()) {
            send_gathered(connection);
            if (is_stuck(connection)) break;
        }
        if (replies) put_reply(exchange);
        counters_.tcp_queries.add();
        counters_.count(exchange);
        done += length_octets + exchange.request.size();
        if (connection.stream != nullptr) break;
    }
    return done;
}

void TcpBurst::put_reply(const answer::Exchange& exchange) {
    auto* at = buffers_->output.data() + gathered_;
    dns::store_u16(at, static_cast<std::uint16_t>(exchange.size));
    std::memcpy(at + length_octets, exchange.room.data(), exchange.size);
    gathered_ += length_octets + exchange.size;
    replied_ = true;
}

/// What the system does not take is kept with the connection.
void TcpBurst::send_gathered(Connection& connection) {
    const std::span<const std::uint8_t> output(buffers_->output.data(), gathered_);
    const auto rest = output.subspan(connection.channel.send(output));
    connection.unsent.assign(rest.begin(), rest.end());
    gathered_ = 0;
}

void TcpBurst::send_rest(Connection& connection) {
    const std::span<const std::uint8_t> rest(connection.unsent);
    connection.sent += connection.channel.send(rest.subspan(connection.sent));
    if (connection.sent < connection.unsent.size()) return;
    release(connection.unsent);
    connection.sent = 0;
}

void TcpBurst::waste(Connection& connection) {
    auto& input = buffers_->input;
    while (connection.channel.receive(input) == input.size()) {
    }
}

}  // namespace portolan::net
