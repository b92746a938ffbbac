#include "rdata_odd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "presentation_codecs.hpp"
#include "rdata_text.hpp"

namespace portolan::dns {
namespace {

// -- WKS (RFC 1035 3.4.2): protocol and a bitmap of ports, up to 65536 bits
// ------------------------

bool wks_well_formed(OctetView tail) noexcept { return !tail.empty() && tail.size() <= 1 + 8192; }

void wks_print(OctetView tail, std::string& text) {
    fmt::format_to(std::back_inserter(text), "{}", tail[0]);
    const auto bits = tail.subspan(1);
    for (std::size_t port = 0; port < bits.size() * 8; ++port)
        if (bits[port / 8] & (0x80U >> (port % 8)))
            fmt::format_to(std::back_inserter(text), " {}", port);
}

/// Sets one bit of a bitmap that begins at `start` of `out`, growing it as needed.
void set_bit(Octets& out, std::size_t start, std::size_t bit) {
    out.resize(std::max(out.size(), start + bit / 8 + 1));
    auto& octet = out[start + bit / 8];
    octet = static_cast<std::uint8_t>(octet | (0x80U >> (bit % 8)));
}

bool wks_parse(RdataText& text, Octets& out) {
    const auto* protocol = text.take("protocol");
    if (!protocol) return false;
    const auto number = protocol->text == "tcp" || protocol->text == "TCP" ? 6U
                        : protocol->text == "udp" || protocol->text == "UDP"
                            ? 17U
                            : codec::number(protocol->text, 255);
    if (!number)
        return text.fail(fmt::format("protocol {} is neither tcp, udp nor a number from 0 to 255",
                                     quoted_for_message(protocol->text)));
    out.push_back(static_cast<std::uint8_t>(*number));
    const auto start = out.size();
    while (!text.done()) {
        const auto port = text.number("port", 0xffff);
        if (!port) return false;
        set_bit(out, start, *port);
    }
    return true;
}

// -- NSAP (RFC 1706 7): 0x and hex digits, dots allowed between
// -------------------------------------

bool nsap_well_formed(OctetView tail) noexcept { return !tail.empty(); }

void nsap_print(OctetView tail, std::string& text) {
    text += "0x";
    codec::print_hex(tail, text);
}

bool nsap_parse(RdataText& text, Octets& out) {
    const auto* token = text.take("address");
    if (!token) return false;
    auto digits = std::string(token->text);
    std::erase(digits, '.');
    const bool prefixed = digits.starts_with("0x") || digits.starts_with("0X");
    return (prefixed && digits.size() > 2 && codec::read_hex(digits.substr(2), out)) ||
           text.fail(fmt::format("address {} is not 0x and pairs of hexadecimal digits",
                                 quoted_for_message(token->text)));
}

// -- NXT (RFC 2535 5.2): a bitmap of the types below 128
// --------------------------------------------

bool nxt_well_formed(OctetView tail) noexcept {
    return !tail.empty() && tail.size() <= 16 && (tail[0] & 0x80U) == 0 && tail.back() != 0;
}

void nxt_print(OctetView tail, std::string& text) {
    const char* blank = "";
    for (std::size_t type = 1; type < tail.size() * 8; ++type) {
        if ((tail[type / 8] & (0x80U >> (type % 8))) == 0) continue;
        text += blank + to_string(static_cast<Type>(type));
        blank = " ";
    }
}

bool nxt_parse(RdataText& text, Octets& out) {
    const auto start = out.size();
    do {
        const auto* token = text.take("types");
        if (!token) return false;
        Type type{};
        if (!parse_type(token->text, type) || type == Type{} || static_cast<unsigned>(type) > 127)
            return text.fail(fmt::format("type {} is not an RR type below 128",
                                         quoted_for_message(token->text)));
        set_bit(out, start, static_cast<std::size_t>(type));
    } while (!text.done());
    return true;
}

// -- APL (RFC 3123): [!]family:address/prefix, any number of them
// -----------------------------------

struct AplItem {
    unsigned family = 0;
    unsigned prefix = 0;
    bool negated = false;
    OctetView address;  // without its zero octets at the end
};

std::optional<AplItem> take_apl(OctetView& tail) noexcept {
    if (tail.size() < 4) return std::nullopt;
    AplItem item{load_u16(tail.data()), tail[2], (tail[3] & 0x80U) != 0, {}};
    const std::size_t length = tail[3] & 0x7fU;
    const unsigned bits = item.family == 1 ? 32 : item.family == 2 ? 128 : 0;
    if (bits == 0 || item.prefix > bits || length > bits / 8 || tail.size() < 4 + length)
        return std::nullopt;
    item.address = tail.subspan(4, length);
    if (length > 0 && item.address.back() == 0) return std::nullopt;
    tail = tail.subspan(4 + length);
    return item;
}

bool apl_well_formed(OctetView tail) noexcept {
    while (!tail.empty())
        if (!take_apl(tail)) return false;
    return true;
}

void apl_print(OctetView tail, std::string& text) {
    for (const char* blank = ""; !tail.empty(); blank = " ") {
        const auto item = *take_apl(tail);
        Octets address(item.address.begin(), item.address.end());
        address.resize(item.family == 1 ? 4 : 16);
        fmt::format_to(std::back_inserter(text), "{}{}{}:", blank, item.negated ? "!" : "",
                       item.family);
        if (item.family == 1)
            codec::print_ipv4(address, text);
        else
            codec::print_ipv6(address, text);
        fmt::format_to(std::back_inserter(text), "/{}", item.prefix);
    }
}

bool parse_apl_item(std::string_view item, Octets& out) {
    const bool negated = item.starts_with('!');
    if (negated) item.remove_prefix(1);
    const auto slash = item.rfind('/');
    const bool v4 = item.starts_with("1:");
    if (slash == item.npos || !(v4 || item.starts_with("2:"))) return false;
    const auto prefix = codec::number(item.substr(slash + 1), v4 ? 32 : 128);
    const auto text = item.substr(2, slash - 2);
    Octets address;
    if (!prefix || !(v4 ? codec::read_ipv4(text, address) : codec::read_ipv6(text, address)))
        return false;
    while (!address.empty() && address.back() == 0) address.pop_back();
    codec::put_u16(out, v4 ? 1 : 2);
    out.push_back(static_cast<std::uint8_t>(*prefix));
    out.push_back(static_cast<std::uint8_t>(address.size() | (negated ? 0x80U : 0U)));
    codec::put(out, address);
    return true;
}

bool apl_parse(RdataText& text, Octets& out) {
    while (!text.done()) {
        const auto* item = text.take("prefix");
        if (!parse_apl_item(item->text, out))
            return text.fail(
                fmt::format("{} is not a prefix such as 1:192.0.2.0/24 or !2:2001:db8::/32",
                            quoted_for_message(item->text)));
    }
    return true;
}

// -- IPSECKEY (RFC 4025): gateway type, algorithm, gateway, key
// -------------------------------------

/// Octets of the gateway at the front; nothing when it is none of its type.
std::optional<std::size_t> gateway_size(unsigned type, OctetView octets) noexcept {
    if (type == 3) {
        Reader reader(octets);
        return reader.plain_name() ? std::optional(reader.position()) : std::nullopt;
    }
    const std::size_t size = type == 1 ? 4 : type == 2 ? 16 : 0;
    return type <= 2 && octets.size() >= size ? std::optional(size) : std::nullopt;
}

bool ipseckey_well_formed(OctetView tail) noexcept {
    if (tail.size() < 2) return false;
    const auto gateway = gateway_size(tail[0], tail.subspan(2));
    const bool has_key = gateway && tail.size() > 2 + *gateway;
    return gateway && has_key == (tail[1] != 0);  // algorithm 0: no key, RFC 4025 2.4
}

void ipseckey_print(OctetView tail, std::string& text) {
    fmt::format_to(std::back_inserter(text), "{} {} ", tail[0], tail[1]);
    const auto rest = tail.subspan(2);
    const auto size = *gateway_size(tail[0], rest);
    switch (tail[0]) {
        case 1:
            codec::print_ipv4(rest.first(size), text);
            break;
        case 2:
            codec::print_ipv6(rest.first(size), text);
            break;
        case 3:
            text += to_text(NameView(rest.first(size)));
            break;
        default:
            text += '.';
    }
    if (size == rest.size()) return;
    text += ' ';
    codec::print_base64(rest.subspan(size), text);
}

bool parse_gateway(RdataText& text, std::uint32_t type, Octets& out) {
    if (type == 1) return text.ipv4("gateway", out);
    if (type == 2) return text.ipv6("gateway", out);
    if (type == 3) return text.name("gateway", out);
    const auto* token = text.take("gateway");
    if (!token) return false;
    return token->text == "." || text.fail("a gateway of type 0 is written as \".\"");
}

bool ipseckey_parse(RdataText& text, Octets& out) {
    const auto type = text.number("gateway type", 3);
    if (!type) return false;
    out.push_back(static_cast<std::uint8_t>(*type));
    const auto algorithm = text.number("algorithm", 255);
    if (!algorithm) return false;
    out.push_back(static_cast<std::uint8_t>(*algorithm));
    if (!parse_gateway(text, *type, out)) return false;
    return *algorithm == 0 || text.base64_rest("key", out);
}

// -- HIP (RFC 8005): lengths, algorithm, identity tag, key, rendezvous servers
// ----------------------

constexpr std::size_t hip_header = 4;

bool hip_well_formed(OctetView tail) noexcept {
    if (tail.size() < hip_header) return false;
    const std::size_t identity = tail[0], key = load_u16(tail.data() + 2);
    if (identity == 0 || key == 0 || tail.size() < hip_header + identity + key) return false;
    Reader reader(tail, hip_header + identity + key);
    while (reader.remaining() > 0)
        if (!reader.plain_name()) return false;
    return true;
}

void hip_print(OctetView tail, std::string& text) {
    const std::size_t identity = tail[0], key = load_u16(tail.data() + 2);
    fmt::format_to(std::back_inserter(text), "{} ", tail[1]);
    codec::print_hex(tail.subspan(hip_header, identity), text);
    text += ' ';
    codec::print_base64(tail.subspan(hip_header + identity, key), text);
    Reader reader(tail, hip_header + identity + key);
    while (reader.remaining() > 0) text += " " + to_text(*reader.plain_name());
}

bool hip_parse(RdataText& text, Octets& out) {
    const auto algorithm = text.number("key algorithm", 255);
    const auto* identity_text = algorithm ? text.take("identity tag") : nullptr;
    if (!identity_text) return false;
    Octets identity, key;
    if (!codec::read_hex(identity_text->text, identity) || identity.empty() ||
        identity.size() > 255)
        return text.fail(fmt::format("identity tag {} is not up to 255 pairs of hexadecimal digits",
                                     quoted_for_message(identity_text->text)));
    const auto* key_text = text.take("key");
    if (!key_text) return false;
    if (!codec::read_base64(key_text->text, key) || key.empty() || key.size() > 0xffff)
        return text.fail(fmt::format("key {} is not base64", quoted_for_message(key_text->text)));
    out.push_back(static_cast<std::uint8_t>(identity.size()));
    out.push_back(static_cast<std::uint8_t>(*algorithm));
    codec::put_u16(out, static_cast<std::uint32_t>(key.size()));
    codec::put(out, identity);
    codec::put(out, key);
    while (!text.done())
        if (!text.name("rendezvous server", out)) return false;
    return true;
}

constexpr OddForm wks{wks_well_formed, wks_print, wks_parse};
constexpr OddForm nsap{nsap_well_formed, nsap_print, nsap_parse};
constexpr OddForm nxt{nxt_well_formed, nxt_print, nxt_parse};
constexpr OddForm apl{apl_well_formed, apl_print, apl_parse};
constexpr OddForm ipseckey{ipseckey_well_formed, ipseckey_print, ipseckey_parse};
constexpr OddForm hip{hip_well_formed, hip_print, hip_parse};
constexpr OddForm loc{loc_well_formed, loc_print, loc_parse};
constexpr OddForm svcb{svcb_well_formed, svcb_print, svcb_parse};

}  // namespace

const OddForm* odd_form(Type type) noexcept {
    switch (type) {
        case Type::wks:
            return &wks;
        case Type::nsap:
            return &nsap;
        case Type::nxt:
            return &nxt;
        case Type::apl:
            return &apl;
        case Type::ipseckey:
            return &ipseckey;
        case Type::hip:
            return &hip;
        case Type::loc:
            return &loc;
        case Type::svcb:
        case Type::https:
            return &svcb;
        default:
            return nullptr;
    }
}

}  // namespace portolan::dns
