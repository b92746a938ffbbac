// What a worker has done, counted.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "portolan/answer/respond.hpp"
#include "portolan/dns/query.hpp"

namespace portolan::net {

/// A number with one writer, readable from any thread. Adding is a load, an addition and a
/// store: no locked instruction, because nobody else writes.
class Counter {
public:
    void add(std::uint64_t amount = 1) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint64_t value() const noexcept {
        return value_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// The types that queries are counted by; all others are counted together, as the last.
inline constexpr std::array<std::optional<dns::Type>, 20> counted_types{
    dns::Type::a,     dns::Type::aaaa, dns::Type::srv,        dns::Type::txt,   dns::Type::ptr,
    dns::Type::ns,    dns::Type::soa,  dns::Type::mx,         dns::Type::cname, dns::Type::dnskey,
    dns::Type::ds,    dns::Type::cds,  dns::Type::nsec3param, dns::Type::naptr, dns::Type::svcb,
    dns::Type::https, dns::Type::tlsa, dns::Type::caa,        dns::Type::any,   std::nullopt};
/// And the RCODEs of replies, likewise.
inline constexpr std::array<std::optional<dns::Rcode>, 14> counted_rcodes{
    dns::Rcode::noerror,   dns::Rcode::formerr, dns::Rcode::servfail, dns::Rcode::nxdomain,
    dns::Rcode::notimp,    dns::Rcode::refused, dns::Rcode::yxdomain, dns::Rcode::yxrrset,
    dns::Rcode::nxrrset,   dns::Rcode::notauth, dns::Rcode::notzone,  dns::Rcode::badvers,
    dns::Rcode::badcookie, std::nullopt};

/// The place of a number among those that are counted, in one look.
template <std::size_t Numbers, class Counted>
constexpr std::array<std::uint8_t, Numbers> slots_of(const Counted& counted) {
    std::array<std::uint8_t, Numbers> slots{};
    slots.fill(static_cast<std::uint8_t>(counted.size() - 1));
    for (std::size_t i = 0; i + 1 < counted.size(); ++i)
        slots[static_cast<std::size_t>(*counted[i])] = static_cast<std::uint8_t>(i);
    return slots;
}

/// One worker's counters, on cache lines of their own.
struct alignas(64) Counters {
    Counter udp_queries;             // datagrams received
    Counter tcp_queries;             // messages received
    Counter dropped;                 // received and not answered: no query, or too short
    Counter truncated;               // replies with TC
    Counter limited;                 // not sent, because too many like it were
    Counter udp_send_failed;         // replies that the system did not take
    std::array<Counter, 6> replies;  // by answer::ReplyClass
    template <std::size_t Slots>
    using ByTransport = std::array<std::array<Counter, Slots>, 3>;  // answer::Transport
    ByTransport<counted_types.size()> queries_by_type;
    ByTransport<counted_rcodes.size()> replies_by_rcode;
    Counter tcp_accepted;
    Counter tcp_refused;    // closed at once: a limit was reached
    Counter tcp_evicted;    // idle and closed early to make room
    Counter tcp_timed_out;  // closed at the idle, message or write limit
    Counter accept_failed;  // out of descriptors or memory
    Counter tls_accepted;   // of tcp_accepted, those that were to shake hands
    Counter tls_failed;     // and did not

    /// Counts what became of one exchange.
    void count(const answer::Exchange& exchange) noexcept {
        if (exchange.outcome == answer::Outcome::drop) {
            (exchange.size > 0 ? limited : dropped).add();
            return;
        }
        replies[static_cast<std::size_t>(exchange.reply_class)].add();
        if (exchange.truncated) truncated.add();
        count_kinds(exchange);
    }

private:
    /// By what the reply's question and header say.
    void count_kinds(const answer::Exchange& exchange) noexcept {
        static constexpr auto type_slots = slots_of<258>(counted_types);
        static constexpr auto rcode_slots = slots_of<24>(counted_rcodes);
        if (exchange.size < dns::header_octets) return;
        const auto transport = static_cast<std::size_t>(exchange.transport);
        const auto* reply = exchange.room.data();
        std::size_t rcode = reply[3] & 0x0fU;
        if (exchange.opt_size != 0)  // its upper bits (RFC 6891 6.1.3)
            rcode |= std::size_t{reply[exchange.size - exchange.opt_size + 5]} << 4;
        replies_by_rcode[transport][rcode < rcode_slots.size() ? rcode_slots[rcode]
                                                               : counted_rcodes.size() - 1]
            .add();
        const std::size_t end = exchange.question_end;
        if (end < dns::header_octets + 5) return;  // no question was read
        const std::size_t type = std::size_t{reply[end - 4]} << 8 | reply[end - 3];
        queries_by_type[transport]
                       [type < type_slots.size() ? type_slots[type] : counted_types.size() - 1]
                           .add();
    }
};

}  // namespace portolan::net
