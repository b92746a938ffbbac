// A zone's history of keys as text, which is kept beside the keys.
//
//     portolan-keys 1
//     zone svc.corp.example.
//     plan 13 one propagation 300 parent-delay 3600 ds-ttl 86400
//     ttl 3600 next 3600 since - everywhere -
//     withdrawal none since - everywhere - gone -
//     key 13 4711 csk active since 1795358136 everywhere 1795358436
//     check 8f3a0c55d19be742
//
// Times are seconds since 1970, "-" for not yet. The last line recognises damage.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "portolan/dns/name.hpp"
#include "portolan/sign/timing.hpp"

namespace portolan::sign {

std::string to_text(const History& history, dns::NameView zone);

/// Finds the key that a line means; nullptr when there is none.
using FindKey = std::function<KeyPtr(Algorithm algorithm, std::uint16_t tag, Use use)>;

/// nullopt when the text is damaged or of another zone. A key that is not found has nullptr.
std::optional<History> parse_history(std::string_view text, dns::NameView zone,
                                     const FindKey& find_key);

/// The zone that a text is of; nullopt when that line is damaged.
std::optional<dns::PackedName> zone_of_history(std::string_view text);

}  // namespace portolan::sign
