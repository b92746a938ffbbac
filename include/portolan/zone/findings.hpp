// Findings on names and answers: the rules of the name space (docs/names.md) and the sizes of
// what will be sent.
#pragma once

#include <functional>

#include "portolan/registry/plan.hpp"
#include "portolan/zone/derive.hpp"

namespace portolan::zone {

/// Runs `work(i)` for each i below `count`, in any order or at once.
using Run = std::function<void(std::size_t count, const std::function<void(std::size_t i)>& work)>;
void run_in_turn(std::size_t count, const std::function<void(std::size_t i)>& work);

/// Checks the plan's names against each other and against the master file's records; sizes of
/// SRV answers; targets that are aliases or foreign. Pure; reports everything at once, and the same
/// whatever way environments are `run`.
registry::Findings check_names(const registry::Plan& plan, const Records& records,
                               const Run& run = run_in_turn);

/// Checks what `dnssec:` meets in the plan and its master file; nothing without it.
registry::Findings check_signing(const registry::Plan& plan, const Records& records);

/// The longest TTL of what the plan and its master file give the zone.
dns::Ttl longest_ttl(const registry::Plan& plan, const Records& records);

}  // namespace portolan::zone
