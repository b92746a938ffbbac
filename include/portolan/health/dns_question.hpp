// The question of a DNS check, and what a datagram that comes back means.
#pragma once

#include "portolan/dns/types.hpp"
#include "portolan/health/conversation.hpp"

namespace portolan::health {

/// A query for A, with recursion desired so that resolvers answer it too; empty when the text is no
/// name, which a plan does not let happen.
dns::Octets dns_question(const registry::DnsCheck& check, std::uint16_t id);

/// nullopt when the datagram is no answer to that question: somebody else's, to be ignored.
std::optional<Observation> judge_dns(dns::OctetView question, dns::OctetView datagram);

}  // namespace portolan::health
