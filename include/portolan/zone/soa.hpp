// The SOA record: the zone's version and timers (RFC 1035 3.3.13).
#pragma once

#include <optional>

#include "portolan/dns/rrset.hpp"

namespace portolan::zone {

/// SOA RDATA as fields. Numbers are seconds, but the serial; host order.
struct Soa {
    dns::Name mname;  // the primary name server
    dns::Name rname;  // whom to write to, the first label being the local part
    dns::Serial serial;
    std::uint32_t refresh = 0;
    std::uint32_t retry = 0;
    std::uint32_t expire = 0;
    std::uint32_t minimum = 0;  // the negative TTL (RFC 2308 4)
};

/// `rdata` must be well-formed SOA RDATA.
Soa read_soa(dns::OctetView rdata);
dns::Octets write_soa(const Soa& soa);

/// The set with another serial.
dns::RrsetPtr with_serial(const dns::Rrset& soa, dns::Serial serial);
/// The sets are the same but, at most, for the serial of a SOA.
bool equal_but_serial(const dns::Rrset& a, const dns::Rrset& b);

}  // namespace portolan::zone
