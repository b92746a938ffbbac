#include "health/dns_probe.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "portolan/health/dns_question.hpp"

namespace portolan::health {
namespace {

constexpr std::size_t datagrams_per_turn = 16;

}  // namespace

DnsProbe::DnsProbe(const ProbeHome& home, const net::Endpoint& target, dns::Octets question)
    : home_(home), target_(target), question_(std::move(question)) {}

DnsProbe::~DnsProbe() {
    if (is_watched_) home_.loop.forget(*this);
}

/// The socket is connected, so that only the target's datagrams arrive, and its refusal (ICMP) too.
std::optional<Observation> DnsProbe::begin() noexcept {
    if (question_.empty()) return Observation{registry::Verdict::critical, "its name is no name"};
    socket_ = net::Descriptor(
        socket(target_.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP));
    if (!socket_ || connect(socket_.get(), target_.data(), target_.size) != 0 ||
        send(socket_.get(), question_.data(), question_.size(), 0) < 0) {
        return failed(errno);
    }
    if (!home_.loop.try_to_watch(socket_.get(), *this, net::Loop::Wish::read)) {
        return failed(ENOMEM);
    }
    is_watched_ = true;
    return std::nullopt;
}

void DnsProbe::ready() noexcept {
    if (auto found = listen()) home_.end.found(home_.seat, std::move(*found));
}

std::optional<Observation> DnsProbe::listen() {
    std::array<std::uint8_t, 512> room;  // a longer answer is cut, and begins like any other
    for (std::size_t i = 0; i < datagrams_per_turn; ++i) {
        const ssize_t count = recv(socket_.get(), room.data(), room.size(), 0);
        if (count < 0) {
            if (errno == EAGAIN || errno == EINTR) return std::nullopt;
            return failed(errno);
        }
        const dns::OctetView datagram(room.data(), static_cast<std::size_t>(count));
        if (auto found = judge_dns(question_, datagram)) return found;
    }
    return std::nullopt;
}

}  // namespace portolan::health
