// Names and RDATA to text: walks a type's fields over the octets.
#include "portolan/dns/presentation_print.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "portolan/dns/presentation.hpp"
#include "portolan/dns/rdata.hpp"
#include "presentation_codecs.hpp"
#include "rdata_odd.hpp"
#include "rdata_shapes.hpp"

namespace portolan::dns {
namespace {

/// Octets of a label that stand for themselves; the others are blanks, not ASCII, or what a master
/// file's reader would take for something else.
constexpr auto is_plain = [] {
    std::array<bool, 256> table{};
    for (std::size_t octet = 0x21; octet <= 0x7e; ++octet) table[octet] = true;
    for (const char special : std::string_view(".\\\"();@$"))
        table[static_cast<std::uint8_t>(special)] = false;
    return table;
}();

void print_label(OctetView label, std::string& text) {
    const auto odd = std::ranges::find_if(label, [](auto octet) { return !is_plain[octet]; });
    text.append(label.begin(), odd);
    for (const auto octet : label.subspan(static_cast<std::size_t>(odd - label.begin()))) {
        if (octet <= 0x20 || octet > 0x7e) {
            codec::print_decimal_escape(octet, text);
            continue;
        }
        if (!is_plain[octet]) text += '\\';
        text += static_cast<char>(octet);
    }
}

void print_number(std::uint32_t number, std::string& text) {
    std::array<char, 10> digits;
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    text.append(digits.data(), end);
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
            return print_name(*reader.plain_name(), text);
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

void print_name(NameView name, std::string& text) {
    if (name.is_root()) text += '.';
    for (; !name.is_root(); name = name.parent()) {
        print_label(name.first_label(), text);
        text += '.';
    }
}

void print_generic_rdata(OctetView rdata, std::string& text) {
    text += "\\# ";
    print_number(static_cast<std::uint32_t>(rdata.size()), text);
    if (rdata.empty()) return;
    text += ' ';
    codec::print_hex(rdata, text);
}

void print_rdata(Type type, OctetView rdata, std::string& text) {
    const auto* shape = shape_of(type);
    if (!shape || type == Type::null || !is_well_formed(type, rdata))
        return print_generic_rdata(rdata, text);
    const auto start = text.size();
    Reader reader(rdata);
    for (const auto field : shape->span()) {
        const auto length = text.size();
        if (length > start) text += ' ';
        const auto with_blank = text.size();
        print_field(field, type, reader, text);
        if (text.size() == with_blank) text.resize(length);  // an empty last field
    }
    if (text.size() == start) print_generic_rdata(rdata, text);  // an APL without prefixes
}

std::string to_text(NameView name) {
    std::string text;
    text.reserve(name.size() + 8);
    print_name(name, text);
    return text;
}

std::string rdata_to_generic_text(OctetView rdata) {
    std::string text;
    print_generic_rdata(rdata, text);
    return text;
}

std::string rdata_to_text(Type type, OctetView rdata) {
    std::string text;
    text.reserve(rdata.size() * 2 + 16);
    print_rdata(type, rdata, text);
    return text;
}

}  // namespace portolan::dns
