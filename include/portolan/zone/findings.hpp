// Findings on names and answers: the rules of the name space (docs/names.md) and the sizes of
// what will be sent.
#pragma once

#include "portolan/registry/plan.hpp"
#include "portolan/zone/derive.hpp"

namespace portolan::zone {

/// Checks the plan's names against each other and against the master file's records; sizes of
/// SRV answers; targets that are aliases or foreign. Pure; reports everything at once.
registry::Findings check_names(const registry::Plan& plan, const Records& records);

}  // namespace portolan::zone
