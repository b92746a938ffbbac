#include "portolan/zone/sets.hpp"

#include <algorithm>

#include "portolan/dns/lower_name.hpp"

namespace portolan::zone {
namespace {

constexpr std::size_t srv_header = 6;  // priority, weight, port

std::size_t size_of(const ServiceUnit::Member& member) noexcept {
    return srv_header + member.target.size();
}

std::uint8_t* write_srv(std::uint8_t* at, const ServiceUnit::Member& member) noexcept {
    dns::store_u16(at, member.priority);
    dns::store_u16(at + 2, member.weight);
    dns::store_u16(at + 4, member.port);
    return std::ranges::copy(member.target.octets(), at + srv_header).out;
}

bool says(const dns::Rrset& set, dns::Type type, std::uint32_t ttl,
          std::span<const dns::OctetView> rdatas) noexcept {
    return set.type() == type && set.ttl().seconds == ttl && set.count() == rdatas.size() &&
           std::ranges::equal(set, rdatas, [](dns::OctetView a, dns::OctetView b) {
               return std::ranges::equal(a, b);
           });
}

std::uint64_t hash_of(dns::Type type, std::uint32_t ttl,
                      std::span<const dns::OctetView> rdatas) noexcept {
    constexpr std::uint64_t spread = 0x9e3779b97f4a7c15U;  // 2^64 over the golden ratio
    std::uint64_t hash = (std::uint64_t{ttl} << 16 | static_cast<std::uint16_t>(type)) * spread;
    for (const auto rdata : rdatas) hash = (hash ^ dns::keyed_hash(rdata)) * spread;
    return hash >> 32;
}

}  // namespace

void SetMaker::make(const Unit& unit, const VisitOwner& visit) {
    std::visit([&](const auto& each) { make_from(each, visit); }, unit);
}

dns::RrsetPtr SetMaker::shared(dns::Type type, std::uint32_t ttl) {
    dns::RrsetPtr& recent = recent_[hash_of(type, ttl, rdatas_) & (recent_.size() - 1)];
    if (recent == nullptr || !says(*recent, type, ttl, rdatas_)) {
        recent = dns::make_rrset(type, dns::Ttl{ttl}, std::span(rdatas_));
    }
    return recent;
}

dns::RrsetPtr SetMaker::shared(dns::Type type, std::uint32_t ttl, dns::OctetView rdata) {
    rdatas_.assign(1, rdata);
    return shared(type, ttl);
}

void SetMaker::make_from(const ApexUnit& unit, const VisitOwner& visit) {
    const Soa soa{.mname = dns::Name(unit.mname),
                  .rname = dns::Name(unit.rname),
                  .serial = {},
                  .refresh = unit.timers.refresh,
                  .retry = unit.timers.retry,
                  .expire = unit.timers.expire,
                  .minimum = unit.negative};
    std::vector<dns::RrsetPtr> sets;
    rdatas_.clear();
    for (const auto& server : unit.nameservers) rdatas_.push_back(server.octets());
    if (!rdatas_.empty()) sets.push_back(shared(dns::Type::ns, unit.ttl));
    sets.push_back(dns::make_rrset(dns::Type::soa, dns::Ttl{unit.negative}, {write_soa(soa)}));
    visit(unit.owner, sets);
}

void SetMaker::make_from(const AddressUnit& unit, const VisitOwner& visit) {
    std::array<dns::RrsetPtr, 2> sets;
    std::size_t count = 0;
    for (const bool is_v6 : {false, true}) {
        rdatas_.clear();
        for (const auto& address : unit.addresses) {
            if (address.is_v6() == is_v6) rdatas_.emplace_back(address.octets.data(), address.size);
        }
        if (rdatas_.empty()) continue;
        sets[count++] = shared(is_v6 ? dns::Type::aaaa : dns::Type::a, unit.ttl);
    }
    visit(unit.owner, std::span(sets).first(count));
}

void SetMaker::make_from(const ServiceUnit& unit, const VisitOwner& visit) {
    if (unit.members.empty() && unit.when_empty == registry::WhenEmpty::nxdomain) return;
    std::array<dns::RrsetPtr, 2> sets{shared(dns::Type::txt, unit.ttl, unit.text)};
    std::size_t count = 1;
    // SRV 0 0 0 . says "decidedly not available" (RFC 2782).
    static constexpr std::uint8_t dot[srv_header + 1]{};
    std::size_t size = 0;
    for (const auto& member : unit.members) size += size_of(member);
    octets_.resize(size);
    auto* at = octets_.data();
    rdatas_.clear();
    for (const auto& member : unit.members) {
        const auto* start = at;
        at = write_srv(at, member);
        rdatas_.emplace_back(start, at);
    }
    if (unit.members.empty() && unit.when_empty == registry::WhenEmpty::dot) {
        rdatas_.emplace_back(dot);
    }
    if (!rdatas_.empty()) {
        sets[count++] = dns::make_rrset(dns::Type::srv, dns::Ttl{unit.ttl}, std::span(rdatas_));
    }
    for (const auto& owner : unit.owners) visit(owner, std::span(sets).first(count));
}

void SetMaker::make_from(const PortUnit& unit, const VisitOwner& visit) {
    rdatas_.clear();
    for (const auto& service : unit.services) rdatas_.push_back(service.octets());
    const auto set = shared(dns::Type::ptr, unit.ttl);
    visit(unit.owner, {&set, 1});
}

void SetMaker::make_from(const BrowseUnit& unit, const VisitOwner& visit) {
    std::array<dns::RrsetPtr, 2> sets;
    std::size_t count = 0;
    rdatas_.clear();
    for (const auto& name : unit.listed) rdatas_.push_back(name.octets());
    if (!rdatas_.empty()) sets[count++] = shared(dns::Type::ptr, unit.ttl);
    if (!unit.text.empty()) sets[count++] = shared(dns::Type::txt, unit.ttl, unit.text);
    if (count > 0) visit(unit.owner, std::span(sets).first(count));
}

void SetMaker::make_from(const TextUnit& unit, const VisitOwner& visit) {
    const auto set = shared(dns::Type::txt, unit.ttl, unit.text);
    visit(unit.owner, {&set, 1});
}

}  // namespace portolan::zone
