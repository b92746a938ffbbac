#include "portolan/app/notifier.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <random>

#include "portolan/dns/presentation.hpp"
#include "portolan/dns/query.hpp"
#include "portolan/zone/soa.hpp"

namespace portolan::app {
namespace {

net::Endpoint endpoint_of(const registry::Address& address, registry::Port port) {
    net::Endpoint endpoint;
    if (address.is_v6()) {
        auto* v6 = reinterpret_cast<sockaddr_in6*>(&endpoint.storage);
        v6->sin6_family = AF_INET6;
        std::memcpy(&v6->sin6_addr, address.octets.data(), 16);
        endpoint.size = sizeof *v6;
    } else {
        auto* v4 = reinterpret_cast<sockaddr_in*>(&endpoint.storage);
        v4->sin_family = AF_INET;
        std::memcpy(&v4->sin_addr, address.octets.data(), 4);
        endpoint.size = sizeof *v4;
    }
    endpoint.set_port(port);
    return endpoint;
}

/// Header, question, and the new SOA as a hint (RFC 1996 3.7).
dns::Octets notify_of(dns::NameView apex, const dns::Rrset& soa, std::uint16_t id) {
    std::array<std::uint8_t, 2048> room;
    dns::Writer writer(room);
    constexpr auto opcode = static_cast<std::uint16_t>(dns::Opcode::notify);
    writer.u16(id);
    writer.u16(static_cast<std::uint16_t>(opcode << 11 | dns::flag::authoritative));
    writer.u16(1);
    writer.u16(1);
    writer.u32(0);
    writer.octets(apex.octets());
    writer.u16(static_cast<std::uint16_t>(dns::Type::soa));
    writer.u16(static_cast<std::uint16_t>(dns::Class::in));
    writer.octets(soa.body());  // its owner points at the question's name
    return {room.begin(), room.begin() + static_cast<std::ptrdiff_t>(writer.position())};
}

std::uint16_t random_id() {
    static std::random_device device;
    return static_cast<std::uint16_t>(device());
}

std::uint32_t serial_of(const dns::Rrset& soa) { return zone::read_soa(*soa.begin()).serial.value; }

}  // namespace

Notifier::Notifier(net::Loop& loop, std::vector<net::Endpoint> listen)
    : loop_(loop), listen_(std::move(listen)) {}

void Notifier::start() {
    open(sockets_[0], false);
    open(sockets_[1], true);
}

/// A system without IPv6 has no such socket, and no secondaries that want it.
void Notifier::open(Socket& socket, bool is_v6) {
    const int family = is_v6 ? AF_INET6 : AF_INET;
    socket.descriptor =
        net::Descriptor(::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.descriptor) return;
    for (net::Endpoint from : listen_) {
        if (from.is_v6() != is_v6 || from.is_wildcard()) continue;
        from.set_port(0);
        if (bind(socket.descriptor.get(), from.data(), from.size) == 0) break;
    }
    loop_.watch(socket.descriptor.get(), socket);
}

void Notifier::tell(dns::NameView apex, const dns::RrsetPtr& soa,
                    const std::vector<transfer::Policy::Secondary>& to) {
    std::erase_if(tellings_, [&](const auto& each) {
        return std::get<0>(each.first) == dns::PackedName(apex) &&
               std::ranges::none_of(to, [&](const auto& secondary) {
                   return secondary.address == std::get<1>(each.first) &&
                          secondary.port == std::get<2>(each.first);
               });
    });
    const auto now = Clock::now();
    for (const auto& secondary : to) {
        auto& telling = tellings_[{apex, secondary.address, secondary.port}];
        telling.to = secondary;
        const bool is_known = telling.told != nullptr && *telling.told == *soa;
        telling.soa = soa;
        if (is_known) continue;
        // What waits for an answer, or for a pause to end, goes out with this SOA instead.
        telling.next = std::max(now, telling.told == nullptr ? now : telling.next);
        if (telling.is_due && telling.sent > 0) telling.next = std::min(telling.next, now + quiet);
        telling.sent = 0;
        telling.is_due = true;
    }
    loop_.start_ticking();
    tick();
}

void Notifier::tick() {
    const auto now = Clock::now();
    for (auto& [key, telling] : tellings_) {
        if (!telling.is_due || telling.next > now) continue;
        if (telling.sent == attempts) {
            give_up(std::get<0>(key), telling);
        } else {
            send(std::get<0>(key), telling);
        }
    }
}

bool Notifier::is_at_rest() const noexcept {
    return std::ranges::none_of(tellings_, [](const auto& each) { return each.second.is_due; });
}

void Notifier::send(dns::NameView apex, Telling& telling) {
    telling.id = random_id();
    telling.told = telling.soa;
    telling.next = Clock::now() + first_patience * (1U << telling.sent);
    ++telling.sent;
    dns::Octets message = notify_of(apex, *telling.soa, telling.id);
    if (telling.to.key != nullptr) {
        dns::Tsig::of_client(telling.to.key)
            .sign(message, static_cast<std::uint64_t>(std::time(nullptr)));
    }
    const auto to = endpoint_of(telling.to.address, telling.to.port);
    const auto& socket = socket_for(telling.to.address).descriptor;
    const auto sent = sendto(socket.get(), message.data(), message.size(), 0, to.data(), to.size);
    spdlog::debug("NOTIFY {} serial {} to {}{}", dns::to_text(apex), serial_of(*telling.soa),
                  net::to_string(to), sent < 0 ? fmt::format(": {}", std::strerror(errno)) : "");
}

void Notifier::give_up(dns::NameView apex, Telling& telling) {
    spdlog::warn("{} does not answer to NOTIFY of {} serial {}",
                 net::to_string(endpoint_of(telling.to.address, telling.to.port)),
                 dns::to_text(apex), serial_of(*telling.told));
    telling.is_due = false;
    telling.sent = 0;
}

void Notifier::receive(Socket& socket) noexcept {
    std::array<std::uint8_t, 4096> room;
    for (int i = 0; i < 64; ++i) {
        net::Endpoint from;
        from.size = sizeof from.storage;
        const auto size = recvfrom(socket.descriptor.get(), room.data(), room.size(), MSG_DONTWAIT,
                                   from.data(), &from.size);
        // An error other than EAGAIN tells of an earlier message, and is gone once it was read.
        if (size < 0 && errno == EAGAIN) return;
        if (size < static_cast<ssize_t>(dns::header_octets)) continue;
        take_answer(from, {room.data(), static_cast<std::size_t>(size)});
    }
}

void Notifier::take_answer(const net::Endpoint& from, dns::OctetView answer) {
    const std::uint16_t flags = dns::load_u16(answer.data() + 2);
    const bool is_answer =
        (flags & dns::flag::response) != 0 &&
        (flags & dns::flag::opcode_mask) >> 11 == static_cast<unsigned>(dns::Opcode::notify);
    if (!is_answer) return;
    for (auto& [key, telling] : tellings_) {
        const auto to = endpoint_of(telling.to.address, telling.to.port);
        const bool is_its = telling.is_due && telling.sent > 0 &&
                            telling.id == dns::load_u16(answer.data()) &&
                            net::to_string(to) == net::to_string(from);
        if (!is_its) continue;
        const auto rcode = static_cast<dns::Rcode>(flags & 0xfU);
        if (rcode != dns::Rcode::noerror) {
            spdlog::warn("{} answers NOTIFY of {} with {}", net::to_string(to),
                         dns::to_text(std::get<0>(key)), to_string(rcode));
        }
        telling.is_due = false;
        telling.sent = 0;
        telling.next = Clock::now() + quiet;
    }
}

}  // namespace portolan::app
