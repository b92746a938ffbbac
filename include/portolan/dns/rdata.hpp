// What RDATA is made of: one table row per type, from which the reader, the writer, the text
// forms, the name rewriting and the checks are all driven, so that they cannot drift apart.
#pragma once

#include <functional>
#include <span>

#include "portolan/dns/name.hpp"
#include "portolan/dns/types.hpp"
#include "portolan/dns/wire.hpp"

namespace portolan::dns {

/// Kinds of field in RDATA, in wire order.
enum class Field : std::uint8_t {
    u8,
    u16,
    u32,
    ttl,          // u32 that text may write as 1h30m
    time,         // u32 that text writes as YYYYMMDDHHMMSS (RRSIG)
    type,         // u16 written as a type mnemonic
    algorithm,    // u8 written as a number or a DNSSEC mnemonic
    certificate,  // u16 written as a number or a mnemonic of RFC 4398 (PKIX, …)
    name,         // domain name
    ipv4,
    ipv6,
    string,           // one <character-string>
    optional_string,  // the same, or nothing (the subaddress of ISDN)
    tag,              // one <character-string> of letters and digits, written bare (CAA)
    strings,          // one or more of them, to the end
    text_rest,        // octets to the end as one quoted string (CAA value, URI target)
    base64_rest,
    hex_rest,
    base32_u8,  // length octet, then base32hex (NSEC3 next owner)
    hex_u8,     // length octet, then hex or "-" (NSEC3 salt)
    types,      // type bitmap to the end (RFC 4034 4.1.2)
    eui,        // EUI-48/64 by the type
    locator64,  // 64 bits as four hex groups (NID, L64)
    opaque,     // to the end; text form by a function of its own (LOC, APL, SVCB, …)
};

/// The fields of a type; empty for types without a known shape (then RDATA is opaque).
std::span<const Field> fields_of(Type type) noexcept;

/// What those fields are called, in the same order and with blanks between: "priority weight port
/// target". For messages. Empty when the type has no shape.
std::string_view field_names(Type type) noexcept;

/// True when the octets are a whole, valid RDATA of the type with uncompressed names.
bool is_well_formed(Type type, OctetView rdata) noexcept;

/// Reads RDATA out of a message, expanding compressed names (for types that may hold them,
/// RFC 3597 4). Not for the packet path: it allocates.
Result<Octets> read_rdata(Type type, Reader& reader, std::size_t rdlength);

/// Calls `visit` for each name that is a field of the type, in order, as views into `rdata`
/// (which is well-formed). Names inside an opaque field (IPSECKEY, HIP) are not visited.
void for_each_name(Type type, OctetView rdata, const std::function<void(NameView)>& visit);

}  // namespace portolan::dns
