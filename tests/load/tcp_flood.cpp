// tcp_flood: pipelines questions to a server over TCP as fast as one core can, and counts the
// answers.
//
//     tcp_flood ADDR:PORT QUESTIONS [--seconds N] [--count N] [--first N] [--sockets N] [--window
//     N]
//
// Each connection has at most `window` questions under way (RFC 7766 6.2.1.1) and sends more with
// one write when half of them are answered. Answers may come in any order, so they are only
// counted. A connection that the server ends is opened again; what it owed is lost. One line of
// JSON at the end.
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "flood.hpp"
#include "portolan/net/socket.hpp"

namespace {

namespace net = portolan::net;
using namespace portolan::load;

constexpr std::size_t largest_message = 2 + 65535;

/// Between two looks at a connection. Who looks at once reads the answers of most servers one by
/// one, and then they pay more: NSD and Knot half as much again, PowerDNS twice as much.
constexpr auto interval = std::chrono::microseconds(100);

class Connection {
public:
    Connection(const Questions& questions, const Options& options, Tally& tally)
        : questions_(questions), options_(options), tally_(tally) {
        open();
    }

    [[nodiscard]] bool is_waiting() const { return under_way_ > 0; }

    void listen(Clock::time_point now) {
        if (under_way_ == 0) return;
        push();
        const auto count =
            recv(socket_.get(), room_.data() + held_, room_.size() - held_, MSG_DONTWAIT);
        if (count > 0) {
            heard_ = now;
            held_ += static_cast<std::size_t>(count);
            take_whole_messages();
        } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
            ++tally_.closed;
            start_again();
        } else if (now - heard_ > patience) {
            start_again();
        }
    }

    void ask(Turn& turn, Clock::time_point now) {
        if (rest_.empty()) {
            if (under_way_ == 0) heard_ = now;
            const std::size_t count = turn.available(options_.window - under_way_);
            if (count == 0) return;
            rest_ = questions_.framed(turn.next(), count);
            under_way_ += count;
            tally_.sent += count;
            turn.take(count);
        }
        push();
    }

private:
    /// Sends what the system takes of the last burst.
    void push() {
        if (rest_.empty()) return;
        const auto taken =
            send(socket_.get(), rest_.data(), rest_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (taken > 0) rest_ = rest_.subspan(static_cast<std::size_t>(taken));
    }

    void open() {
        socket_ = net::Descriptor(::socket(options_.server.family(), SOCK_STREAM, 0));
        const int yes = 1;
        setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (connect(socket_.get(), options_.server.data(), options_.server.size) != 0) {
            refuse("tcp_flood: cannot connect: " + std::string(std::strerror(errno)));
        }
    }

    void start_again() {
        tally_.lost += under_way_;
        under_way_ = held_ = 0;
        rest_ = {};
        open();
    }

    void take_whole_messages() {
        std::size_t at = 0;
        while (held_ - at >= 2) {
            const std::size_t size = read_u16(room_.data() + at);
            if (held_ - at < 2 + size) break;
            take(room_.data() + at + 2, size);
            at += 2 + size;
        }
        held_ -= at;
        std::memmove(room_.data(), room_.data() + at, held_);
    }

    void take(const std::uint8_t* reply, std::size_t size) {
        if (!is_response(reply, size) || under_way_ == 0) {
            ++tally_.strange;
            return;
        }
        --under_way_;
        tally_.count(reply, size);
    }

    const Questions& questions_;
    const Options& options_;
    Tally& tally_;
    net::Descriptor socket_;
    std::size_t under_way_ = 0;
    std::span<const std::uint8_t> rest_;  // of the last burst, not yet taken by the system
    Clock::time_point heard_;
    std::size_t held_ = 0;  // octets in room_
    std::array<std::uint8_t, 2 * largest_message> room_{};
};

}  // namespace

int main(int count, char** words) {
    const auto make = [](const Questions& questions, const Options& options, std::size_t,
                         Tally& tally) {
        return std::make_unique<Connection>(questions, options, tally);
    };
    return flood(count, words, make, interval);
}
