// Steps as octets, for the journal's file.
//
//     content before 8 | content after 8 | SOA before | SOA after | changes 4 | change …
//     change:  owner, as a name | type 2 | which sets 1 (1 before, 2 after) | set …
//     set:     ttl 4 | records 2 | (length 2 | rdata) …
//
// All numbers are big endian. The file puts a length and a checksum before each (app/journal_file).
#pragma once

#include <optional>

#include "portolan/transfer/journal.hpp"

namespace portolan::transfer {

dns::Octets to_octets(const Step& step);
/// nullopt for octets that are no step: wrong lengths, RDATA that does not fit its type. What is
/// read from them may be served.
std::optional<Step> parse_step(dns::OctetView octets);

}  // namespace portolan::transfer
