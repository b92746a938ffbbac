#include "portolan/transfer/step_octets.hpp"

#include "portolan/dns/rdata.hpp"

namespace portolan::transfer {
namespace {

constexpr std::uint8_t has_before = 1;
constexpr std::uint8_t has_after = 2;

void put_u16(dns::Octets& out, std::size_t value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8));
    out.push_back(static_cast<std::uint8_t>(value));
}

void put_u32(dns::Octets& out, std::uint64_t value) {
    put_u16(out, static_cast<std::size_t>(value >> 16) & 0xffffU);
    put_u16(out, static_cast<std::size_t>(value) & 0xffffU);
}

void put_u64(dns::Octets& out, std::uint64_t value) {
    put_u32(out, value >> 32);
    put_u32(out, value & 0xffffffffU);
}

void put(dns::Octets& out, dns::OctetView octets) {
    out.insert(out.end(), octets.begin(), octets.end());
}

void put_set(dns::Octets& out, const dns::Rrset& set) {
    put_u32(out, set.ttl().seconds);
    put_u16(out, set.count());
    for (const auto rdata : set) {
        put_u16(out, rdata.size());
        put(out, rdata);
    }
}

std::optional<std::uint64_t> read_u64(dns::Reader& reader) {
    const auto high = reader.u32();
    const auto low = reader.u32();
    if (!high || !low) return std::nullopt;
    return std::uint64_t{*high} << 32 | *low;
}

dns::RrsetPtr read_set(dns::Reader& reader, dns::Type type) {
    const auto ttl = reader.u32();
    const auto count = reader.u16();
    if (!ttl || *ttl > dns::max_ttl.seconds || !count || *count == 0) return nullptr;
    std::vector<dns::OctetView> rdatas;
    for (unsigned i = 0; i < *count; ++i) {
        const auto size = reader.u16();
        if (!size) return nullptr;
        const auto rdata = reader.octets(*size);
        if (!rdata || !dns::is_well_formed(type, *rdata)) return nullptr;
        rdatas.push_back(*rdata);
    }
    return dns::make_rrset(type, dns::Ttl{*ttl}, std::span(rdatas));
}

std::optional<zone::Change> read_change(dns::Reader& reader) {
    const auto owner = reader.plain_name();
    const auto number = reader.u16();
    const auto which = reader.u8();
    if (!owner || !number || !which || *which == 0 || *which > (has_before | has_after)) {
        return std::nullopt;
    }
    zone::Change change{*owner, static_cast<dns::Type>(*number), nullptr, nullptr};
    if (dns::is_meta(change.type) || change.type == dns::Type::soa) return std::nullopt;
    if ((*which & has_before) != 0) {
        change.before = read_set(reader, change.type);
        if (change.before == nullptr) return std::nullopt;
    }
    if ((*which & has_after) != 0) {
        change.after = read_set(reader, change.type);
        if (change.after == nullptr) return std::nullopt;
    }
    return change;
}

}  // namespace

dns::Octets to_octets(const Step& step) {
    dns::Octets out;
    out.reserve(step.octets());
    put_u64(out, step.content_before);
    put_u64(out, step.content_after);
    put_set(out, *step.soa_before);
    put_set(out, *step.soa_after);
    put_u32(out, step.changes.size());
    for (const auto& change : step.changes) {
        put(out, change.owner.view().octets());
        put_u16(out, static_cast<std::size_t>(change.type));
        out.push_back(static_cast<std::uint8_t>((change.before != nullptr ? has_before : 0) |
                                                (change.after != nullptr ? has_after : 0)));
        if (change.before != nullptr) put_set(out, *change.before);
        if (change.after != nullptr) put_set(out, *change.after);
    }
    return out;
}

std::optional<Step> parse_step(dns::OctetView octets) {
    dns::Reader reader(octets);
    const auto content_before = read_u64(reader);
    const auto content_after = read_u64(reader);
    if (!content_before || !content_after) return std::nullopt;
    Step step;
    step.content_before = *content_before;
    step.content_after = *content_after;
    step.soa_before = read_set(reader, dns::Type::soa);
    step.soa_after = step.soa_before == nullptr ? nullptr : read_set(reader, dns::Type::soa);
    const auto count = reader.u32();
    if (step.soa_after == nullptr || step.soa_before->count() != 1 ||
        step.soa_after->count() != 1 || !count) {
        return std::nullopt;
    }
    for (std::uint32_t i = 0; i < *count; ++i) {
        auto change = read_change(reader);
        if (!change) return std::nullopt;
        step.changes.push_back(std::move(*change));
    }
    if (reader.remaining() != 0) return std::nullopt;
    return step;
}

}  // namespace portolan::transfer
