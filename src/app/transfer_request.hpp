// One request that left the packet path: for a transfer, or signed.
#pragma once

#include <memory>
#include <optional>

#include "app/followed_zone.hpp"
#include "portolan/net/stream.hpp"
#include "portolan/transfer/messages.hpp"

namespace portolan::app {

/// A transfer that has been granted.
struct Granted {
    std::shared_ptr<FollowedZone> zone;
    transfer::Asked asked;
    std::optional<dns::Tsig> tsig;
    std::optional<dns::Serial> serial;  // of an IXFR: what the client has
    std::string client;                 // in words, for the log
};

/// What to do with the request.
struct Verdict {
    dns::Octets reply;               // to be sent, unless …
    std::optional<Granted> granted;  // … the transfer is sent instead
    std::string refusal;             // why it was refused, for the log
};

/// `zone` is the zone closest above the query's name among those that may be transferred, or
/// nullptr. `limit` is for the reply. `unsigned_answer` answers what is no transfer.
struct Request {
    answer::Exchange& exchange;
    registry::Address client;
    std::span<const std::string> client_names;  // that its certificate proves
    std::string client_text;
    std::shared_ptr<FollowedZone> zone;
    const Snapshot& snapshot;
    std::uint64_t now;  // seconds since 1970
    std::string stale;  // why zones are given to nobody for now; "": they are
};
Verdict judge(const Request& request);

}  // namespace portolan::app
