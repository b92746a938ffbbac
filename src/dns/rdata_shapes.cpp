#include "rdata_shapes.hpp"

#include <algorithm>
#include <initializer_list>

namespace portolan::dns {
namespace {

using enum Field;

constexpr Shape row(Type type, std::string_view names, std::initializer_list<Field> fields) {
    Shape shape{type, names, {}, fields.size(), false};
    std::copy(fields.begin(), fields.end(), shape.fields.begin());
    return shape;
}

/// A row of the types whose names senders may compress: those of RFC 1035 and the ones that
/// RFC 3597 4 lists beside them.
constexpr Shape old(Type type, std::string_view names, std::initializer_list<Field> fields) {
    Shape shape = row(type, names, fields);
    shape.compressible = true;
    return shape;
}

constexpr std::string_view soa_names = "mname rname serial refresh retry expire minimum";
constexpr std::string_view sig_names =
    "covered algorithm labels original-ttl expiration inception key-tag signer signature";
constexpr std::string_view key_names = "flags protocol algorithm key";
constexpr std::string_view ds_names = "key-tag algorithm digest-type digest";
constexpr std::string_view tlsa_names = "usage selector matching-type data";

constexpr auto shapes = std::to_array<Shape>({
    row(Type::a, "address", {ipv4}),
    old(Type::ns, "target", {name}),
    old(Type::md, "target", {name}),
    old(Type::mf, "target", {name}),
    old(Type::cname, "target", {name}),
    old(Type::soa, soa_names, {name, name, u32, ttl, ttl, ttl, ttl}),
    old(Type::mb, "target", {name}),
    old(Type::mg, "target", {name}),
    old(Type::mr, "target", {name}),
    row(Type::null, "octets", {opaque}),
    row(Type::wks, "address protocol-and-ports", {ipv4, opaque}),
    old(Type::ptr, "target", {name}),
    row(Type::hinfo, "cpu os", {string, string}),
    old(Type::minfo, "responsible errors", {name, name}),
    old(Type::mx, "preference target", {u16, name}),
    row(Type::txt, "text", {strings}),
    old(Type::rp, "mailbox text-name", {name, name}),
    old(Type::afsdb, "subtype target", {u16, name}),
    row(Type::x25, "address", {string}),
    row(Type::isdn, "address subaddress", {string, optional_string}),
    old(Type::rt, "preference target", {u16, name}),
    row(Type::nsap, "address", {opaque}),
    old(Type::sig, sig_names, {type, algorithm, u8, ttl, time, time, u16, name, base64_rest}),
    row(Type::key, key_names, {u16, u8, algorithm, base64_rest}),
    old(Type::px, "preference map822 mapx400", {u16, name, name}),
    row(Type::aaaa, "address", {ipv6}),
    row(Type::loc, "location", {opaque}),
    old(Type::nxt, "next types", {name, opaque}),
    old(Type::srv, "priority weight port target", {u16, u16, u16, name}),
    old(Type::naptr, "order preference flags services regexp replacement",
        {u16, u16, string, string, string, name}),
    row(Type::kx, "preference target", {u16, name}),
    row(Type::cert, "type key-tag algorithm certificate",
        {certificate, u16, algorithm, base64_rest}),
    row(Type::dname, "target", {name}),
    row(Type::apl, "prefixes", {opaque}),
    row(Type::ds, ds_names, {u16, algorithm, u8, hex_rest}),
    row(Type::sshfp, "algorithm type fingerprint", {u8, u8, hex_rest}),
    row(Type::ipseckey, "precedence gateway-and-key", {u8, opaque}),
    row(Type::rrsig, sig_names, {type, algorithm, u8, ttl, time, time, u16, name, base64_rest}),
    row(Type::nsec, "next types", {name, types}),
    row(Type::dnskey, key_names, {u16, u8, algorithm, base64_rest}),
    row(Type::dhcid, "digest", {base64_rest}),
    row(Type::nsec3, "algorithm flags iterations salt next types",
        {u8, u8, u16, hex_u8, base32_u8, types}),
    row(Type::nsec3param, "algorithm flags iterations salt", {u8, u8, u16, hex_u8}),
    row(Type::tlsa, tlsa_names, {u8, u8, u8, hex_rest}),
    row(Type::smimea, tlsa_names, {u8, u8, u8, hex_rest}),
    row(Type::hip, "algorithm-identity-key-and-servers", {opaque}),
    row(Type::cds, ds_names, {u16, algorithm, u8, hex_rest}),
    row(Type::cdnskey, key_names, {u16, u8, algorithm, base64_rest}),
    row(Type::openpgpkey, "key", {base64_rest}),
    row(Type::csync, "serial flags types", {u32, u16, types}),
    row(Type::zonemd, "serial scheme algorithm digest", {u32, u8, u8, hex_rest}),
    row(Type::svcb, "priority target parameters", {u16, name, opaque}),
    row(Type::https, "priority target parameters", {u16, name, opaque}),
    row(Type::spf, "text", {strings}),
    row(Type::nid, "preference node-id", {u16, locator64}),
    row(Type::l32, "preference locator", {u16, ipv4}),
    row(Type::l64, "preference locator", {u16, locator64}),
    row(Type::lp, "preference target", {u16, name}),
    row(Type::eui48, "address", {eui}),
    row(Type::eui64, "address", {eui}),
    row(Type::uri, "priority weight target", {u16, u16, text_rest}),
    row(Type::caa, "flags tag value", {u8, tag, text_rest}),
});

/// Row numbers by type number, so that a record costs no search.
constexpr auto row_numbers = [] {
    std::array<std::uint8_t, 258> numbers{};
    for (std::size_t i = 0; i < shapes.size(); ++i)
        numbers[static_cast<std::size_t>(shapes[i].type)] = static_cast<std::uint8_t>(i + 1);
    return numbers;
}();

}  // namespace

const Shape* shape_of(Type type) noexcept {
    const auto number = static_cast<std::size_t>(type);
    if (number >= row_numbers.size() || row_numbers[number] == 0) return nullptr;
    return &shapes[row_numbers[number] - 1U];
}

std::span<const Field> fields_of(Type type) noexcept {
    const auto* shape = shape_of(type);
    return shape ? shape->span() : std::span<const Field>{};
}

std::string_view field_names(Type type) noexcept {
    const auto* shape = shape_of(type);
    return shape ? shape->names : std::string_view{};
}

}  // namespace portolan::dns
