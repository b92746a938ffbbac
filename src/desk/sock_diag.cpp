#include "desk/sock_diag.hpp"

#include <fmt/format.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace portolan::desk {
namespace {

// enum tcp_state of the kernel; its numbers are part of the interface, its header is not.
constexpr unsigned established = 1;
constexpr unsigned time_wait = 6;
constexpr unsigned closed = 7;  // a UDP socket without a peer
constexpr unsigned listening = 10;
constexpr unsigned bit(unsigned state) { return 1U << state; }

[[noreturn]] void fail(int error) {
    throw NoListeners(
        fmt::format("the kernel does not tell of its sockets (sock_diag: {}); `ss -H -tulnp | "
                    "portolan lint host --ss -` asks another way",
                    std::strerror(error)));
}

class Netlink {
public:
    Netlink() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) {
        if (socket_ < 0) fail(errno);
        const timeval patience{5, 0};
        setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    Netlink(const Netlink&) = delete;
    Netlink& operator=(const Netlink&) = delete;
    ~Netlink() { close(socket_); }

    void ask(int family, int protocol, unsigned states) const {
        struct {
            nlmsghdr header;
            inet_diag_req_v2 wanted;
        } request{};
        request.header.nlmsg_len = sizeof request;
        request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
        request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
        request.wanted.sdiag_family = static_cast<std::uint8_t>(family);
        request.wanted.sdiag_protocol = static_cast<std::uint8_t>(protocol);
        request.wanted.idiag_states = states;
        if (send(socket_, &request, sizeof request, 0) < 0) fail(errno);
    }

    /// Calls `take` with each message, until the dump is done.
    template <class Take>
    void read(const Take& take) const {
        alignas(nlmsghdr) std::array<char, 32768> room;
        for (;;) {
            const auto received = recv(socket_, room.data(), room.size(), 0);
            if (received < 0 && errno == EINTR) continue;
            if (received <= 0) fail(received == 0 ? EIO : errno);
            auto left = static_cast<unsigned>(received);
            for (auto* each = reinterpret_cast<nlmsghdr*>(room.data()); NLMSG_OK(each, left);
                 each = NLMSG_NEXT(each, left)) {
                if (each->nlmsg_type == NLMSG_DONE) return;
                if (each->nlmsg_type == NLMSG_ERROR)
                    fail(-static_cast<nlmsgerr*>(NLMSG_DATA(each))->error);
                if (each->nlmsg_type == SOCK_DIAG_BY_FAMILY) take(*each);
            }
        }
    }

private:
    int socket_;
};

/// IPV6_V6ONLY of a socket, which the kernel tells behind the fixed part.
bool is_v6_only(const nlmsghdr& message) {
    const auto& fixed = *static_cast<const inet_diag_msg*>(NLMSG_DATA(&message));
    auto left = static_cast<int>(message.nlmsg_len - NLMSG_LENGTH(sizeof fixed));
    const auto* attribute = reinterpret_cast<const rtattr*>(&fixed + 1);
    for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
        if (attribute->rta_type == INET_DIAG_SKV6ONLY)
            return *static_cast<const std::uint8_t*>(RTA_DATA(attribute)) != 0;
    return false;
}

registry::Address address_of(const inet_diag_msg& socket) {
    registry::Address address;
    address.size = socket.idiag_family == AF_INET6 ? 16 : 4;
    std::memcpy(address.octets.data(), socket.id.idiag_src, address.size);
    return without_mapping(address);
}

DiagSocket socket_of(const nlmsghdr& message, registry::Protocol protocol) {
    const auto& socket = *static_cast<const inet_diag_msg*>(NLMSG_DATA(&message));
    DiagSocket found;
    found.inode = socket.idiag_inode;
    found.user = socket.idiag_uid;
    found.listener.protocol = protocol;
    found.listener.port = ntohs(socket.id.idiag_sport);
    found.listener.address = address_of(socket);
    found.listener.is_of_both = found.listener.address.is_v6() &&
                                found.listener.is_on_every_address() && !is_v6_only(message);
    found.listener.is_listening =
        socket.idiag_state == (protocol == registry::Protocol::tcp ? listening : closed);
    return found;
}

}  // namespace

std::vector<DiagSocket> diagnosed_sockets(Wanted wanted) {
    struct Question {
        registry::Protocol protocol;
        int number;
        unsigned listening, all;  // states
    };
    const std::array questions{
        Question{registry::Protocol::tcp, IPPROTO_TCP, bit(listening), ~bit(time_wait)},
        Question{registry::Protocol::udp, IPPROTO_UDP, bit(closed), bit(closed) | bit(established)},
    };
    const Netlink kernel;
    std::vector<DiagSocket> all;
    for (const Question& each : questions) {
        for (const int family : {AF_INET, AF_INET6}) {
            kernel.ask(family, each.number,
                       wanted == Wanted::listening ? each.listening : each.all);
            kernel.read([&](const nlmsghdr& message) {
                if (message.nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg))) return;
                auto socket = socket_of(message, each.protocol);
                if (socket.listener.port != 0) all.push_back(std::move(socket));
            });
        }
    }
    return all;
}

}  // namespace portolan::desk
