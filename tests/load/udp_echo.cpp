// udp_echo: the practical limit of a name server on one socket and one core.
//
//     udp_echo ADDR:PORT OCTETS
//
// Takes up to 64 datagrams with one recvmmsg, calls each a response, makes it OCTETS long and sends
// all with one sendmmsg. It reads nothing and looks nothing up: what it costs is what the kernel
// costs. Ends with SIGTERM.
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "flood.hpp"
#include "portolan/net/socket.hpp"

namespace {

namespace net = portolan::net;
namespace load = portolan::load;

constexpr std::size_t batch_size = 64;
constexpr std::size_t room_octets = 4096;
constexpr int buffer_octets = 4 << 20;

net::Descriptor open_socket(const net::Endpoint& endpoint) {
    net::Descriptor socket(::socket(endpoint.family(), SOCK_DGRAM, 0));
    for (const int buffer : {SO_RCVBUF, SO_SNDBUF}) {
        setsockopt(socket.get(), SOL_SOCKET, buffer, &buffer_octets, sizeof buffer_octets);
    }
    if (bind(socket.get(), endpoint.data(), endpoint.size) != 0) {
        load::refuse("udp_echo: cannot bind to " + net::to_string(endpoint));
    }
    return socket;
}

class Echo {
public:
    Echo(const net::Endpoint& endpoint, std::size_t octets)
        : socket_(open_socket(endpoint)), octets_(octets) {
        for (std::size_t i = 0; i < batch_size; ++i) {
            arrivals_[i].msg_hdr.msg_iov = &parts_[i];
            arrivals_[i].msg_hdr.msg_iovlen = 1;
            arrivals_[i].msg_hdr.msg_name = &peers_[i];
        }
    }

    void turn() {
        for (std::size_t i = 0; i < batch_size; ++i) {
            parts_[i] = {room_[i].data(), room_octets};
            arrivals_[i].msg_hdr.msg_namelen = sizeof peers_[i];
        }
        const int count =
            recvmmsg(socket_.get(), arrivals_.data(), batch_size, MSG_WAITFORONE, nullptr);
        if (count > 0) send(answer(static_cast<std::size_t>(count)));
    }

private:
    std::size_t answer(std::size_t count) {
        std::size_t replies = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t size = arrivals_[i].msg_len;
            if (size < load::header_octets || load::is_response(room_[i].data(), size)) continue;
            room_[i][2] |= 0x80;  // QR
            parts_[i].iov_len = std::max(size, octets_);
            departures_[replies++] = arrivals_[i];
        }
        return replies;
    }

    void send(std::size_t replies) {
        for (std::size_t sent = 0; sent < replies;) {
            const int taken = sendmmsg(socket_.get(), departures_.data() + sent,
                                       static_cast<unsigned>(replies - sent), 0);
            sent += taken > 0 ? static_cast<std::size_t>(taken) : 1;  // one that cannot go is left
        }
    }

    net::Descriptor socket_;
    std::size_t octets_;
    std::array<mmsghdr, batch_size> arrivals_{};
    std::array<mmsghdr, batch_size> departures_{};
    std::array<iovec, batch_size> parts_{};
    std::array<sockaddr_storage, batch_size> peers_{};
    std::array<std::array<std::uint8_t, room_octets + 192>, batch_size> room_{};
};

}  // namespace

int main(int count, char** words) {
    if (count != 3) load::refuse("usage: udp_echo ADDR:PORT OCTETS");
    const auto endpoint = net::parse_endpoint(words[1]);
    if (!endpoint) load::refuse(endpoint.error().message);
    const auto octets = std::strtoul(words[2], nullptr, 10);
    if (octets > room_octets) load::refuse("udp_echo: at most 4096 octets");
    static Echo echo(*endpoint, octets);
    for (;;) echo.turn();
}
