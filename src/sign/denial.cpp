#include "portolan/sign/denial.hpp"

#include <algorithm>
#include <array>

#include "portolan/dns/wire.hpp"
#include "portolan/sign/nsec3.hpp"

namespace portolan::sign {
namespace {

constexpr std::size_t fixed_nsec3_octets = 5;  // algorithm, flags, iterations, salt length
constexpr std::array<std::uint8_t, fixed_nsec3_octets> parameters_octets = {1, 0, 0, 0, 0};

Nsec3Hash from_base32hex(dns::OctetView label) noexcept {
    Nsec3Hash hash{};
    for (std::size_t group = 0; group < nsec3_hash_octets / 5; ++group) {
        std::uint64_t bits = 0;
        for (std::size_t i = 0; i < 8; ++i) {
            const std::uint8_t digit = dns::fold(label[8 * group + i]);
            bits = bits << 5 |
                   static_cast<std::uint64_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
        }
        for (std::size_t i = 5; i-- > 0; bits >>= 8) {
            hash[5 * group + i] = static_cast<std::uint8_t>(bits & 0xff);
        }
    }
    return hash;
}

void put(dns::Octets& to, dns::OctetView octets) {
    to.insert(to.end(), octets.begin(), octets.end());
}

dns::RrsetPtr single(dns::Type type, dns::Ttl ttl, dns::OctetView rdata) {
    return dns::make_rrset(type, ttl, std::span(&rdata, 1));
}

}  // namespace

dns::Octets type_bitmap(Types types) {
    std::ranges::sort(types);
    dns::Octets octets;
    for (auto type = types.begin(); type != types.end();) {
        const auto window = static_cast<std::uint16_t>(*type) >> 8;
        std::array<std::uint8_t, 32> bits{};
        std::size_t used = 0;
        for (; type != types.end() && static_cast<std::uint16_t>(*type) >> 8 == window; ++type) {
            const auto low = static_cast<std::uint16_t>(*type) & 0xffU;
            bits[low / 8] = static_cast<std::uint8_t>(bits[low / 8] | (0x80U >> low % 8));
            used = low / 8 + 1;
        }
        octets.push_back(static_cast<std::uint8_t>(window));
        octets.push_back(static_cast<std::uint8_t>(used));
        put(octets, dns::OctetView(bits).first(used));
    }
    return octets;
}

dns::Name Ring::place_of(dns::NameView name) const {
    dns::Name place(name);
    place.lower();
    if (!is_hashed()) return place;
    return nsec3_owner(nsec3_hash(place, {}), apex_);
}

dns::RrsetPtr Ring::set(dns::NameView next_place, const Types& types, bool is_signed) const {
    Types all = types;
    dns::Octets rdata;
    if (is_hashed()) {
        put(rdata, parameters_octets);
        const Nsec3Hash hash = from_base32hex(next_place.first_label());
        rdata.push_back(nsec3_hash_octets);
        put(rdata, hash);
        if (is_signed) all.push_back(dns::Type::rrsig);
    } else {
        put(rdata, next_place.octets());
        all.push_back(dns::Type::rrsig);
        all.push_back(dns::Type::nsec);
    }
    put(rdata, type_bitmap(std::move(all)));
    return single(type(), ttl_, rdata);
}

dns::RrsetPtr Ring::with_next(const dns::Rrset& set, dns::NameView next_place) const {
    const dns::OctetView old = *set.begin();
    dns::Octets rdata;
    if (is_hashed()) {
        put(rdata, old);
        const Nsec3Hash hash = from_base32hex(next_place.first_label());
        std::ranges::copy(hash, rdata.begin() + fixed_nsec3_octets + 1);
    } else {
        put(rdata, next_place.octets());
        put(rdata, old.subspan(next_in(set).size()));
    }
    return single(type(), ttl_, rdata);
}

dns::Name Ring::next_in(const dns::Rrset& set) const {
    const dns::OctetView rdata = *set.begin();
    if (!is_hashed()) return dns::Name(*dns::Reader(rdata).plain_name());
    Nsec3Hash hash;
    std::copy_n(rdata.begin() + fixed_nsec3_octets + 1, hash.size(), hash.begin());
    return nsec3_owner(hash, apex_);
}

dns::RrsetPtr Ring::parameters() const {
    return is_hashed() ? single(dns::Type::nsec3param, ttl_, parameters_octets) : nullptr;
}

}  // namespace portolan::sign
