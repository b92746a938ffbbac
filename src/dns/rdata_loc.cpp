// LOC (RFC 1876): version 0, three sizes as digit and power of ten (cm), latitude, longitude
// (thousandths of a second of arc around 2^31) and altitude (cm above -100 km).
#include <fmt/format.h>

#include <iterator>

#include "presentation_codecs.hpp"
#include "rdata_odd.hpp"
#include "rdata_text.hpp"

namespace portolan::dns {
namespace {

constexpr std::size_t loc_octets = 16;
constexpr std::uint32_t equator = 0x80000000U;
constexpr std::uint32_t degree = 3600000;          // in thousandths of a second
constexpr std::uint32_t altitude_base = 10000000;  // cm

bool valid_size(std::uint8_t octet) noexcept {
    return (octet >> 4) <= 9 && (octet & 15) <= 9 && ((octet >> 4) != 0 || (octet & 15) == 0);
}

bool valid_angle(std::uint32_t angle, unsigned degrees) noexcept {
    const auto from_equator = angle < equator ? equator - angle : angle - equator;
    return from_equator <= degrees * degree;
}

/// "12.345" with up to `decimals` digits behind the point, as a number of those decimals.
std::optional<std::uint64_t> fixed_point(std::string_view text, std::size_t decimals) noexcept {
    const auto point = std::min(text.find('.'), text.size());
    const auto whole = codec::number(text.substr(0, point), 0xffffffffU);
    if (!whole) return std::nullopt;
    std::uint64_t value = *whole;
    auto fraction = point < text.size() ? text.substr(point + 1) : std::string_view{};
    if (fraction.size() > decimals) return std::nullopt;
    for (std::size_t i = 0; i < decimals; ++i) {
        const char digit = i < fraction.size() ? fraction[i] : '0';
        if (!codec::is_digit(digit)) return std::nullopt;
        value = value * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return value;
}

void print_angle(std::uint32_t angle, const char* hemispheres, std::string& text) {
    const bool positive = angle >= equator;
    const auto value = positive ? angle - equator : equator - angle;
    fmt::format_to(std::back_inserter(text), "{} {} {}.{:03} {} ", value / degree,
                   value / 60000 % 60, value / 1000 % 60, value % 1000,
                   hemispheres[positive ? 0 : 1]);
}

void print_size(std::uint8_t octet, std::string& text) {
    std::uint64_t size = octet >> 4;
    for (int power = octet & 15; power > 0; --power) size *= 10;
    fmt::format_to(std::back_inserter(text), "{}.{:02}m", size / 100, size % 100);
}

bool is_hemisphere(std::string_view text, const char* hemispheres) noexcept {
    if (text.size() != 1) return false;
    const auto letter = fold(static_cast<std::uint8_t>(text[0]));
    return letter == fold(static_cast<std::uint8_t>(hemispheres[0])) ||
           letter == fold(static_cast<std::uint8_t>(hemispheres[1]));
}

/// degrees [minutes [seconds]] hemisphere.
bool parse_angle(RdataText& text, std::string_view what, unsigned most, const char* hemispheres,
                 Octets& out) {
    std::uint64_t angle = 0;
    std::uint64_t unit = degree;
    for (int part = 0; part < 4; ++part, unit /= 60) {
        const auto* token = text.take(what);
        if (!token) return false;
        if (part > 0 && is_hemisphere(token->text, hemispheres)) {
            if (angle > std::uint64_t{most} * degree) break;
            const bool positive = fold(static_cast<std::uint8_t>(token->text[0])) ==
                                  fold(static_cast<std::uint8_t>(hemispheres[0]));
            const auto value = static_cast<std::uint32_t>(angle);
            codec::put_u32(out, positive ? equator + value : equator - value);
            return true;
        }
        const auto value = fixed_point(token->text, part == 2 ? 3 : 0);
        const std::uint64_t bound = part == 0 ? most : part == 1 ? 59 : 59999;
        if (part == 3 || !value || *value > bound) break;
        angle += part == 2 ? *value : *value * unit;
    }
    return text.fail(fmt::format("{} must be degrees up to {}, then minutes, seconds and {} or {}",
                                 what, most, hemispheres[0], hemispheres[1]));
}

std::optional<std::uint64_t> centimetres(std::string_view text) noexcept {
    if (text.ends_with('m') || text.ends_with('M')) text.remove_suffix(1);
    return fixed_point(text, 2);
}

bool parse_altitude(RdataText& text, Octets& out) {
    const auto* token = text.take("altitude");
    if (!token) return false;
    const bool below = token->text.starts_with('-');
    const auto value = centimetres(token->text.substr(below ? 1 : 0));
    const std::uint64_t most = below ? altitude_base : 0xffffffffU - altitude_base;
    if (!value || *value > most)
        return text.fail(fmt::format("altitude {} is not metres from -100000.00 to 42849672.95",
                                     quoted_for_message(token->text)));
    const auto size = static_cast<std::uint32_t>(*value);
    codec::put_u32(out, below ? altitude_base - size : altitude_base + size);
    return true;
}

/// A size as digit and power of ten, digits below the first lost as in RFC 1876 2.
bool parse_size(RdataText& text, std::string_view what, std::uint8_t& octet) {
    if (text.done()) return true;  // keeps the default
    const auto* token = text.take(what);
    auto value = centimetres(token->text);
    if (!value || *value > std::uint64_t{9000000000})
        return text.fail(fmt::format("{} {} is not metres up to 90000000.00", what,
                                     quoted_for_message(token->text)));
    unsigned power = 0;
    for (; *value > 9; *value /= 10) ++power;
    octet = static_cast<std::uint8_t>(*value << 4 | power);
    return true;
}

}  // namespace

bool loc_well_formed(OctetView tail) noexcept {
    return tail.size() == loc_octets && tail[0] == 0 && valid_size(tail[1]) &&
           valid_size(tail[2]) && valid_size(tail[3]) && valid_angle(load_u32(&tail[4]), 90) &&
           valid_angle(load_u32(&tail[8]), 180);
}

void loc_print(OctetView tail, std::string& text) {
    print_angle(load_u32(&tail[4]), "NS", text);
    print_angle(load_u32(&tail[8]), "EW", text);
    const auto altitude = load_u32(&tail[12]);
    const bool below = altitude < altitude_base;
    const auto value = below ? altitude_base - altitude : altitude - altitude_base;
    fmt::format_to(std::back_inserter(text), "{}{}.{:02}m ", below ? "-" : "", value / 100,
                   value % 100);
    print_size(tail[1], text);
    text += ' ';
    print_size(tail[2], text);
    text += ' ';
    print_size(tail[3], text);
}

bool loc_parse(RdataText& text, Octets& out) {
    std::uint8_t size = 0x12, horizontal = 0x16, vertical = 0x13;  // 1 m, 10 km, 10 m
    Octets place;
    if (!parse_angle(text, "latitude", 90, "NS", place) ||
        !parse_angle(text, "longitude", 180, "EW", place) || !parse_altitude(text, place))
        return false;
    if (!parse_size(text, "size", size) || !parse_size(text, "horizontal precision", horizontal) ||
        !parse_size(text, "vertical precision", vertical))
        return false;
    for (const std::uint8_t octet : {std::uint8_t{0}, size, horizontal, vertical})
        out.push_back(octet);
    codec::put(out, place);
    return true;
}

}  // namespace portolan::dns
