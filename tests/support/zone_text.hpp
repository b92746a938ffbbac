// Zones and messages as lines of text, so that tests can be tables.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/answer/respond.hpp"
#include "portolan/zone/zone.hpp"

namespace portolan::test {

/// Lines "owner ttl type rdata"; owners and names in RDATA are relative to the apex, @ is the apex.
zone::Zone zone_from(std::string_view apex, std::string_view lines);

/// Every record as "owner ttl type rdata" with absolute names, one a line of canonical order.
std::vector<std::string> lines_of(const zone::Zone& zone);

/// A query as it goes over the wire.
struct Ask {
    std::string name{};
    std::string type = "SRV";
    bool edns = false;
    bool dnssec_ok = false;
    std::uint16_t payload = 1232;
    std::uint8_t edns_version = 0;
    std::uint8_t opcode = 0;
    std::uint16_t klass = 1;
    std::uint16_t flags = 0x0100;  // RD
    /// EDNS options by number, their data in hexadecimal.
    std::vector<std::pair<std::uint16_t, std::string>> options{};
    bool has_question = true;
};
dns::Octets encode(const Ask& ask);

/// A reply, decoded strictly: anything malformed throws std::runtime_error.
struct Told {
    std::uint16_t id = 0, flags = 0;
    unsigned rcode = 0;    // with the extended bits
    std::string question;  // "name type", in the case that was echoed
    std::uint16_t klass = 1;
    std::multiset<std::string> answer, authority, additional;  // OPT left out
    bool has_opt = false;
    unsigned opt_version = 0;
    bool opt_dnssec_ok = false;
    std::map<std::uint16_t, std::string> options;  // data in hexadecimal; one twice throws
    std::size_t size = 0;
    [[nodiscard]] bool authoritative() const { return (flags & 0x0400) != 0; }
    [[nodiscard]] bool truncated() const { return (flags & 0x0200) != 0; }
};
Told decode(dns::OctetView message);

/// "0a1b" and the octets that it stands for.
dns::Octets from_hex(std::string_view text);
std::string to_hex(dns::OctetView octets);

/// Asks `view` from 192.0.2.1 and decodes; throws when the message was dropped.
Told ask(const answer::View& view, const Ask& ask,
         answer::Transport transport = answer::Transport::udp, const answer::Moment& moment = {});

/// A view of one zone.
answer::View view_of(const zone::Zone& zone);

}  // namespace portolan::test
