#include "portolan/dns/rrset.hpp"

#include <algorithm>

namespace portolan::dns {
namespace {

constexpr std::uint8_t query_name_pointer[] = {0xc0, 0x0c};

void append_record(Octets& body, Type type, Ttl ttl, OctetView rdata) {
    std::uint8_t header[Rrset::header_octets];
    std::copy(std::begin(query_name_pointer), std::end(query_name_pointer), header);
    store_u16(header + 2, static_cast<std::uint16_t>(type));
    store_u16(header + 4, static_cast<std::uint16_t>(Class::in));
    store_u32(header + 6, ttl.seconds);
    store_u16(header + 10, static_cast<std::uint16_t>(rdata.size()));
    body.insert(body.end(), std::begin(header), std::end(header));
    body.insert(body.end(), rdata.begin(), rdata.end());
}

}  // namespace

Rrset::Rrset(Type type, Ttl ttl, std::vector<Octets> rdatas) : type_(type), ttl_(ttl) {
    std::ranges::sort(rdatas);
    const auto repeated = std::ranges::unique(rdatas);
    rdatas.erase(repeated.begin(), repeated.end());
    count_ = static_cast<std::uint16_t>(rdatas.size());
    std::size_t size = 0;
    for (const auto& rdata : rdatas) size += header_octets + rdata.size();
    body_.reserve(size);
    for (const auto& rdata : rdatas) append_record(body_, type, ttl, rdata);
}

}  // namespace portolan::dns
