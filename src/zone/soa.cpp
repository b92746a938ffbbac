#include "portolan/zone/soa.hpp"

namespace portolan::zone {
namespace {

void append(dns::Octets& octets, dns::NameView name) {
    octets.insert(octets.end(), name.octets().begin(), name.octets().end());
}

void append(dns::Octets& octets, std::uint32_t number) {
    octets.resize(octets.size() + 4);
    dns::store_u32(octets.data() + octets.size() - 4, number);
}

}  // namespace

Soa read_soa(dns::OctetView rdata) {
    dns::Reader reader(rdata);
    Soa soa;
    soa.mname = dns::Name(*reader.plain_name());
    soa.rname = dns::Name(*reader.plain_name());
    soa.serial = {*reader.u32()};
    soa.refresh = *reader.u32();
    soa.retry = *reader.u32();
    soa.expire = *reader.u32();
    soa.minimum = *reader.u32();
    return soa;
}

dns::Octets write_soa(const Soa& soa) {
    dns::Octets rdata;
    append(rdata, soa.mname.view());
    append(rdata, soa.rname.view());
    append(rdata, soa.serial.value);
    append(rdata, soa.refresh);
    append(rdata, soa.retry);
    append(rdata, soa.expire);
    append(rdata, soa.minimum);
    return rdata;
}

dns::RrsetPtr with_serial(const dns::Rrset& soa, dns::Serial serial) {
    Soa fields = read_soa(*soa.begin());
    fields.serial = serial;
    return dns::make_rrset(dns::Type::soa, soa.ttl(), std::vector<dns::Octets>{write_soa(fields)});
}

bool equal_but_serial(const dns::Rrset& a, const dns::Rrset& b) {
    if (a.type() != dns::Type::soa || b.type() != dns::Type::soa) return a == b;
    return *with_serial(a, {}) == *with_serial(b, {});
}

}  // namespace portolan::zone
