// The small languages inside master file tokens: numbers, times, escapes, hex, base64, addresses.
// All are strict, pure and know nothing of records.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "portolan/dns/types.hpp"

namespace portolan::dns::codec {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Decimal digits and nothing else, at most `max`.
std::optional<std::uint32_t> number(std::string_view text, std::uint32_t max) noexcept;

/// One octet of text with escapes (RFC 1035 5.1) at `text[at]`; moves `at` behind it. Nothing
/// when the escape is broken: "\" at the end, \25, \256.
std::optional<std::uint8_t> octet(std::string_view text, std::size_t& at) noexcept;

/// Text with its escapes undone, appended; the offset of a broken escape, if there is one.
std::optional<std::size_t> unescape(std::string_view text, Octets& out);

/// "…" with quotes, backslashes and all but printable ASCII escaped.
void print_quoted(OctetView octets, std::string& text);
/// \DDD.
void print_decimal_escape(std::uint8_t octet, std::string& text);

/// Appends what the digits mean; false, with `out` in any state, when they are no such text.
bool read_hex(std::string_view digits, Octets& out);
bool read_base64(std::string_view digits, Octets& out);
bool read_base32hex(std::string_view digits, Octets& out);  // no padding, RFC 5155 3.3

void print_hex(OctetView octets, std::string& text);  // lower case
void print_base64(OctetView octets, std::string& text);
void print_base32hex(OctetView octets, std::string& text);  // lower case, no padding

/// YYYYMMDDHHMMSS or seconds since 1970, modulo 2^32 (RFC 4034 3.2).
std::optional<std::uint32_t> time(std::string_view text) noexcept;
void print_time(std::uint32_t seconds, std::string& text);

bool read_ipv4(std::string_view text, Octets& out);
bool read_ipv6(std::string_view text, Octets& out);
void print_ipv4(OctetView octets, std::string& text);
void print_ipv6(OctetView octets, std::string& text);

void put_u16(Octets& out, std::uint32_t value);
void put_u32(Octets& out, std::uint32_t value);
void put(Octets& out, OctetView octets);

}  // namespace portolan::dns::codec
