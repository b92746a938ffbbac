// What a zone's keys do at one moment.
//
// Keys come and go in steps that take hours, because others remember what they have seen: the
// timing of a roll-over (sign/timing.hpp) looks at the keys' history and the clock, and says the
// outcome as Roles. Signing knows nothing else of it: other roles are another zone, and the
// difference is signed.
#pragma once

#include <vector>

#include "portolan/sign/key.hpp"

namespace portolan::sign {

/// Each list by rising tag. A zone without signers is not signed.
struct Roles {
    std::vector<KeyPtr> published;     // in the DNSKEY set
    std::vector<KeyPtr> key_signers;   // sign the DNSKEY, CDS and CDNSKEY sets (RFC 7344 4.1)
    std::vector<KeyPtr> zone_signers;  // sign every other set
    std::vector<KeyPtr> wanted;        // whose DS the parent shall have: CDS and CDNSKEY
    bool withdraws = false;            // the parent shall have none (RFC 8078 4); `wanted` is empty

    [[nodiscard]] bool is_signed() const noexcept { return !zone_signers.empty(); }
    friend bool operator==(const Roles&, const Roles&) = default;
};

}  // namespace portolan::sign
