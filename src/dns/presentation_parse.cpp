// RDATA from text: walks a type's fields and asks each for its token.
#include <fmt/core.h>

#include "portolan/dns/presentation.hpp"
#include "portolan/dns/rdata.hpp"
#include "presentation_codecs.hpp"
#include "rdata_odd.hpp"
#include "rdata_shapes.hpp"
#include "rdata_text.hpp"

namespace portolan::dns {
namespace {

/// Takes the first word off a list with blanks between.
std::string_view next_word(std::string_view& words) noexcept {
    const auto end = std::min(words.find(' '), words.size());
    const auto word = words.substr(0, end);
    words.remove_prefix(std::min(end + 1, words.size()));
    return word;
}

bool parse_field(Field field, std::string_view what, RdataText& text, Octets& out) {
    switch (field) {
        case Field::u8:
            return text.u8(what, out);
        case Field::u16:
            return text.u16(what, out);
        case Field::u32:
            return text.u32(what, out);
        case Field::ttl:
            return text.seconds(what, out);
        case Field::time:
            return text.time(what, out);
        case Field::type:
            return text.type(what, out);
        case Field::algorithm:
            return text.algorithm(what, out);
        case Field::certificate:
            return text.certificate(what, out);
        case Field::name:
            return text.name(what, out);
        case Field::ipv4:
            return text.ipv4(what, out);
        case Field::ipv6:
            return text.ipv6(what, out);
        case Field::string:
            return text.string(what, out);
        case Field::optional_string:
            return text.done() || text.string(what, out);
        case Field::tag:
            return text.tag(what, out);
        case Field::strings:
            return text.strings(what, out);
        case Field::text_rest:
            return text.text_rest(what, out);
        case Field::base64_rest:
            return text.base64_rest(what, out);
        case Field::hex_rest:
            return text.hex_rest(what, out);
        case Field::base32_u8:
            return text.base32_u8(what, out);
        case Field::hex_u8:
            return text.hex_u8(what, out);
        case Field::types:
            return text.types(what, out);
        case Field::eui:
            return text.eui(what, out);
        case Field::locator64:
            return text.locator64(what, out);
        case Field::opaque:
            break;
    }
    const auto* form = odd_form(text.type());
    if (form) return form->parse(text, out);
    text.take(what);
    return text.fail(fmt::format("{} has no text form of its own: write \\# length octets-in-hex",
                                 to_string(text.type())));
}

bool parse_known(const Shape& shape, RdataText& text, Octets& out) {
    auto names = shape.names;
    for (const auto field : shape.span())
        if (!parse_field(field, next_word(names), text, out)) return false;
    return text.done() || text.fail_left_over();
}

/// `\# length hex` (RFC 3597 5); octets of a known type must fit it.
bool parse_generic(RdataText& text, Octets& out) {
    const auto start = out.size();
    text.take("\\#");
    const auto length = text.number("length", 0xffff);
    if (!length) return false;
    if (!text.done() && !text.hex_rest("octets", out)) return false;
    const auto octets = OctetView(out).subspan(start);
    if (octets.size() != *length)
        return text.fail(fmt::format("the length is said to be {}, but {} octets follow", *length,
                                     octets.size()));
    return is_well_formed(text.type(), octets) ||
           text.fail(fmt::format("these octets are not valid {} data", to_string(text.type())));
}

bool parse_any(Type type, std::span<const Token> tokens, RdataText& text, Octets& out) {
    if (!tokens.empty() && !tokens.front().quoted && tokens.front().text == "\\#")
        return parse_generic(text, out);
    const auto* shape = shape_of(type);
    if (shape) return parse_known(*shape, text, out);
    text.take("\\#");
    return text.fail(
        fmt::format("{} is known by number only: write \\# length octets-in-hex", to_string(type)));
}

}  // namespace

std::optional<RdataError> append_rdata(Type type, std::span<const Token> tokens, NameView origin,
                                       Octets& out) {
    const auto start = out.size();
    RdataText text(type, tokens, origin);
    bool good = parse_any(type, tokens, text, out);
    if (good && out.size() - start > 0xffff)
        good = text.fail("the record's data is longer than 65535 octets");
    if (good) return std::nullopt;
    out.resize(start);
    return std::move(text.error());
}

boost::system::result<Octets, RdataError> parse_rdata(Type type, std::span<const Token> tokens,
                                                      NameView origin) {
    Octets out;
    if (auto error = append_rdata(type, tokens, origin, out)) return *std::move(error);
    return out;
}

}  // namespace portolan::dns
