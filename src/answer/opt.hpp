// The OPT record of one reply.
//
// What it will hold is settled when the reply begins, so that its room can be set aside and EDNS
// survives truncation. Only an Extended DNS Error comes later, when the reason for the answer is
// known, and gives way when there is no room; and padding takes what there is, behind all else.
#pragma once

#include <string_view>

#include "portolan/answer/respond.hpp"
#include "portolan/dns/query.hpp"
#include "portolan/dns/wire.hpp"

namespace portolan::answer {

/// Why an answer is as it is (IANA "Extended DNS Error Codes").
enum class ExtendedError : std::uint16_t {
    none = 0xffff,
    other = 0,
    prohibited = 18,
    not_authoritative = 20,
    not_supported = 21,
};

class Opt {
public:
    /// The references must outlive it.
    Opt(const Exchange& exchange, const dns::Query& query, const Moment& moment) noexcept
        : query_(query), moment_(moment) {
        if (query.has_edns) size_ = dns::opt_octets;
        if (query.has_options) size_ += options_size(exchange.transport);
    }

    /// Octets to set aside; 0 for a query without EDNS, which gets none (RFC 6891 7).
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// The last one counts. `text` is UTF-8 and must last until the record is written; where it has
    /// no room, the error goes without.
    void explain(ExtendedError error, std::string_view text = {}) noexcept {
        error_ = error;
        text_ = text;
    }

    /// Writes the record behind the reply's other records, which leave size() octets at least below
    /// `limit`, and counts it in. Most have no options.
    void write(Exchange& exchange, std::size_t limit, dns::Rcode rcode) const noexcept {
        // RFC 6891 6.1.2: root owner, OPT, our size, extended rcode and flags, length, options.
        std::uint8_t* start = exchange.room.data() + exchange.size;
        *start = 0;
        dns::store_u16(start + 1, static_cast<std::uint16_t>(dns::Type::opt));
        dns::store_u16(start + 3, moment_.udp_limit);
        const std::uint32_t extended = static_cast<std::uint32_t>(rcode) >> 4;
        dns::store_u32(start + 5, extended << 24 | (query_.dnssec_ok ? 0x8000U : 0U));
        dns::store_u16(start + 9, 0);
        exchange.size += dns::opt_octets;
        exchange.opt_size = dns::opt_octets;
        if (size_ > dns::opt_octets || error_ != ExtendedError::none) {
            write_options(exchange, limit);
        }
    }

private:
    [[nodiscard]] bool has_cookie() const noexcept;
    [[nodiscard]] std::string_view nsid() const noexcept;
    [[nodiscard]] bool has_keepalive(Transport transport) const noexcept;
    [[nodiscard]] bool pads(Transport transport) const noexcept;
    [[nodiscard]] std::size_t options_size(Transport transport) const noexcept;
    void write_options(Exchange& exchange, std::size_t limit) const noexcept;
    void write_error(dns::Writer& writer) const noexcept;

    const dns::Query& query_;
    const Moment& moment_;
    std::size_t size_ = 0;
    ExtendedError error_ = ExtendedError::none;
    std::string_view text_;
};

}  // namespace portolan::answer
