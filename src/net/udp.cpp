#include "portolan/net/udp.hpp"

#include <poll.h>

#include <array>
#include <cerrno>

#include "portolan/net/loop.hpp"

namespace portolan::net {
namespace {

constexpr std::size_t batch_size = 64;
constexpr int batches_a_turn = 8;         // then the worker's other sockets get theirs
constexpr int batches_at_the_end = 4096;  // when draining: more than any receive buffer holds
constexpr int send_patience = 5;          // milliseconds, for a full send buffer

constexpr std::size_t message_octets = 4096;  // the largest request taken whole, and reply
// Not a power of two, so that the messages of a batch do not compete for the same cache sets.
constexpr std::size_t stride = message_octets + 192;
constexpr std::size_t control_octets = CMSG_SPACE(sizeof(in6_pktinfo));

using Room = std::array<std::uint8_t, stride>;

/// The reply goes out from the address that was asked; where to, routing decides: the interface
/// is kept for link-local addresses alone, which mean nothing without it.
void reply_from_asked_address(msghdr& message) {
    for (cmsghdr* item = CMSG_FIRSTHDR(&message); item != nullptr;
         item = CMSG_NXTHDR(&message, item)) {
        if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_PKTINFO) {
            reinterpret_cast<in_pktinfo*>(CMSG_DATA(item))->ipi_ifindex = 0;
        } else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
            auto* info = reinterpret_cast<in6_pktinfo*>(CMSG_DATA(item));
            if (!IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr)) info->ipi6_ifindex = 0;
        }
    }
}

/// Waits a moment for room in the send buffer.
bool wait_for_room(int socket) {
    pollfd wanted{socket, POLLOUT, 0};
    return poll(&wanted, 1, send_patience) == 1;
}

}  // namespace

class UdpBatch {
public:
    UdpBatch() {
        for (std::size_t i = 0; i < batch_size; ++i) {
            arrivals_[i] = {requests_[i].data(), message_octets};
            auto& header = received_[i].msg_hdr;
            header.msg_iov = &arrivals_[i];
            header.msg_iovlen = 1;
            header.msg_name = &peers_[i];
        }
    }

    /// The number of datagrams taken; 0 when there are none.
    std::size_t receive(int socket, bool wildcard) {
        for (std::size_t i = 0; i < batch_size; ++i) {
            auto& header = received_[i].msg_hdr;
            header.msg_namelen = sizeof peers_[i];
            header.msg_control = wildcard ? control_[i].data() : nullptr;
            header.msg_controllen = wildcard ? control_octets : 0;
        }
        // An error other than EAGAIN tells of an earlier datagram and is gone once it was read.
        for (int attempt = 0; attempt < 8; ++attempt) {
            const int count = recvmmsg(socket, received_.data(), batch_size, MSG_DONTWAIT, nullptr);
            if (count >= 0) return static_cast<std::size_t>(count);
            if (errno == EAGAIN) break;
        }
        return 0;
    }

    std::span<answer::Exchange> exchanges(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            exchanges_[i] = {.request = {requests_[i].data(), received_[i].msg_len},
                             .room = {replies_[i].data(), message_octets},
                             .transport = answer::Transport::udp,
                             .source = address_octets(peers_[i])};
        }
        return {exchanges_.data(), count};
    }

    /// Sends the replies of the last `count` exchanges.
    void send(int socket, std::size_t count, Responder& responder, Counters& counters) {
        const std::size_t replies = gather(socket, count, responder, counters);
        std::size_t sent = 0;
        bool waited = false;
        while (sent < replies) {
            const int taken = sendmmsg(socket, outgoing_.data() + sent,
                                       static_cast<unsigned>(replies - sent), MSG_DONTWAIT);
            if (taken > 0) {
                sent += static_cast<std::size_t>(taken);
            } else if (errno == EAGAIN && !waited) {
                waited = true;
                wait_for_room(socket);
            } else if (errno == EAGAIN) {  // the link is slower than the queries: shed the rest
                counters.udp_send_failed.add(replies - sent);
                return;
            } else if (errno != EINTR && errno != ECONNREFUSED) {
                // The first one cannot go (unreachable, source port 0, firewall, …); others may.
                // ECONNREFUSED tells of an earlier datagram, so that one is tried again.
                counters.udp_send_failed.add();
                ++sent;
            }
        }
    }

private:
    std::size_t gather(int socket, std::size_t count, Responder& responder, Counters& counters) {
        std::size_t replies = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (exchanges_[i].outcome == answer::Outcome::transfer) {
                responder.transfer(exchanges_[i], {peers_[i]});
            } else if (exchanges_[i].outcome == answer::Outcome::update) {
                msghdr reply = received_[i].msg_hdr;
                if (reply.msg_controllen > 0) reply_from_asked_address(reply);
                responder.update(exchanges_[i], {peers_[i]}, LateReply(socket, reply));
            }
            counters.count(exchanges_[i]);
            if (exchanges_[i].outcome != answer::Outcome::reply) continue;
            departures_[replies] = {replies_[i].data(), exchanges_[i].size};
            auto& header = outgoing_[replies].msg_hdr;
            header = received_[i].msg_hdr;
            header.msg_iov = &departures_[replies];
            if (header.msg_controllen > 0) reply_from_asked_address(header);
            ++replies;
        }
        return replies;
    }

    std::array<mmsghdr, batch_size> received_{};
    std::array<mmsghdr, batch_size> outgoing_{};
    std::array<iovec, batch_size> arrivals_{};
    std::array<iovec, batch_size> departures_{};
    std::array<sockaddr_storage, batch_size> peers_{};
    struct alignas(cmsghdr) Control : std::array<std::uint8_t, control_octets> {};
    std::array<Control, batch_size> control_{};
    std::array<answer::Exchange, batch_size> exchanges_{};
    std::array<Room, batch_size> requests_;
    std::array<Room, batch_size> replies_;
};

std::shared_ptr<UdpBatch> make_udp_batch() { return std::make_shared<UdpBatch>(); }

struct UdpServer::State final : Watcher {
    State(Loop& worker_loop, Descriptor bound, const Endpoint& endpoint,
          std::shared_ptr<UdpBatch> buffers, Responder& answerer, Counters& worker_counters)
        : loop(worker_loop), socket(std::move(bound)), wildcard(endpoint.is_wildcard()),
          batch(std::move(buffers)), responder(answerer), counters(worker_counters) {}

    void ready() noexcept override { answer(batches_a_turn); }

    /// Answers until the socket is empty, for at most `limit` batches.
    void answer(int limit) noexcept {
        for (int turn = 0; turn < limit; ++turn) {
            const std::size_t count = batch->receive(socket.get(), wildcard);
            if (count == 0) break;
            counters.udp_queries.add(count);
            responder.respond(batch->exchanges(count));
            batch->send(socket.get(), count, responder, counters);
            if (count < batch_size) break;
        }
        responder.rest();
    }

    Loop& loop;
    Descriptor socket;
    const bool wildcard;
    std::shared_ptr<UdpBatch> batch;
    Responder& responder;
    Counters& counters;
};

UdpServer::UdpServer(Loop& loop, Descriptor socket, const Endpoint& endpoint,
                     std::shared_ptr<UdpBatch> batch, Responder& responder, Counters& counters)
    : state_(std::make_unique<State>(loop, std::move(socket), endpoint, std::move(batch), responder,
                                     counters)) {}

UdpServer::UdpServer(UdpServer&&) noexcept = default;
UdpServer::~UdpServer() = default;

void UdpServer::start() { state_->loop.watch(state_->socket.get(), *state_); }

void UdpServer::drain() {
    state_->answer(batches_at_the_end);
    state_->loop.forget(*state_);
    state_->socket = Descriptor();
}

}  // namespace portolan::net
