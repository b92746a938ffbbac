// RDATA to text: walks a type's fields over the octets.
#include <fmt/format.h>

#include "portolan/dns/presentation.hpp"
#include "portolan/dns/rdata.hpp"
#include "presentation_codecs.hpp"
#include "rdata_odd.hpp"
#include "rdata_shapes.hpp"

namespace portolan::dns {
namespace {

void print_number(std::uint32_t number, std::string& text) {
    fmt::format_to(std::back_inserter(text), "{}", number);
}

void print_strings(Reader& reader, std::string& text) {
    for (const char* blank = ""; reader.remaining() > 0; blank = " ") {
        text += blank;
        codec::print_quoted(*reader.octets(*reader.u8()), text);
    }
}

/// The types of a bitmap, each behind the blank that the caller has written.
void print_types(Reader& reader, std::string& text) {
    const char* blank = "";
    while (reader.remaining() > 0) {
        const unsigned window = *reader.u8();
        const auto bits = *reader.octets(*reader.u8());
        for (unsigned bit = 0; bit < bits.size() * 8; ++bit) {
            if ((bits[bit / 8] & (0x80U >> (bit % 8))) == 0) continue;
            text += blank + to_string(static_cast<Type>(window << 8 | bit));
            blank = " ";
        }
    }
}

void print_groups(OctetView octets, std::size_t group, char separator, std::string& text) {
    for (std::size_t at = 0; at < octets.size(); at += group) {
        if (at > 0) text += separator;
        codec::print_hex(octets.subspan(at, group), text);
    }
}

void print_salt(OctetView salt, std::string& text) {
    if (salt.empty())
        text += '-';
    else
        codec::print_hex(salt, text);
}

void print_tag(OctetView tag, std::string& text) { text.append(tag.begin(), tag.end()); }

void print_odd(Type type, Reader& reader, std::string& text) {
    odd_form(type)->print(*reader.octets(reader.remaining()), text);
}

void print_field(Field field, Type type, Reader& reader, std::string& text) {
    switch (field) {
        case Field::u8:
        case Field::algorithm:
            return print_number(*reader.u8(), text);
        case Field::u16:
        case Field::certificate:
            return print_number(*reader.u16(), text);
        case Field::u32:
        case Field::ttl:
            return print_number(*reader.u32(), text);
        case Field::time:
            return codec::print_time(*reader.u32(), text);
        case Field::type:
            text += to_string(static_cast<Type>(*reader.u16()));
            return;
        case Field::name:
            text += to_text(*reader.plain_name());
            return;
        case Field::ipv4:
            return codec::print_ipv4(*reader.octets(4), text);
        case Field::ipv6:
            return codec::print_ipv6(*reader.octets(16), text);
        case Field::string:
            return codec::print_quoted(*reader.octets(*reader.u8()), text);
        case Field::optional_string:
        case Field::strings:
            return print_strings(reader, text);
        case Field::tag:
            return print_tag(*reader.octets(*reader.u8()), text);
        case Field::text_rest:
            return codec::print_quoted(*reader.octets(reader.remaining()), text);
        case Field::base64_rest:
            return codec::print_base64(*reader.octets(reader.remaining()), text);
        case Field::hex_rest:
            return codec::print_hex(*reader.octets(reader.remaining()), text);
        case Field::base32_u8:
            return codec::print_base32hex(*reader.octets(*reader.u8()), text);
        case Field::hex_u8:
            return print_salt(*reader.octets(*reader.u8()), text);
        case Field::types:
            return print_types(reader, text);
        case Field::eui:
            return print_groups(*reader.octets(type == Type::eui48 ? 6 : 8), 1, '-', text);
        case Field::locator64:
            return print_groups(*reader.octets(8), 2, ':', text);
        case Field::opaque:
            return print_odd(type, reader, text);
    }
}

}  // namespace

std::string rdata_to_generic_text(OctetView rdata) {
    auto text = fmt::format("\\# {}", rdata.size());
    if (rdata.empty()) return text;
    text += ' ';
    codec::print_hex(rdata, text);
    return text;
}

std::string rdata_to_text(Type type, OctetView rdata) {
    const auto* shape = shape_of(type);
    if (!shape || type == Type::null || !is_well_formed(type, rdata))
        return rdata_to_generic_text(rdata);
    Reader reader(rdata);
    std::string text;
    text.reserve(rdata.size() * 2 + 16);
    for (const auto field : shape->span()) {
        const auto length = text.size();
        if (length > 0) text += ' ';
        const auto with_blank = text.size();
        print_field(field, type, reader, text);
        if (text.size() == with_blank) text.resize(length);  // an empty last field
    }
    return text.empty() ? rdata_to_generic_text(rdata) : text;  // an APL without prefixes
}

}  // namespace portolan::dns
