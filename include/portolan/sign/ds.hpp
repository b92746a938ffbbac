// What the parent is told of a key: DS, and the child's CDS and CDNSKEY that ask for it.
//
// A DS in the parent names a key of the child by its digest (RFC 4034 5). The child publishes at
// its apex what it wants there: CDS in the DS's own form, CDNSKEY as the key itself (RFC 7344),
// or one of each that says "none" (RFC 8078 4).
#pragma once

#include "portolan/dns/name.hpp"
#include "portolan/dns/types.hpp"

namespace portolan::sign {

/// DS or CDS RDATA for a key of the zone, by its SHA-256 digest (RFC 4509).
dns::Octets ds_of(dns::NameView zone, dns::OctetView dnskey);

/// CDS and CDNSKEY RDATA that ask the parent to remove all DS (RFC 8078 4).
dns::Octets cds_delete();
dns::Octets cdnskey_delete();

}  // namespace portolan::sign
