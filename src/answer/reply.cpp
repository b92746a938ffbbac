#include "reply.hpp"

#include <algorithm>

namespace portolan::answer {
namespace {

/// The largest reply: what the client takes over UDP, but never more than the operator allows.
std::size_t limit_of(const Exchange& exchange, const dns::Query& query,
                     const Moment& moment) noexcept {
    if (exchange.transport == Transport::tcp)
        return std::min<std::size_t>(exchange.room.size(), 65535);
    return std::min<std::size_t>(exchange.room.size(), std::min(query.payload, moment.udp_limit));
}

/// What a batch does not do by the way: checking and making signatures, sending whole zones.
bool is_for_transfer(const dns::Query& query) noexcept {
    if (query.status == dns::QueryStatus::formerr) return false;
    return query.is_signed || query.type == dns::Type::axfr || query.type == dns::Type::ixfr;
}

}  // namespace

Reply::Reply(Exchange& exchange, const dns::Query& query, const Moment& moment) noexcept
    : exchange_(exchange), query_(query), moment_(moment),
      writer_(exchange.room.first(limit_of(exchange, query, moment) -
                                  (query.has_edns ? dns::opt_octets : 0))),
      flags_(static_cast<std::uint16_t>(
          dns::flag::response |
          (query.flags & (dns::flag::opcode_mask | dns::flag::recursion_desired |
                          dns::flag::checking_disabled)))) {
    writer_.octets(exchange.request.first(std::max(query.question_end, dns::header_octets)));
}

dns::NameView Reply::name_at(std::size_t offset) const noexcept {
    dns::Reader reader(exchange_.room.first(writer_.position()), offset);
    const auto name = reader.plain_name();
    return name ? *name : dns::NameView();
}

bool Reply::answer_cname(dns::Ttl ttl, std::size_t owner, dns::NameView target) noexcept {
    const std::size_t start = writer_.position();
    const bool fits =
        owner < pointer_limit && writer_.u16(static_cast<std::uint16_t>(0xc000U | owner)) &&
        writer_.u16(static_cast<std::uint16_t>(dns::Type::cname)) &&
        writer_.u16(static_cast<std::uint16_t>(dns::Class::in)) && writer_.u32(ttl.seconds) &&
        writer_.u16(static_cast<std::uint16_t>(target.size())) && writer_.octets(target.octets());
    if (!fits) {
        writer_.rewind(start);
        return false;
    }
    ++answers_;
    return true;
}

void Reply::finish(dns::Rcode rcode, ReplyClass reply_class) noexcept {
    const auto code = static_cast<std::uint16_t>(rcode);
    std::size_t end = writer_.position();
    std::uint8_t* header = exchange_.room.data();
    if (query_.has_edns) {  // RFC 6891 6.1.2: root owner, OPT, our size, extended rcode, flags
        std::uint8_t* opt = header + end;
        *opt = 0;
        dns::store_u16(opt + 1, static_cast<std::uint16_t>(dns::Type::opt));
        dns::store_u16(opt + 3, moment_.udp_limit);
        const std::uint32_t extended = static_cast<std::uint32_t>(code >> 4) << 24;
        dns::store_u32(opt + 5, extended | (query_.dnssec_ok ? 0x8000U : 0U));
        dns::store_u16(opt + 9, 0);
        end += dns::opt_octets;
        ++additionals_;
    }
    dns::store_u16(header + 2, static_cast<std::uint16_t>(flags_ | (code & 0xfU)));
    dns::store_u16(header + 4, query_.question_end != 0 ? 1 : 0);
    dns::store_u16(header + 6, answers_);
    dns::store_u16(header + 8, authorities_);
    dns::store_u16(header + 10, additionals_);
    exchange_.outcome = is_for_transfer(query_) ? Outcome::transfer : Outcome::reply;
    exchange_.reply_class = reply_class;
    exchange_.truncated = (flags_ & dns::flag::truncated) != 0;
    exchange_.size = static_cast<std::uint32_t>(end);
}

}  // namespace portolan::answer
