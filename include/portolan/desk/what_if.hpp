// What follows of a change to a plan, before anybody makes it.
#pragma once

#include <string>
#include <vector>

#include "portolan/registry/edit.hpp"
#include "portolan/registry/proof.hpp"
#include "portolan/zone/diff.hpp"
#include "portolan/zone/records.hpp"

namespace portolan::desk {

/// What a firewall in front of one host must let through from now on, and no more.
struct FirewallChange {
    std::string environment;
    std::string host;  // "mcast": the environment's group
    std::vector<std::string> addresses;
    std::vector<std::string> opened;  // "10101-10104/tcp"
    std::vector<std::string> closed;
};

/// A way out of a collision, and the edit that it would be.
struct WayOut {
    registry::Ground ground;
    std::string way;   // "move", "re-instance", "reserve", "other address"
    std::string edit;  // "zones/elements.yaml:29: aluminium: 14"
};

struct WhatIf {
    std::vector<std::string> opened;              // the plan's new numbers, as "11301-11306/tcp"
    std::vector<std::string> closed;              // and those that it has no more
    std::vector<registry::Judgement> judgements;  // with the witnesses that are new alone
    std::vector<WayOut> ways;
    std::vector<std::string> errors;    // that `check` would find then, and not now
    std::vector<std::string> capacity;  // afterwards
    std::vector<zone::Change> names;    // in DNS
    std::vector<FirewallChange> firewall;
    [[nodiscard]] bool is_clean() const noexcept;
};

/// `after` is `before` with the edit made.
WhatIf what_if(const registry::Plan& before, const registry::Plan& after,
               const registry::Edit& edit, const zone::Records& extra,
               const registry::ProofTerms& terms = {});

}  // namespace portolan::desk
