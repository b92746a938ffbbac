// udp_flood: asks a server over UDP as fast as one core can, and counts the answers.
//
//     udp_flood ADDR:PORT QUESTIONS [--seconds N] [--count N] [--first N] [--sockets N] [--window
//     N]
//
// The loop is closed: each socket has at most `window` questions under way, and asks again when
// half of them are answered, so that both sides work in bursts. It never sleeps while it may ask: a
// server would pay for waking it, the more often the faster the server is. One line of JSON at the
// end.
#include <sys/socket.h>

#include <bitset>

#include "flood.hpp"
#include "portolan/net/socket.hpp"

namespace {

namespace net = portolan::net;
using namespace portolan::load;

constexpr std::size_t batch_size = 64;
constexpr std::size_t room_octets = 4096;
constexpr int buffer_octets = 4 << 20;

/// Room for a burst of answers, shared by all sockets.
struct Burst {
    Burst() {
        for (std::size_t i = 0; i < batch_size; ++i) {
            parts[i] = {room[i].data(), room_octets};
            messages[i].msg_hdr.msg_iov = &parts[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
    }

    std::array<mmsghdr, batch_size> messages{};
    std::array<iovec, batch_size> parts{};
    std::array<std::array<std::uint8_t, room_octets + 192>, batch_size> room;
};

class Asker {
public:
    Asker(const Questions& questions, const Options& options, Burst& burst, Tally& tally)
        : questions_(questions), window_(options.window), burst_(burst), tally_(tally),
          socket_(::socket(options.server.family(), SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
        if (connect(socket_.get(), options.server.data(), options.server.size) != 0) {
            refuse("udp_flood: cannot open a socket");
        }
        setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &buffer_octets, sizeof buffer_octets);
        for (std::size_t i = 0; i < batch_size; ++i) {
            outgoing_[i].msg_hdr.msg_iov = &parts_[i];
            outgoing_[i].msg_hdr.msg_iovlen = 1;
        }
    }

    [[nodiscard]] bool is_waiting() const { return under_way_ > 0; }

    void listen(Clock::time_point now) {
        if (under_way_ == 0) return;
        const int count = recvmmsg(socket_.get(), burst_.messages.data(), batch_size, 0, nullptr);
        for (int i = 0; i < count; ++i) {
            const auto at = static_cast<std::size_t>(i);
            take(burst_.room[at].data(), burst_.messages[at].msg_len);
        }
        if (count > 0) {
            heard_ = now;
        } else if (now - heard_ > patience) {
            tally_.lost += under_way_;
            under_way_ = 0;
            waited_for_.reset();
        }
    }

    void ask(Turn& turn, Clock::time_point now) {
        if (under_way_ > window_ / 2) return;
        if (under_way_ == 0) heard_ = now;
        const std::size_t wish = turn.available(window_ - under_way_);
        std::size_t count = 0;
        for (; count < wish && !waited_for_[id_of(turn.next() + count)]; ++count) {
            const auto message = questions_.message(turn.next() + count);
            parts_[count] = {const_cast<std::uint8_t*>(message.data()), message.size()};
        }
        const int taken =
            sendmmsg(socket_.get(), outgoing_.data(), static_cast<unsigned>(count), 0);
        if (taken <= 0) return;
        const auto sent = static_cast<std::size_t>(taken);
        for (std::size_t i = 0; i < sent; ++i) waited_for_.set(id_of(turn.next() + i));
        under_way_ += sent;
        tally_.sent += sent;
        turn.take(sent);
    }

private:
    static std::size_t id_of(std::size_t question) { return question & 0xffff; }

    void take(const std::uint8_t* reply, std::size_t size) {
        if (!is_response(reply, size) || !waited_for_[read_u16(reply)]) {
            ++tally_.strange;
            return;
        }
        waited_for_.reset(read_u16(reply));
        --under_way_;
        tally_.count(reply, size);
    }

    const Questions& questions_;
    std::size_t window_;
    Burst& burst_;
    Tally& tally_;
    net::Descriptor socket_;
    std::size_t under_way_ = 0;
    std::bitset<65536> waited_for_;  // by ID
    Clock::time_point heard_;
    std::array<mmsghdr, batch_size> outgoing_{};
    std::array<iovec, batch_size> parts_{};
};

}  // namespace

int main(int count, char** words) {
    const auto burst = std::make_unique<Burst>();
    return flood(
        count, words,
        [&burst](const Questions& questions, const Options& options, std::size_t, Tally& tally) {
            return std::make_unique<Asker>(questions, options, *burst, tally);
        });
}
