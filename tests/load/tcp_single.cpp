// tcp_single: asks a server one question a TCP connection, and counts the answers.
//
//     tcp_single ADDR:PORT QUESTIONS [--seconds N] [--count N] [--first N] [--sockets N] [--window
//     N]
//
// `sockets` connections are open at a time; each carries one question, is closed by this side when
// it is answered, and the next one is opened. --window means nothing here. Over IPv4 loopback the
// connections come from sixteen addresses (127.0.1.1 and up), so that closed ones, which wait in
// TIME-WAIT, do not use up the ports. One line of JSON at the end.
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "flood.hpp"
#include "portolan/net/socket.hpp"

namespace {

namespace net = portolan::net;
using namespace portolan::load;

constexpr std::uint32_t first_source = 0x7f000101;  // 127.0.1.1
constexpr std::size_t sources = 16;

class Client {
public:
    Client(const Questions& questions, const Options& options, std::size_t number, Tally& tally)
        : questions_(questions), server_(options.server), number_(number), tally_(tally) {}

    [[nodiscard]] bool is_waiting() const { return static_cast<bool>(socket_); }

    void listen(Clock::time_point now) {
        if (!socket_) return;
        const auto count =
            recv(socket_.get(), room_.data() + held_, room_.size() - held_, MSG_DONTWAIT);
        if (count > 0) {
            held_ += static_cast<std::size_t>(count);
            if (held_ >= 2 && held_ >= 2 + read_u16(room_.data())) take(held_ - 2);
        } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
            ++tally_.closed;
            give_up();
        } else if (now - asked_ > patience) {
            give_up();
        }
    }

    void ask(Turn& turn, Clock::time_point now) {
        if (socket_ || turn.available(1) == 0) return;
        open();
        const auto question = questions_.framed(turn.next(), 1);
        // One question fits into the buffer of a new socket: no short count.
        if (send(socket_.get(), question.data(), question.size(), MSG_NOSIGNAL) < 0) {
            refuse("tcp_single: cannot send: " + std::string(std::strerror(errno)));
        }
        asked_ = now;
        ++tally_.sent;
        turn.take(1);
    }

private:
    /// Over loopback, connect() does not wait: the system completes the handshake at once.
    void open() {
        socket_ = net::Descriptor(::socket(server_.family(), SOCK_STREAM, 0));
        if (server_.family() == AF_INET) bind_to_source();
        if (connect(socket_.get(), server_.data(), server_.size) != 0) {
            refuse("tcp_single: cannot connect: " + std::string(std::strerror(errno)));
        }
    }

    void bind_to_source() {
        const int yes = 1;
        setsockopt(socket_.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
        sockaddr_in source{};
        source.sin_family = AF_INET;
        source.sin_addr.s_addr =
            htonl(first_source + static_cast<std::uint32_t>(number_ % sources));
        // Where it is refused, because the server is not on loopback, the system chooses.
        (void)bind(socket_.get(), reinterpret_cast<const sockaddr*>(&source), sizeof source);
    }

    void take(std::size_t size) {
        if (is_response(room_.data() + 2, size)) {
            tally_.count(room_.data() + 2, size);
        } else {
            ++tally_.strange;
        }
        finish();
    }

    void give_up() {
        ++tally_.lost;
        finish();
    }

    void finish() {
        net::Descriptor(socket_.release());  // closes it
        held_ = 0;
    }

    const Questions& questions_;
    const net::Endpoint& server_;
    std::size_t number_;
    Tally& tally_;
    net::Descriptor socket_;
    Clock::time_point asked_;
    std::size_t held_ = 0;  // octets in room_
    std::array<std::uint8_t, 2 + 65535> room_{};
};

}  // namespace

int main(int count, char** words) {
    return flood(
        count, words,
        [](const Questions& questions, const Options& options, std::size_t number, Tally& tally) {
            return std::make_unique<Client>(questions, options, number, tally);
        });
}
