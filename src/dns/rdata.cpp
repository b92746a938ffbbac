#include "portolan/dns/rdata.hpp"

#include <algorithm>

#include "rdata_odd.hpp"
#include "rdata_shapes.hpp"

namespace portolan::dns {
namespace {

constexpr bool is_alphanumeric(std::uint8_t octet) noexcept {
    return (octet >= '0' && octet <= '9') || (fold(octet) >= 'a' && fold(octet) <= 'z');
}

/// Octets of the fields that are always the same length; 0 for the others.
std::size_t fixed_size(Field field, Type type) noexcept {
    switch (field) {
        case Field::u8:
        case Field::algorithm:
            return 1;
        case Field::u16:
        case Field::type:
        case Field::certificate:
            return 2;
        case Field::u32:
        case Field::ttl:
        case Field::time:
        case Field::ipv4:
            return 4;
        case Field::eui:
            return type == Type::eui48 ? 6 : 8;
        case Field::locator64:
            return 8;
        case Field::ipv6:
            return 16;
        default:
            return 0;
    }
}

bool counted_octets(Reader& reader, std::size_t least) noexcept {
    const auto length = reader.u8();
    return length && *length >= least && reader.octets(*length);
}

bool valid_tag(Reader& reader) noexcept {
    const auto length = reader.u8();
    if (!length || *length == 0) return false;
    const auto octets = reader.octets(*length);
    return octets && std::all_of(octets->begin(), octets->end(), is_alphanumeric);
}

bool valid_strings(Reader& reader) noexcept {
    do {
        if (!counted_octets(reader, 0)) return false;
    } while (reader.remaining() > 0);
    return true;
}

/// Windows in rising order, each of 1 to 32 octets without a zero one at the end (RFC 4034 4.1.2).
bool valid_bitmap(Reader& reader) noexcept {
    int previous = -1;
    while (reader.remaining() > 0) {
        const auto window = reader.u8();
        const auto length = reader.u8();
        if (!length || *window <= previous || *length < 1 || *length > 32) return false;
        const auto bits = reader.octets(*length);
        if (!bits || bits->back() == 0) return false;
        previous = *window;
    }
    return true;
}

bool valid_rest(Reader& reader, Type type) noexcept {
    const bool may_be_empty = type == Type::key;  // "no key", RFC 2535 3.1.2
    return (may_be_empty || reader.remaining() > 0) && reader.octets(reader.remaining());
}

bool valid_opaque(Reader& reader, Type type) noexcept {
    const auto* form = odd_form(type);
    const auto tail = reader.octets(reader.remaining());
    return form == nullptr || form->well_formed(*tail);
}

/// Passes one field; false when the octets do not fit it. Names must be plain.
bool pass(Field field, Type type, Reader& reader) noexcept {
    switch (field) {
        case Field::name:
            return reader.plain_name().has_value();
        case Field::string:
            return counted_octets(reader, 0);
        case Field::optional_string:
            return reader.remaining() == 0 || counted_octets(reader, 0);
        case Field::tag:
            return valid_tag(reader);
        case Field::strings:
            return valid_strings(reader);
        case Field::base32_u8:
            return counted_octets(reader, 1);
        case Field::hex_u8:
            return counted_octets(reader, 0);
        case Field::types:
            return valid_bitmap(reader);
        case Field::text_rest:
            return reader.octets(reader.remaining()).has_value();
        case Field::base64_rest:
        case Field::hex_rest:
            return valid_rest(reader, type);
        case Field::opaque:
            return valid_opaque(reader, type);
        default:
            return reader.octets(fixed_size(field, type)).has_value();
    }
}

void append(Octets& out, OctetView octets) { out.insert(out.end(), octets.begin(), octets.end()); }

/// Copies one field, a name being expanded.
bool copy(Field field, Type type, Reader& reader, std::size_t end, Octets& out) {
    const auto start = reader.position();
    if (field == Field::name) {
        const auto name = reader.name();
        if (!name || reader.position() > end) return false;
        append(out, name->octets());
        return true;
    }
    Reader inside(reader.message().first(end), start);
    if (!pass(field, type, inside)) return false;
    const auto size = inside.position() - start;
    append(out, *reader.octets(size));
    return true;
}

}  // namespace

bool is_well_formed(Type type, OctetView rdata) noexcept {
    if (rdata.size() > 0xffff) return false;
    const auto* shape = shape_of(type);
    if (!shape) return true;
    Reader reader(rdata);
    for (const auto field : shape->span())
        if (!pass(field, type, reader)) return false;
    return reader.remaining() == 0;
}

Result<Octets> read_rdata(Type type, Reader& reader, std::size_t rdlength) {
    if (reader.remaining() < rdlength) return WireError::truncated;
    const auto end = reader.position() + rdlength;
    const auto* shape = shape_of(type);
    Octets out;
    if (!shape || !shape->compressible) {
        const auto octets = *reader.octets(rdlength);
        if (!is_well_formed(type, octets)) return WireError::bad_rdata;
        append(out, octets);
        return out;
    }
    out.reserve(rdlength);
    for (const auto field : shape->span())
        if (!copy(field, type, reader, end, out)) return WireError::bad_rdata;
    if (reader.position() != end || out.size() > 0xffff) return WireError::bad_rdata;
    return out;
}

void for_each_name(Type type, OctetView rdata, const std::function<void(NameView)>& visit) {
    const auto* shape = shape_of(type);
    if (!shape) return;
    Reader reader(rdata);
    for (const auto field : shape->span()) {
        const auto start = reader.position();
        if (!pass(field, type, reader)) return;
        if (field == Field::name) visit(NameView(rdata.subspan(start, reader.position() - start)));
    }
}

}  // namespace portolan::dns
