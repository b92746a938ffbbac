// Signed zones without keys, and a validator without arithmetic: signatures are there or not, and
// cover what they say. So proofs can be tried by the thousand, in a zone that changes meanwhile.
#pragma once

#include <string>

#include "portolan/dns/types.hpp"
#include "zone_text.hpp"

namespace portolan::test {

enum class Denial { nsec, nsec3, nsec3_opt_out };

/// The zone with signatures of no key over all that it has authority for, and its denials.
zone::Zone signed_zone(const zone::Zone& zone, Denial denial);

/// Why a validating resolver would not believe what was told of (name, type), or "" when it would:
/// a signature that is missing, a proof that does not prove (RFC 4035 5.4, RFC 5155 8).
std::string fault_of(const Told& told, const std::string& name, dns::Type type);

}  // namespace portolan::test
