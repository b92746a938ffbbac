// Which registrations the plans allow.
//
// The plan stays the truth: a program that announces itself says which of the plan's services it
// is, and where. It is admitted when
//
//     its environment is clear      its token's, else the one it names, else the one whose networks
//                                   hold its address
//     its service is the plan's     declared in that environment, or among `dynamic:` names there
//     its port fits the service     the plan's own for it; one in its category; one that the
//                                   convention gives it; or one in dynamic's range
//     its address is a host's       inside the environment's networks
//     nobody else is there          by the plan or by another registration
//
// Everything else is refused with a sentence that says which rule, and what would be admitted.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "portolan/registry/live.hpp"
#include "portolan/registry/registration.hpp"

namespace portolan::registry {

/// What a caller may register and withdraw, and whether it may allocate.
struct Entitlement {
    std::string token;                      // its id; "" without one
    std::vector<std::string> services;      // labels; empty: all
    std::vector<std::string> environments;  // names or aliases; empty: all
    bool allocates = false;                 // in the plan; only a token gives that right
    std::string note{};                     // the token's: whose it is, or what it is for
    [[nodiscard]] bool covers_service(std::string_view service) const noexcept;
    [[nodiscard]] bool covers(const Environment& environment) const noexcept;
};

/// What holds a port on an address: "web web-1 of prod"; nullopt when no registration does.
/// The registration that would be replaced is none.
using RegisteredHolder = std::function<std::optional<std::string>(const Address&, Port, Protocol)>;

OrRefusal<Registration> admit(std::span<const Registry> registries, Announcement announcement,
                              const Entitlement& entitlement, const RegisteredHolder& holder);

/// Why a caller may not touch that registration; nullopt when it may.
std::optional<Refusal> refusal_to_touch(std::span<const Registry> registries,
                                        const Registration& registration,
                                        const Entitlement& entitlement);

}  // namespace portolan::registry
