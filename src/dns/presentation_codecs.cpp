#include "presentation_codecs.hpp"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstring>

namespace portolan::dns::codec {
namespace {

template <class Number>
std::optional<Number> whole_number(std::string_view text) noexcept {
    Number value = 0;
    const auto* end = text.data() + text.size();
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

/// Reads digits of `Bits` bits each; left-over bits must be zero and fewer than one digit's.
template <unsigned Bits, class Value>
bool read_digits(std::string_view digits, Octets& out, Value value_of) {
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char digit : digits) {
        const int value = value_of(digit);
        if (value < 0) return false;
        bits = (bits << Bits) | static_cast<std::uint32_t>(value);
        held += Bits;
        if (held < 8) continue;
        held -= 8;
        out.push_back(static_cast<std::uint8_t>(bits >> held));
        bits &= (1U << held) - 1U;
    }
    return held < Bits && bits == 0;
}

template <unsigned Bits>
void print_digits(OctetView octets, std::string_view alphabet, std::string& text) {
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const auto octet : octets) {
        bits = (bits << 8) | octet;
        for (held += 8; held >= Bits; held -= Bits)
            text += alphabet[(bits >> (held - Bits)) & ((1U << Bits) - 1U)];
        bits &= (1U << held) - 1U;
    }
    if (held > 0) text += alphabet[(bits << (Bits - held)) & ((1U << Bits) - 1U)];
}

int hex_value(char c) noexcept {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

int base32hex_value(char c) noexcept {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'v') return c - 'a' + 10;
    if (c >= 'A' && c <= 'V') return c - 'A' + 10;
    return -1;
}

int base64_value(char c) noexcept {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (is_digit(c)) return c - '0' + 52;
    if (c == '+') return 62;
    return c == '/' ? 63 : -1;
}

/// Days from 1970-01-01 to a date of the Gregorian calendar (after H. Hinnant's chrono notes).
std::int64_t days_of(std::int64_t year, std::int64_t month, std::int64_t day) noexcept {
    year -= month <= 2;
    const auto era = year / 400;
    const auto year_of_era = year - era * 400;
    const auto day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

struct Date {
    unsigned year, month, day;
};

/// The inverse of days_of, for days since 1970.
Date date_of(unsigned days) noexcept {
    const unsigned shifted = days + 719468;
    const unsigned era = shifted / 146097, day_of_era = shifted % 146097;
    const unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const unsigned day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const unsigned month = (5 * day_of_year + 2) / 153;  // from March
    const unsigned year = year_of_era + era * 400 + (month >= 10 ? 1U : 0U);
    return {year, month < 10 ? month + 3 : month - 9, day_of_year - (153 * month + 2) / 5 + 1};
}

bool date_exists(unsigned year, unsigned month, unsigned day) noexcept {
    constexpr std::array<unsigned, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1) return false;
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return day <= days[month - 1] + (month == 2 && leap ? 1U : 0U);
}

template <int Family, std::size_t Size>
bool read_address(std::string_view text, Octets& out) {
    std::array<char, INET6_ADDRSTRLEN + 1> terminated{};
    std::array<std::uint8_t, Size> octets{};
    if (text.size() >= terminated.size() || text.find('\0') != text.npos) return false;
    std::memcpy(terminated.data(), text.data(), text.size());
    if (inet_pton(Family, terminated.data(), octets.data()) != 1) return false;
    put(out, octets);
    return true;
}

template <int Family>
void print_address(OctetView octets, std::string& text) {
    std::array<char, INET6_ADDRSTRLEN + 1> buffer{};
    text += inet_ntop(Family, octets.data(), buffer.data(), buffer.size());
}

void print_two(unsigned value, std::string& text) {
    text += static_cast<char>('0' + value / 10 % 10);
    text += static_cast<char>('0' + value % 10);
}

}  // namespace

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t max) noexcept {
    const auto value = whole_number<std::uint32_t>(text);
    return value && *value <= max ? value : std::nullopt;
}

std::optional<std::uint8_t> octet(std::string_view text, std::size_t& at) noexcept {
    if (text[at] != '\\') return static_cast<std::uint8_t>(text[at++]);
    if (at + 1 == text.size()) return std::nullopt;
    if (!is_digit(text[at + 1])) {
        at += 2;
        return static_cast<std::uint8_t>(text[at - 1]);
    }
    const auto digits = text.substr(at + 1, 3);
    const auto value = number(digits, 255);
    if (!value || digits.size() != 3) return std::nullopt;
    at += 4;
    return static_cast<std::uint8_t>(*value);
}

std::optional<std::size_t> unescape(std::string_view text, Octets& out) {
    for (std::size_t at = 0; at < text.size();) {
        const auto start = at;
        const auto value = octet(text, at);
        if (!value) return start;
        out.push_back(*value);
    }
    return std::nullopt;
}

void print_decimal_escape(std::uint8_t octet, std::string& text) {
    text += '\\';
    text += static_cast<char>('0' + octet / 100);
    print_two(octet % 100U, text);
}

void print_quoted(OctetView octets, std::string& text) {
    text += '"';
    for (const auto octet : octets) {
        if (octet < 0x20 || octet > 0x7e) {
            print_decimal_escape(octet, text);
            continue;
        }
        if (octet == '"' || octet == '\\') text += '\\';
        text += static_cast<char>(octet);
    }
    text += '"';
}

bool read_hex(std::string_view digits, Octets& out) {
    return read_digits<4>(digits, out, hex_value);
}

bool read_base64(std::string_view digits, Octets& out) {
    if (digits.size() % 4 != 0) return false;
    for (int padding = 0; padding < 2 && digits.ends_with('='); ++padding) digits.remove_suffix(1);
    return read_digits<6>(digits, out, base64_value);
}

bool read_base32hex(std::string_view digits, Octets& out) {
    return read_digits<5>(digits, out, base32hex_value);
}

void print_hex(OctetView octets, std::string& text) {
    print_digits<4>(octets, "0123456789abcdef", text);
}

void print_base64(OctetView octets, std::string& text) {
    print_digits<6>(octets, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
                    text);
    text.append((3 - octets.size() % 3) % 3, '=');
}

void print_base32hex(OctetView octets, std::string& text) {
    print_digits<5>(octets, "0123456789abcdefghijklmnopqrstuv", text);
}

std::optional<std::uint32_t> time(std::string_view text) noexcept {
    if (text.size() != 14) return whole_number<std::uint32_t>(text);
    const auto value = whole_number<std::uint64_t>(text);
    if (!value) return std::nullopt;
    const auto date = static_cast<unsigned>(*value / 1000000);
    const auto clock = static_cast<unsigned>(*value % 1000000);
    const unsigned hour = clock / 10000, minute = clock / 100 % 100, second = clock % 100;
    const unsigned year = date / 10000, month = date / 100 % 100, day = date % 100;
    if (year < 1970 || !date_exists(year, month, day)) return std::nullopt;
    if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
    const auto seconds = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    return static_cast<std::uint32_t>(seconds);
}

void print_time(std::uint32_t seconds, std::string& text) {
    const auto date = date_of(seconds / 86400);
    for (const auto part : {date.year / 100, date.year % 100, date.month, date.day,
                            seconds / 3600 % 24, seconds / 60 % 60, seconds % 60})
        print_two(part, text);
}

bool read_ipv4(std::string_view text, Octets& out) { return read_address<AF_INET, 4>(text, out); }
bool read_ipv6(std::string_view text, Octets& out) { return read_address<AF_INET6, 16>(text, out); }
void print_ipv4(OctetView octets, std::string& text) { print_address<AF_INET>(octets, text); }
void print_ipv6(OctetView octets, std::string& text) { print_address<AF_INET6>(octets, text); }

void put_u16(Octets& out, std::uint32_t value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8));
    out.push_back(static_cast<std::uint8_t>(value));
}

void put_u32(Octets& out, std::uint32_t value) {
    put_u16(out, value >> 16);
    put_u16(out, value & 0xffffU);
}

void put(Octets& out, OctetView octets) { out.insert(out.end(), octets.begin(), octets.end()); }

}  // namespace portolan::dns::codec
