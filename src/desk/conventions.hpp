// An inferred convention as part of a plan.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "desk/infer.hpp"
#include "desk/places.hpp"

namespace portolan::desk {

/// "XYYZZ explains 165 of 168 rows", and each exception at its place.
void report(const Inferred& inferred, std::size_t facts, const Imported& imported,
            registry::Findings& findings);

/// Puts the convention into the plan, and into its environments who is placed where.
void add_convention(const Inferred& inferred, const std::vector<KeyedPort>& facts,
                    const Places& places, registry::Plan& plan);

}  // namespace portolan::desk
