// What the edits of an UPDATE mean in a computed zone.
//
//     add an SRV at _my-service._tcp.dev   the program at that host and port announces itself
//     remove that record                   it is withdrawn
//     remove the set, or the whole name    all that the key announced there is withdrawn
//     add A or AAAA at ip-10-0-0-5.dev     nothing: it is in the zone while an endpoint is there
//
// Everything else is the plan's to say, and refused. Who announced what is known by the key's name
// in the registration's id, so that a key withdraws only what is its own.
#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "portolan/registry/live.hpp"
#include "portolan/registry/registration.hpp"
#include "portolan/transfer/update.hpp"

namespace portolan::transfer {

/// Whatever was announced for a service, in one environment, under ids that begin so.
struct WithdrawAll {
    std::string environment;
    std::string service;
    registry::Protocol protocol = registry::Protocol::tcp;
    std::string id_prefix;
};
using UpdateStep = std::variant<registry::Announcement, registry::RegistrationKey, WithdrawAll>;

/// The steps in the edits' order, for the holder of that key. The zone of the update must be the
/// registry's.
registry::OrRefusal<std::vector<UpdateStep>> read_edits(const Update& update,
                                                        const registry::Registry& registry,
                                                        std::string_view key_name);

}  // namespace portolan::transfer
