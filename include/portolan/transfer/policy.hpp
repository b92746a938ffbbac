// Who may have a zone as a whole, and what a request for it must be.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "portolan/dns/query.hpp"
#include "portolan/dns/tsig.hpp"
#include "portolan/registry/plan.hpp"

namespace portolan::transfer {

/// The plan's `transfer:` with the keys that its files hold.
struct Policy {
    /// Clients, by address and by what else they bring.
    struct Rule {
        registry::Network network;
        bool wants_tls = false;
        bool wants_key = false;
        std::vector<dns::TsigKeyPtr> keys;      // one of them
        std::vector<std::string> certificates;  // one of these names, unless there is none
    };
    /// What is known of whoever asks.
    struct Client {
        registry::Address address;
        dns::TsigKeyPtr key;                   // that the request was verified with, or nullptr
        bool is_tls = false;                   // the request came over TLS
        std::span<const std::string> names{};  // that its certificate proves, in lower case
    };
    /// Who is told of changes.
    struct Secondary {
        registry::Address address;
        registry::Port port = 53;
        dns::TsigKeyPtr key;  // NOTIFY is signed with it; nullptr: unsigned
        friend bool operator==(const Secondary&, const Secondary&) = default;
    };
    std::vector<dns::TsigKeyPtr> keys;  // all that requests for the zone may be signed with
    std::vector<Rule> rules;
    std::vector<Secondary> to;

    /// A key counts only for the clients it was given to, and so does a name.
    [[nodiscard]] bool allows(const Client& client) const;
};

/// The keys that a file holds.
using FindKeys = std::function<std::vector<dns::TsigKeyPtr>(const std::string& path)>;
Policy policy_of(const registry::Transfer& transfer, const FindKeys& find_keys);

/// The serial that the client of an IXFR has: from the SOA in Authority, at the name asked for
/// (RFC 1995 3). nullopt when there is none, or more than one.
std::optional<dns::Serial> serial_in_ixfr(dns::OctetView request, const dns::Query& query);

}  // namespace portolan::transfer
