#include "portolan/dns/rrset.hpp"

#include <algorithm>
#include <cstring>

#include "portolan/dns/block_pool.hpp"
#include "portolan/dns/lower_name.hpp"

namespace portolan::dns {
namespace {

constexpr std::uint16_t query_name_pointer = 0xc00c;

std::uint8_t* write_record(std::uint8_t* at, Type type, Ttl ttl, OctetView rdata) {
    store_u16(at, query_name_pointer);
    store_u16(at + 2, static_cast<std::uint16_t>(type));
    store_u16(at + 4, static_cast<std::uint16_t>(Class::in));
    store_u32(at + 6, ttl.seconds);
    store_u16(at + 10, static_cast<std::uint16_t>(rdata.size()));
    return std::ranges::copy(rdata, at + Rrset::header_octets).out;
}

/// Canonical order of RDATA (RFC 4034 6.3): as octets, the shorter first where one begins the
/// other.
bool comes_before(OctetView a, OctetView b) noexcept {
    const std::size_t common = std::min(a.size(), b.size());
    const int order = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
    return order != 0 ? order < 0 : a.size() < b.size();
}

/// The TTL that the record gets in a set of that type and TTL.
Ttl ttl_of_record(Type type, Ttl ttl, OctetView rdata) noexcept {
    constexpr std::size_t original_ttl = 4;  // where it stands in an RRSIG (RFC 4034 3.1)
    if (type != Type::rrsig || rdata.size() < original_ttl + 4) return ttl;
    return std::min(Ttl{load_u32(rdata.data() + original_ttl)}, max_ttl);
}

Ttl ttl_of_set(Type type, Ttl ttl, std::span<const OctetView> rdatas) noexcept {
    if (type != Type::rrsig) return ttl;
    Ttl lowest = max_ttl;
    for (const auto& rdata : rdatas) lowest = std::min(lowest, ttl_of_record(type, ttl, rdata));
    return lowest;
}

/// 0 for RDATA that holds no whole name there, which a well-formed one does.
std::uint64_t hash_of_target(OctetView rdata, std::size_t offset) noexcept {
    if (offset > rdata.size()) return 0;
    const auto target = Reader(rdata, offset).plain_name();
    return target ? keyed_hash(LowerName(*target).octets()) : 0;
}

}  // namespace

RrsetPtr make_rrset(Type type, Ttl ttl, const std::vector<Octets>& rdatas) {
    std::vector<OctetView> views(rdatas.begin(), rdatas.end());
    return make_rrset(type, ttl, std::span(views));
}

RrsetPtr make_rrset(Type type, Ttl ttl, std::span<OctetView> rdatas) {
    if (rdatas.size() > 1) {
        std::ranges::sort(rdatas, comes_before);
        const auto repeated = std::ranges::unique(
            rdatas, [](OctetView a, OctetView b) { return std::ranges::equal(a, b); });
        rdatas = rdatas.first(rdatas.size() - repeated.size());
    }
    std::size_t size = 0;
    for (const auto& rdata : rdatas) size += Rrset::header_octets + rdata.size();
    const auto target = target_offset(type);
    const std::size_t hashes = target ? rdatas.size() * sizeof(std::uint64_t) : 0;
    void* block = take_block(sizeof(Rrset) + Rrset::padded(size) + hashes);
    auto* set = new (block)
        Rrset(type, ttl_of_set(type, ttl, rdatas), static_cast<std::uint16_t>(rdatas.size()),
              static_cast<std::uint32_t>(size));
    auto* at = reinterpret_cast<std::uint8_t*>(set + 1);
    auto* hash = reinterpret_cast<std::uint64_t*>(at + Rrset::padded(size));
    for (const auto& rdata : rdatas) {
        at = write_record(at, type, ttl_of_record(type, ttl, rdata), rdata);
        if (target) *hash++ = hash_of_target(rdata, *target);
    }
    return RrsetPtr(set);
}

void Rrset::destroy(const Rrset* set) noexcept {
    const std::size_t octets =
        sizeof(Rrset) + padded(set->size_) + set->target_hashes().size_bytes();
    set->~Rrset();
    give_block(const_cast<Rrset*>(set), octets);
}

bool operator==(const Rrset& a, const Rrset& b) noexcept {
    return std::ranges::equal(a.body(), b.body());
}

}  // namespace portolan::dns
