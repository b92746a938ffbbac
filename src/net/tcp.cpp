#include "portolan/net/tcp.hpp"

#include <poll.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <cerrno>
#include <cstring>
#include <vector>

#include "portolan/dns/wire.hpp"

namespace portolan::net {
namespace {

namespace asio = boost::asio;
namespace intrusive = boost::intrusive;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t length_octets = 2;  // before each message (RFC 1035 4.2.2)
constexpr std::size_t largest_message = 65535;
constexpr std::size_t batch_size = 32;
constexpr int accepts_a_turn = 32;
constexpr int reads_a_turn = 4;
constexpr int reads_at_the_end = 64;  // when draining
constexpr int backlog_at_the_end = 4096;
constexpr milliseconds accept_pause{100};       // when no descriptor is left
constexpr std::chrono::seconds quiet_time{30};  // between two log lines about that

/// The buffers that a burst borrows; one set a worker. Reply rooms are touched as far as replies
/// reach, so their nominal size costs address space only.
struct Buffers {
    std::array<std::uint8_t, length_octets + largest_message> input;
    std::array<std::uint8_t, 2 * (length_octets + largest_message)> output;
    std::array<std::array<std::uint8_t, largest_message + 65>, batch_size> rooms;
    std::array<answer::Exchange, batch_size> exchanges;
};

/// What a connection is waiting for; each has its own time limit, and its own queue.
enum class Phase : std::uint8_t {
    idle,     // for the first octet of a message
    message,  // for the rest of one
    write,    // for the client to take its replies
};
constexpr std::size_t phases = 3;

struct Connection : std::enable_shared_from_this<Connection>,
                    intrusive::list_base_hook<intrusive::link_mode<intrusive::auto_unlink>> {
    Connection(asio::io_context& io, const ClientKey& key) : socket(io), client(key) {}

    asio::posix::stream_descriptor socket;
    ClientKey client;
    Phase phase = Phase::idle;
    bool at_end = false;               // the client sends no more, or is not heard any more
    bool broken = false;               // the system says that the connection is gone
    Clock::time_point since;           // when the phase began
    std::vector<std::uint8_t> unread;  // received, not yet answered
    std::vector<std::uint8_t> unsent;  // replies from `sent` on
    std::size_t sent = 0;
};
using ConnectionPtr = std::shared_ptr<Connection>;

/// Connections in one phase, the longest waiting first. As all of a queue have the same limit,
/// its head is always the next to run out: a timer wheel with nothing to turn.
using Queue = intrusive::list<Connection, intrusive::constant_time_size<false>>;

/// Whether something waits to be taken.
bool is_readable(int socket) {
    pollfd wanted{socket, POLLIN, 0};
    return poll(&wanted, 1, 0) == 1;
}

/// Gives the memory back, which clear() would keep.
void release(std::vector<std::uint8_t>& octets) { std::vector<std::uint8_t>().swap(octets); }

}  // namespace

ClientKey client_key(const sockaddr_storage& peer) noexcept {
    ClientKey key;
    key.is_v6 = peer.ss_family == AF_INET6;
    if (key.is_v6) {
        const auto& address = reinterpret_cast<const sockaddr_in6*>(&peer)->sin6_addr;
        std::memcpy(key.octets.data(), address.s6_addr, 8);
    } else {
        const auto& address = reinterpret_cast<const sockaddr_in*>(&peer)->sin_addr;
        std::memcpy(key.octets.data(), &address.s_addr, 4);
    }
    return key;
}

ConnectionCounts::Verdict ConnectionCounts::enter(const ClientKey& client) {
    const std::lock_guard lock(mutex_);
    const auto found = clients_.find(client);
    if (found != clients_.end() && found->second >= limits_.connections_per_client) {
        return Verdict::client_full;
    }
    if (total_ >= limits_.connections) return Verdict::all_full;
    ++clients_[client];
    ++total_;
    return Verdict::admitted;
}

void ConnectionCounts::leave(const ClientKey& client) {
    const std::lock_guard lock(mutex_);
    const auto found = clients_.find(client);
    if (--found->second == 0) clients_.erase(found);
    --total_;
}

std::size_t ConnectionCounts::total() const {
    const std::lock_guard lock(mutex_);
    return total_;
}

/// A listening socket, and the timer that lets it rest when descriptors have run out.
struct Listener {
    Listener(asio::io_context& io, Descriptor listening)
        : socket(io, listening.release()), pause(io) {}
    asio::posix::stream_descriptor socket;
    asio::steady_timer pause;
};

struct TcpServer::State {
    State(asio::io_context& context, const TcpLimits& tcp_limits,
          ConnectionCounts& connection_counts, Responder& answerer, Counters& worker_counters)
        : io(context), limits(tcp_limits), counts(connection_counts), responder(answerer),
          counters(worker_counters), tick(context),
          buffers(std::make_unique_for_overwrite<Buffers>()) {}

    ~State() { close_all(); }

    // --- clients come ---

    void await_client(Listener& listener) {
        listener.socket.async_wait(asio::posix::stream_descriptor::wait_read,
                                   [this, &listener](const boost::system::error_code& error) {
                                       if (error) return;
                                       if (accept(listener, accepts_a_turn)) await_client(listener);
                                   });
    }

    /// Takes waiting clients in. False when the descriptors have run out: then the clients stay
    /// in the backlog and the listener is asked again after a pause.
    bool accept(Listener& listener, int limit) {
        for (int turn = 0; turn < limit; ++turn) {
            sockaddr_storage peer{};
            socklen_t size = sizeof peer;
            const int number =
                accept4(listener.socket.native_handle(), reinterpret_cast<sockaddr*>(&peer), &size,
                        SOCK_NONBLOCK | SOCK_CLOEXEC);
            const int error = number < 0 ? errno : 0;
            if (number >= 0) {
                admit(Descriptor(number), client_key(peer));
            } else if (error == EAGAIN) {
                break;
            } else if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM) {
                // The system looks for a free descriptor before it looks for a client.
                if (!is_readable(listener.socket.native_handle())) break;
                if (evict_longest_idle()) continue;
                rest_listener(listener, error);
                return false;
            }  // else that client is gone again (ECONNABORTED and the like): the next one
        }
        return true;
    }

    /// When all places are taken, the connection that has been idle longest makes room, so that
    /// new clients are served (RFC 7766 6.2.3 lets a server close idle ones early). When none of
    /// this worker is idle, or the client itself has too many, the new one is closed: nobody
    /// pushes others out by opening more.
    void admit(Descriptor socket, const ClientKey& client) {
        auto verdict = counts.enter(client);
        if (verdict == ConnectionCounts::Verdict::all_full && evict_longest_idle()) {
            verdict = counts.enter(client);
        }
        if (verdict != ConnectionCounts::Verdict::admitted) return counters.tcp_refused.add();
        counters.tcp_accepted.add();
        if (!begin(std::move(socket), client)) counts.leave(client);
    }

    /// False when the system has no memory, or no more watches for epoll: the client is let go,
    /// the others stay.
    bool begin(Descriptor socket, const ClientKey& client) {
        try {
            if (!ticking) await_tick();
            const auto connection = std::make_shared<Connection>(io, client);
            connection->socket.assign(socket.get());  // throws while the descriptor is still ours
            static_cast<void>(socket.release());
            await(connection);
            enter(*connection, Phase::idle);
        } catch (const std::exception& error) {
            complain("serve a TCP client", error.what());
            return false;
        }
        return true;
    }

    bool evict_longest_idle() {
        auto& idle = queue_of(Phase::idle);
        if (idle.empty()) return false;
        counters.tcp_evicted.add();
        close(idle.front());
        return true;
    }

    void rest_listener(Listener& listener, int error) {
        counters.accept_failed.add();
        complain(
            "accept TCP clients, who wait until others leave (raise the limit of open files: "
            "ulimit -n, LimitNOFILE=)",
            std::strerror(error));
        listener.pause.expires_after(accept_pause);
        listener.pause.async_wait([this, &listener](const boost::system::error_code& cancelled) {
            if (!cancelled && !draining) await_client(listener);
        });
    }

    /// Once in a while; a server in need has no use for a line a client.
    void complain(const char* what, const char* why) {
        if (Clock::now() < next_complaint) return;
        next_complaint = Clock::now() + quiet_time;
        spdlog::warn("cannot {}: {}", what, why);
    }

    // --- a connection's turn ---

    void await(const ConnectionPtr& connection) {
        const auto what = connection->phase == Phase::write
                              ? asio::posix::stream_descriptor::wait_write
                              : asio::posix::stream_descriptor::wait_read;
        connection->socket.async_wait(what,
                                      [this, connection](const boost::system::error_code& error) {
                                          if (error || !connection->socket.is_open()) return;
                                          take_turn(connection);
                                      });
    }

    /// A connection for which there is no memory is closed; that is its own misfortune alone.
    void take_turn(const ConnectionPtr& connection) {
        try {
            if (serve(*connection)) await(connection);
        } catch (const std::exception& error) {
            complain("go on with a TCP client", error.what());
            responder.rest();
            close(*connection);
        }
    }

    /// Sends what is left, then reads and answers. False when the connection is closed.
    bool serve(Connection& connection) {
        replies_this_turn = 0;
        send_rest(connection);
        const int limit = draining ? reads_at_the_end : reads_a_turn;
        for (int turn = 0; turn < limit && connection.unsent.empty() && !connection.broken;
             ++turn) {
            if (!read_and_answer(connection)) break;
        }
        responder.rest();
        return settle(connection);
    }

    /// Decides what the connection waits for next.
    bool settle(Connection& connection) {
        const bool finished = connection.unsent.empty() && (connection.at_end || draining);
        if (connection.broken || finished) {
            close_after_reading(connection);
            return false;
        }
        const Phase next = !connection.unsent.empty()   ? Phase::write
                           : !connection.unread.empty() ? Phase::message
                                                        : Phase::idle;
        if (next != connection.phase || replies_this_turn > 0) enter(connection, next);
        return true;
    }

    /// One read, and one write for all the messages that it completed. True when there may be
    /// more to read at once.
    bool read_and_answer(Connection& connection) {
        std::size_t size = connection.unread.size();
        std::copy(connection.unread.begin(), connection.unread.end(), buffers->input.begin());
        release(connection.unread);
        const std::size_t room = buffers->input.size() - size;
        const std::size_t received = receive(connection, buffers->input.data() + size, room);
        size += received;
        const std::size_t done = answer(connection, size);
        const auto* input = buffers->input.data();
        connection.unread.assign(input + done, input + size);
        return received == room && !connection.at_end;
    }

    static std::size_t receive(Connection& connection, std::uint8_t* room, std::size_t size) {
        if (connection.at_end || size == 0) return 0;
        const auto count = recv(connection.socket.native_handle(), room, size, MSG_DONTWAIT);
        if (count > 0) return static_cast<std::size_t>(count);
        // The client may close its side as soon as it has asked: what it asked is still answered.
        if (count == 0) connection.at_end = true;
        if (count < 0 && errno != EAGAIN && errno != EINTR) connection.broken = true;
        return 0;
    }

    /// Answers the whole messages among the first `size` octets of the input, for as long as the
    /// client takes the replies. Returns the number of octets that are done with.
    std::size_t answer(Connection& connection, std::size_t size) {
        std::size_t done = 0;
        gathered = 0;
        while (connection.unsent.empty() && !connection.broken) {
            const std::size_t count = find_messages(done, size);
            if (count == 0) break;
            const std::span batch(buffers->exchanges.data(), count);
            responder.respond(batch);
            done += gather(connection, batch);
        }
        if (!connection.unsent.empty() || connection.broken) return done;
        send_gathered(connection);
        if (is_empty_message(done, size)) {
            // Nothing sensible follows a message without octets; the client is not heard further.
            connection.at_end = true;
            return size;
        }
        return done;
    }

    [[nodiscard]] bool is_empty_message(std::size_t at, std::size_t size) const {
        return at + length_octets <= size && dns::load_u16(buffers->input.data() + at) == 0;
    }

    /// Makes exchanges of the next whole messages from octet `at` on; returns their number.
    std::size_t find_messages(std::size_t at, std::size_t size) {
        std::size_t count = 0;
        while (count < batch_size && at + length_octets <= size) {
            const std::size_t length = dns::load_u16(buffers->input.data() + at);
            if (length == 0 || at + length_octets + length > size) break;
            buffers->exchanges[count] = {
                .request = {buffers->input.data() + at + length_octets, length},
                .room = {buffers->rooms[count].data(), largest_message},
                .transport = answer::Transport::tcp};
            at += length_octets + length;
            ++count;
        }
        return count;
    }

    /// Puts the replies into the output, which is sent when it is full. Stops when the client
    /// does not take them; the messages from there on are answered again later. Returns the
    /// octets of input whose replies are in the output, sent or kept.
    std::size_t gather(Connection& connection, std::span<const answer::Exchange> batch) {
        std::size_t done = 0;
        for (const auto& exchange : batch) {
            const bool replies = exchange.outcome == answer::Outcome::reply;
            if (replies && gathered + length_octets + exchange.size > buffers->output.size()) {
                send_gathered(connection);
                if (!connection.unsent.empty() || connection.broken) break;
            }
            if (replies) put_reply(exchange);
            counters.tcp_queries.add();
            counters.count(exchange);
            done += length_octets + exchange.request.size();
        }
        return done;
    }

    void put_reply(const answer::Exchange& exchange) {
        auto* at = buffers->output.data() + gathered;
        dns::store_u16(at, static_cast<std::uint16_t>(exchange.size));
        std::memcpy(at + length_octets, exchange.room.data(), exchange.size);
        gathered += length_octets + exchange.size;
        ++replies_this_turn;
    }

    /// What the kernel does not take is kept with the connection.
    void send_gathered(Connection& connection) {
        const std::size_t taken = send_some(connection, {buffers->output.data(), gathered});
        const auto* output = buffers->output.data();
        connection.unsent.assign(output + taken, output + gathered);
        gathered = 0;
    }

    void send_rest(Connection& connection) {
        const std::span<const std::uint8_t> rest(connection.unsent);
        connection.sent += send_some(connection, rest.subspan(connection.sent));
        if (connection.sent < connection.unsent.size()) return;
        release(connection.unsent);
        connection.sent = 0;
    }

    static std::size_t send_some(Connection& connection, std::span<const std::uint8_t> octets) {
        if (octets.empty() || connection.broken) return 0;
        const auto count = send(connection.socket.native_handle(), octets.data(), octets.size(),
                                MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count >= 0) return static_cast<std::size_t>(count);
        if (errno != EAGAIN && errno != EINTR) connection.broken = true;
        return 0;
    }

    // --- time and the end ---

    Queue& queue_of(Phase phase) { return queues[static_cast<std::size_t>(phase)]; }

    void enter(Connection& connection, Phase phase) {
        connection.unlink();
        connection.phase = phase;
        connection.since = Clock::now();
        queue_of(phase).push_back(connection);
    }

    /// The object itself goes with the wait that holds it.
    void close(Connection& connection) {
        connection.unlink();
        counts.leave(connection.client);
        boost::system::error_code ignored;
        connection.socket.close(ignored);
        if (draining && !has_connections()) tick.cancel();  // nothing is left to wait for
    }

    /// A socket closed over unread octets would send a reset, which may overtake the replies.
    void close_after_reading(Connection& connection) {
        shutdown(connection.socket.native_handle(), SHUT_WR);
        auto& waste = buffers->input;
        while (recv(connection.socket.native_handle(), waste.data(), waste.size(), MSG_DONTWAIT) ==
               static_cast<ssize_t>(waste.size())) {
            if (connection.broken) break;
        }
        close(connection);
    }

    void close_all() {
        for (auto& queue : queues) {
            while (!queue.empty()) close(queue.front());
        }
    }

    [[nodiscard]] bool has_connections() const {
        return !(queues[0].empty() && queues[1].empty() && queues[2].empty());
    }

    void await_tick() {
        const auto shortest = std::min({limits.idle, limits.message, limits.write});
        tick.expires_after(std::clamp(shortest / 8, milliseconds(5), milliseconds(250)));
        tick.async_wait([this](const boost::system::error_code& cancelled) {
            if (cancelled) return;
            const auto now = Clock::now();
            close_overdue(Phase::idle, now - limits.idle);
            close_overdue(Phase::message, now - limits.message);
            close_overdue(Phase::write, now - limits.write);
            if (draining && now >= patience_ends) close_all();
            ticking = has_connections();
            if (ticking) await_tick();
        });
        ticking = true;
    }

    void close_overdue(Phase phase, Clock::time_point limit) {
        auto& queue = queue_of(phase);
        while (!queue.empty() && queue.front().since <= limit) {
            counters.tcp_timed_out.add();
            close(queue.front());
        }
    }

    void drain(milliseconds patience) {
        for (auto& listener : listeners) {
            accept(*listener, backlog_at_the_end);
            boost::system::error_code ignored;
            listener->socket.close(ignored);
            listener->pause.cancel();
        }
        draining = true;
        patience_ends = Clock::now() + patience;
        for (const Phase phase : {Phase::idle, Phase::message}) {
            Queue waiting;
            waiting.swap(queue_of(phase));
            while (!waiting.empty()) finish(waiting.front());
        }
    }

    /// Answers what is there; the connection lives on only while replies are still to be taken.
    void finish(Connection& connection) {
        boost::system::error_code ignored;
        connection.socket.cancel(ignored);  // it waited for octets; now it may wait for room
        take_turn(connection.shared_from_this());
    }

    asio::io_context& io;
    const TcpLimits limits;
    ConnectionCounts& counts;
    Responder& responder;
    Counters& counters;
    std::vector<std::unique_ptr<Listener>> listeners;
    asio::steady_timer tick;
    bool ticking = false;
    bool draining = false;
    Clock::time_point patience_ends;
    Clock::time_point next_complaint;
    std::unique_ptr<Buffers> buffers;
    std::size_t gathered = 0;  // octets in buffers->output
    std::size_t replies_this_turn = 0;
    std::array<Queue, phases> queues;
};

TcpServer::TcpServer(asio::io_context& io, const TcpLimits& limits, ConnectionCounts& counts,
                     Responder& responder, Counters& counters)
    : state_(std::make_unique<State>(io, limits, counts, responder, counters)) {}

TcpServer::~TcpServer() = default;

void TcpServer::add_listener(Descriptor listener) {
    state_->listeners.push_back(std::make_unique<Listener>(state_->io, std::move(listener)));
}

void TcpServer::start() {
    for (auto& listener : state_->listeners) state_->await_client(*listener);
}

void TcpServer::drain(milliseconds patience) { state_->drain(patience); }

}  // namespace portolan::net
