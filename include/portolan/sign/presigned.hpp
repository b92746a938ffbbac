// Findings on a zone whose master file comes signed, and is served as it is.
#pragma once

#include "portolan/registry/findings.hpp"
#include "portolan/zone/records.hpp"

namespace portolan::sign {

/// What a validating resolver would not believe at `now` (seconds since 1970): signatures whose
/// time is over, denials that are not there, and hashing that resolvers refuse. Nothing for a zone
/// without signatures. No signature is verified.
registry::Findings check_presigned(const zone::Records& records, dns::NameView apex,
                                   std::uint32_t now);

}  // namespace portolan::sign
