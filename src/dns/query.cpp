#include "portolan/dns/query.hpp"

#include <algorithm>
#include <optional>

namespace portolan::dns {
namespace {

struct Counts {
    std::uint16_t questions, answers, authorities, additionals;
};

Counts counts_of(OctetView message) noexcept {
    return {load_u16(message.data() + 4), load_u16(message.data() + 6),
            load_u16(message.data() + 8), load_u16(message.data() + 10)};
}

bool read_question(Reader& reader, Query& query) noexcept {
    const auto name = reader.plain_name();  // nothing stands before QNAME to point at
    if (!name) return false;
    const auto type = reader.u16();
    const auto klass = reader.u16();
    if (!type || !klass) return false;
    query.name = *name;
    query.type = static_cast<Type>(*type);
    query.klass = static_cast<Class>(*klass);
    query.question_end = reader.position();
    return true;
}

/// A client's cookie alone, or with a server's (RFC 7873 4); of two, the first counts (5.2).
bool read_cookie(Query& query, OctetView data) noexcept {
    if (data.size() != 8 && (data.size() < 16 || data.size() > 40)) return false;
    if (query.cookie.empty()) query.cookie = data;
    return true;
}

bool read_option(Query& query, Option code, OctetView data) noexcept {
    switch (code) {
        case Option::nsid:
            query.has_options = query.wants_nsid = true;
            return true;
        case Option::cookie:
            query.has_options = true;
            return read_cookie(query, data);
        case Option::keepalive:  // a client says nothing but that it would like to know
            query.has_options = query.wants_keepalive = true;
            return data.empty();
        case Option::padding:  // any octets (RFC 7830 3)
            query.has_options = query.wants_padding = true;
            return true;
        default:
            return true;
    }
}

/// Options are {code, length, data}; a length that passes the end is FORMERR (RFC 6891 6.1.2).
bool read_options(Query& query, OctetView options) noexcept {
    Reader reader(options);
    while (reader.remaining() > 0) {
        const auto code = reader.u16();
        const auto length = reader.u16();
        if (!code || !length) return false;
        const auto data = reader.octets(*length);
        if (!data || !read_option(query, static_cast<Option>(*code), *data)) return false;
    }
    return true;
}

/// The OPT record's class is the payload size, its TTL {extended rcode, version, flags}.
bool read_opt(Query& query, bool owner_is_root, std::uint16_t payload, std::uint32_t ttl,
              OctetView options) noexcept {
    if (query.has_edns || !owner_is_root) return false;  // two OPTs: RFC 6891 6.1.1
    query.has_edns = true;
    query.payload = std::max(payload, classic_udp_limit);  // RFC 6891 6.2.3
    query.dnssec_ok = (ttl & 0x8000U) != 0;
    const std::uint32_t version = (ttl >> 16) & 0xffU;
    if (version != 0) query.status = QueryStatus::badvers;
    return read_options(query, options);
}

/// Whether the owner of the next record is the root, as OPT's is; nullopt when it is no name.
std::optional<bool> read_owner(Reader& reader) noexcept {
    if (reader.remaining() > 0 && reader.message()[reader.position()] == 0) {
        return reader.u8().has_value();
    }
    const auto owner = reader.name();
    return owner ? std::optional(owner->view().is_root()) : std::nullopt;
}

bool read_record(Reader& reader, Query& query, bool in_additional) noexcept {
    const auto owner_is_root = read_owner(reader);
    const auto type = reader.u16();
    const auto klass = reader.u16();
    const auto ttl = reader.u32();
    const auto length = reader.u16();
    if (!owner_is_root || !type || !klass || !ttl || !length) return false;
    const auto rdata = reader.octets(*length);
    if (!rdata) return false;
    if (static_cast<Type>(*type) == Type::tsig && in_additional) query.is_signed = true;
    if (static_cast<Type>(*type) != Type::opt) return true;
    return in_additional && read_opt(query, *owner_is_root, *klass, *ttl, *rdata);
}

/// Reads all that follows the header; false makes the message FORMERR.
bool read_sections(OctetView message, Query& query) noexcept {
    const Counts counts = counts_of(message);
    Reader reader(message, header_octets);
    if (counts.questions > 1 || counts.answers != 0) return false;  // RFC 9619
    if (counts.questions == 1 && !read_question(reader, query)) return false;
    for (unsigned i = 0; i < counts.authorities; ++i) {  // an IXFR has its SOA here
        if (!read_record(reader, query, false)) return false;
    }
    for (unsigned i = 0; i < counts.additionals; ++i) {
        if (!read_record(reader, query, true)) return false;
    }
    if (reader.remaining() > 0) return false;
    return counts.questions == 1 || !query.cookie.empty();
}

}  // namespace

Query parse_query(OctetView message) noexcept {
    Query query;
    if (message.size() < header_octets) return query;
    query.flags = load_u16(message.data() + 2);
    if ((query.flags & flag::response) != 0) return query;
    query.status = QueryStatus::good;
    if ((query.flags & flag::opcode_mask) != 0) {
        query.status = QueryStatus::notimp;  // its sections may mean anything, so they stay unread
        return query;
    }
    if (!read_sections(message, query)) query.status = QueryStatus::formerr;
    return query;
}

}  // namespace portolan::dns
