// Each kind of RDATA field from its text.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "portolan/dns/rdata.hpp"
#include "presentation_codecs.hpp"
#include "rdata_text.hpp"

namespace portolan::dns {
namespace {

struct Mnemonic {
    std::string_view text;
    std::uint32_t number;
};

/// DNS Security Algorithm Numbers (IANA).
constexpr auto algorithms = std::to_array<Mnemonic>({
    {"DELETE", 0},
    {"RSAMD5", 1},
    {"DH", 2},
    {"DSA", 3},
    {"RSASHA1", 5},
    {"DSA-NSEC3-SHA1", 6},
    {"NSEC3DSA", 6},
    {"RSASHA1-NSEC3-SHA1", 7},
    {"NSEC3RSASHA1", 7},
    {"RSASHA256", 8},
    {"RSASHA512", 10},
    {"ECC-GOST", 12},
    {"ECDSAP256SHA256", 13},
    {"ECDSAP384SHA384", 14},
    {"ED25519", 15},
    {"ED448", 16},
    {"INDIRECT", 252},
    {"PRIVATEDNS", 253},
    {"PRIVATEOID", 254},
});

/// Certificate types (RFC 4398 2.1).
constexpr auto certificates = std::to_array<Mnemonic>({
    {"PKIX", 1},
    {"SPKI", 2},
    {"PGP", 3},
    {"IPKIX", 4},
    {"ISPKI", 5},
    {"IPGP", 6},
    {"ACPKIX", 7},
    {"IACPKIX", 8},
    {"URI", 253},
    {"OID", 254},
});

bool same_word(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return fold(static_cast<std::uint8_t>(x)) == fold(static_cast<std::uint8_t>(y));
    });
}

template <std::size_t Count>
std::optional<std::uint32_t> named_number(const std::array<Mnemonic, Count>& mnemonics,
                                          std::string_view text, std::uint32_t max) {
    for (const auto& mnemonic : mnemonics)
        if (same_word(mnemonic.text, text)) return mnemonic.number;
    return codec::number(text, max);
}

/// Undoes escapes behind a length octet.
bool put_string(RdataText& text, std::string_view what, const Token& token, Octets& out) {
    const auto start = out.size();
    out.push_back(0);
    if (codec::unescape(token.text, out))
        return text.fail(fmt::format(
            "{} holds a broken escape: write \\ and a character, or \\ and three digits up to 255",
            what));
    const auto length = out.size() - start - 1;
    if (length > 255)
        return text.fail(fmt::format("{} is a string of {} octets, and a string holds at most 255",
                                     what, length));
    out[start] = static_cast<std::uint8_t>(length);
    return true;
}

/// Windows of the type bitmap (RFC 4034 4.1.2) for sorted types.
void put_bitmap(const std::vector<std::uint16_t>& types, Octets& out) {
    for (std::size_t i = 0; i < types.size();) {
        const auto window = types[i] >> 8;
        std::array<std::uint8_t, 32> bits{};
        std::size_t length = 0;
        for (; i < types.size() && types[i] >> 8 == window; ++i) {
            const auto low = types[i] & 0xffU;
            bits[low / 8] = static_cast<std::uint8_t>(bits[low / 8] | (0x80U >> (low % 8)));
            length = low / 8 + 1;
        }
        out.push_back(static_cast<std::uint8_t>(window));
        out.push_back(static_cast<std::uint8_t>(length));
        codec::put(out, OctetView(bits).first(length));
    }
}

/// Pairs or fours of hex digits with a separator: EUI-48/64, NID, L64.
bool put_groups(std::string_view text, std::size_t digits, char separator, std::size_t octets,
                Octets& out) {
    const auto start = out.size();
    for (std::size_t at = 0; at < text.size(); at += digits + 1) {
        if (!codec::read_hex(text.substr(at, digits), out)) return false;
        if (at + digits < text.size() && text[at + digits] != separator) return false;
    }
    const auto groups = octets * 2 / digits;
    return out.size() - start == octets && text.size() == groups * (digits + 1) - 1;
}

}  // namespace

std::string quoted_for_message(std::string_view token) {
    constexpr std::size_t longest = 40;
    if (token.size() <= longest) return fmt::format("\"{}\"", token);
    return fmt::format("\"{}…\"", token.substr(0, longest));
}

const Token* RdataText::take(std::string_view what) {
    if (!done()) return &tokens_[next_++];
    error_ = {tokens_.size(), fmt::format("{} data ends before its {}", to_string(type_), what)};
    return nullptr;
}

std::optional<std::string> RdataText::take_rest(std::string_view what) {
    const auto* first = take(what);
    if (!first) return std::nullopt;
    std::string joined(first->text);
    for (; !done(); ++next_) joined += tokens_[next_].text;
    return joined;
}

bool RdataText::fail(std::string message) {
    error_ = {next_ == 0 ? 0 : next_ - 1, std::move(message)};
    return false;
}

bool RdataText::fail_left_over() {
    error_ = {next_, fmt::format("{} is too much: the {} data is complete before it",
                                 quoted_for_message(tokens_[next_].text), to_string(type_))};
    return false;
}

std::optional<std::uint32_t> RdataText::number(std::string_view what, std::uint32_t max) {
    const auto* token = take(what);
    if (!token) return std::nullopt;
    const auto value = codec::number(token->text, max);
    if (!value)
        fail(fmt::format("{} {} is not a number from 0 to {}", what,
                         quoted_for_message(token->text), max));
    return value;
}

bool RdataText::u8(std::string_view what, Octets& out) {
    const auto value = number(what, 0xff);
    if (value) out.push_back(static_cast<std::uint8_t>(*value));
    return value.has_value();
}

bool RdataText::u16(std::string_view what, Octets& out) {
    const auto value = number(what, 0xffff);
    if (value) codec::put_u16(out, *value);
    return value.has_value();
}

bool RdataText::u32(std::string_view what, Octets& out) {
    const auto value = number(what, 0xffffffff);
    if (value) codec::put_u32(out, *value);
    return value.has_value();
}

bool RdataText::seconds(std::string_view what, Octets& out) {
    const auto* token = take(what);
    if (!token) return false;
    const auto value = parse_seconds(token->text);
    if (!value)
        return fail(fmt::format("{} {} is not a time: write seconds, or units as in 1h30m", what,
                                quoted_for_message(token->text)));
    codec::put_u32(out, *value);
    return true;
}

bool RdataText::time(std::string_view what, Octets& out) {
    const auto* token = take(what);
    if (!token) return false;
    const auto value = codec::time(token->text);
    if (!value)
        return fail(fmt::format("{} {} is not a time: write YYYYMMDDHHMMSS in UTC", what,
                                quoted_for_message(token->text)));
    codec::put_u32(out, *value);
    return true;
}

bool RdataText::type(std::string_view what, Octets& out) {
    const auto* token = take(what);
    if (!token) return false;
    Type value{};
    if (!parse_type(token->text, value))
        return fail(fmt::format("{} {} is not an RR type", what, quoted_for_message(token->text)));
    codec::put_u16(out, static_cast<std::uint16_t>(value));
    return true;
}

bool RdataText::algorithm(std::string_view what, Octets& out) {
    const auto* token = take(what);
    if (!token) return false;
    const auto value = named_number(algorithms, token->text, 0xff);
    if (!value)
        return fail(
            fmt::format("{} {} is neither a number from 0 to 255 nor the name of a DNSSEC "
                        "algorithm",
                        what, quoted_for_message(token->text)));
    out.push_back(static_cast<std::uint8_t>(*value));
    return true;
}

bool RdataText::certificate(std::string_view what, Octets& out) {
    const auto* token = take(what);
    if (!token) return false;
    const auto value = named_number(certificates, token->text, 0xffff);
    if (!value)
        return fail(
            fmt::format("{} {} is neither a number from 0 to 65535 nor a certificate type "
                        "such as PKIX",
                        what, quoted_for_message(token->text)));
    codec::put_u16(out, *value);
    return true;
}

bool RdataText::name(std::string_view what, Octets& out) {
    const auto* token = take(what);
    if (!token) return false;
    if (const auto error = append_name(token->text, origin_, out))
        return fail(fmt::format("{} {} is not a domain name: {}", what,
                                quoted_for_message(token->text), error->message));
    return true;
}

bool RdataText::ipv4(std::string_view what, Octets& out) {
    const auto* token = take(what);
    if (!token) return false;
    return codec::read_ipv4(token->text, out) ||
           fail(fmt::format("{} {} is not an IPv4 address", what, quoted_for_message(token->text)));
}

bool RdataText::ipv6(std::string_view what, Octets& out) {
    const auto* token = take(what);
    if (!token) return false;
    return codec::read_ipv6(token->text, out) ||
           fail(fmt::format("{} {} is not an IPv6 address", what, quoted_for_message(token->text)));
}

bool RdataText::string(std::string_view what, Octets& out) {
    const auto* token = take(what);
    return token && put_string(*this, what, *token, out);
}

bool RdataText::strings(std::string_view what, Octets& out) {
    do {
        if (!string(what, out)) return false;
    } while (!done());
    return true;
}

bool RdataText::tag(std::string_view what, Octets& out) {
    const auto* token = take(what);
    if (!token) return false;
    const auto plain = [](char c) {
        const auto low = fold(static_cast<std::uint8_t>(c));
        return codec::is_digit(c) || (low >= 'a' && low <= 'z');
    };
    if (token->text.empty() || !std::all_of(token->text.begin(), token->text.end(), plain))
        return fail(
            fmt::format("{} {} must be letters and digits", what, quoted_for_message(token->text)));
    return put_string(*this, what, *token, out);
}

bool RdataText::text_rest(std::string_view what, Octets& out) {
    const auto* token = take(what);
    if (!token) return false;
    return !codec::unescape(token->text, out) ||
           fail(fmt::format("{} {} holds a broken escape", what, quoted_for_message(token->text)));
}

bool RdataText::base64_rest(std::string_view what, Octets& out) {
    if (done() && type_ == Type::key) return true;  // "no key", RFC 2535 3.1.2
    const auto text = take_rest(what);
    if (!text) return false;
    return (!text->empty() && codec::read_base64(*text, out)) ||
           fail(fmt::format("{} {} is not base64", what, quoted_for_message(*text)));
}

bool RdataText::hex_rest(std::string_view what, Octets& out) {
    const auto text = take_rest(what);
    if (!text) return false;
    return (!text->empty() && codec::read_hex(*text, out)) ||
           fail(fmt::format("{} {} is not pairs of hexadecimal digits", what,
                            quoted_for_message(*text)));
}

bool RdataText::base32_u8(std::string_view what, Octets& out) {
    const auto* token = take(what);
    if (!token) return false;
    const auto start = out.size();
    out.push_back(0);
    const bool good = codec::read_base32hex(token->text, out);
    const auto length = out.size() - start - 1;
    if (!good || length < 1 || length > 255)
        return fail(fmt::format("{} {} is not base32hex without padding", what,
                                quoted_for_message(token->text)));
    out[start] = static_cast<std::uint8_t>(length);
    return true;
}

bool RdataText::hex_u8(std::string_view what, Octets& out) {
    const auto* token = take(what);
    if (!token) return false;
    const auto start = out.size();
    out.push_back(0);
    const bool good = token->text == "-" || codec::read_hex(token->text, out);
    const auto length = out.size() - start - 1;
    if (!good || token->text.empty() || length > 255)
        return fail(fmt::format("{} {} is neither \"-\" nor up to 255 pairs of hexadecimal digits",
                                what, quoted_for_message(token->text)));
    out[start] = static_cast<std::uint8_t>(length);
    return true;
}

bool RdataText::types(std::string_view what, Octets& out) {
    std::vector<std::uint16_t> numbers;
    while (!done()) {
        Octets number;
        if (!type(what, number)) return false;
        numbers.push_back(static_cast<std::uint16_t>(number[0] << 8 | number[1]));
    }
    std::sort(numbers.begin(), numbers.end());
    put_bitmap(numbers, out);
    return true;
}

bool RdataText::eui(std::string_view what, Octets& out) {
    const auto* token = take(what);
    if (!token) return false;
    const std::size_t octets = type_ == Type::eui48 ? 6 : 8;
    return put_groups(token->text, 2, '-', octets, out) ||
           fail(fmt::format("{} {} is not {} pairs of hexadecimal digits with \"-\" between", what,
                            quoted_for_message(token->text), octets));
}

bool RdataText::locator64(std::string_view what, Octets& out) {
    const auto* token = take(what);
    if (!token) return false;
    return put_groups(token->text, 4, ':', 8, out) ||
           fail(
               fmt::format("{} {} is not four groups of four hexadecimal digits with \":\" between",
                           what, quoted_for_message(token->text)));
}

}  // namespace portolan::dns
