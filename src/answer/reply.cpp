#include "reply.hpp"

#include <algorithm>

namespace portolan::answer {
namespace {

/// The largest reply: what the client takes over UDP, but never more than the operator allows.
std::size_t limit_of(const Exchange& exchange, const dns::Query& query,
                     const Moment& moment) noexcept {
    if (exchange.transport != Transport::udp)
        return std::min<std::size_t>(exchange.room.size(), 65535);
    const bool as_all =
        exchange.cookie == CookieState::good || moment.udp_limit_without_cookie == 0;
    const std::uint16_t allowed = as_all ? moment.udp_limit : moment.udp_limit_without_cookie;
    return std::min<std::size_t>(exchange.room.size(), std::min(query.payload, allowed));
}

/// What a batch does not do by the way: checking and making signatures, sending whole zones.
bool is_for_transfer(const dns::Query& query) noexcept {
    if (query.status == dns::QueryStatus::formerr || !query.has_question()) return false;
    return query.is_signed || query.type == dns::Type::axfr || query.type == dns::Type::ixfr;
}

bool is_update(const dns::Query& query) noexcept {
    constexpr unsigned update = static_cast<unsigned>(dns::Opcode::update) << 11;
    return query.status == dns::QueryStatus::notimp &&
           (query.flags & dns::flag::opcode_mask) == update;
}

Outcome outcome_of(const dns::Query& query, const Moment& moment) noexcept {
    if (is_for_transfer(query)) return Outcome::transfer;
    return moment.takes_updates && is_update(query) ? Outcome::update : Outcome::reply;
}

}  // namespace

Reply::Reply(Exchange& exchange, const dns::Query& query, const Moment& moment) noexcept
    : exchange_(exchange), query_(query), outcome_(outcome_of(query, moment)),
      opt_(exchange, query, moment), limit_(limit_of(exchange, query, moment)),
      writer_(exchange.room.first(limit_ - opt_.size())),
      flags_(static_cast<std::uint16_t>(
          dns::flag::response |
          (query.flags & (dns::flag::opcode_mask | dns::flag::recursion_desired |
                          dns::flag::checking_disabled)))) {
    writer_.octets(exchange.request.first(query.question_end));
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

bool Reply::authority_named(dns::OctetView labels, std::size_t rest, const dns::Rrset& rrset,
                            const Signatures& signatures) noexcept {
    const dns::OctetView body = rrset.body().subspan(2);  // without the owner's pointer
    const std::size_t start = writer_.position();
    const std::size_t size = labels.size() + 2 + body.size() + signatures.octets.size();
    if (start >= pointer_limit || writer_.left() < size) return false;
    writer_.octets(labels);
    writer_.u16(static_cast<std::uint16_t>(0xc000U | rest));
    writer_.octets(body);
    authorities_ = static_cast<std::uint16_t>(authorities_ + rrset.count());
    const std::size_t first = dns::Rrset::header_octets - 2 + dns::load_u16(body.data() + 8);
    if (rrset.count() > 1) {
        point_owners(writer_.at(start + labels.size() + 2 + first),
                     static_cast<std::uint16_t>(rrset.count() - 1), start);
    }
    return authority(signatures.octets, signatures.count, start);
}

bool Reply::answer_text(std::string_view text) noexcept {
    const auto size = static_cast<std::uint8_t>(text.size());
    const std::size_t start = writer_.position();
    const bool fits = writer_.u16(static_cast<std::uint16_t>(0xc000U | dns::header_octets)) &&
                      writer_.u16(static_cast<std::uint16_t>(dns::Type::txt)) &&
                      writer_.u16(static_cast<std::uint16_t>(dns::Class::ch)) && writer_.u32(0) &&
                      writer_.u16(static_cast<std::uint16_t>(1 + size)) && writer_.u8(size) &&
                      writer_.octets({reinterpret_cast<const std::uint8_t*>(text.data()), size});
    if (!fits) {
        writer_.rewind(start);
        return false;
    }
    ++answers_;
    return true;
}

void Reply::finish(dns::Rcode rcode, ReplyClass reply_class) noexcept {
    std::uint8_t* header = exchange_.room.data();
    const std::size_t end = writer_.position();
    const auto code = static_cast<std::uint16_t>(rcode);
    dns::store_u16(header + 2, static_cast<std::uint16_t>(flags_ | (code & 0xfU)));
    dns::store_u16(header + 4, query_.has_question() ? 1 : 0);
    dns::store_u16(header + 6, answers_);
    dns::store_u16(header + 8, authorities_);
    dns::store_u16(header + 10, static_cast<std::uint16_t>(additionals_ + query_.has_edns));
    exchange_.outcome = outcome_;
    exchange_.reply_class = reply_class;
    exchange_.truncated = (flags_ & dns::flag::truncated) != 0;
    exchange_.question_end = static_cast<std::uint16_t>(query_.question_end);
    exchange_.size = static_cast<std::uint32_t>(end);
    exchange_.opt_size = 0;
    if (query_.has_edns) opt_.write(exchange_, limit_, rcode);
}

}  // namespace portolan::answer
