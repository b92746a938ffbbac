// The two ways to read a plan, held against each other.
#pragma once

#include <string>

#include "portolan/source/plan_file.hpp"

namespace portolan::test {

/// In what two readings of one text differ: findings, files, contents, places. "" when in nothing.
std::string difference(const source::PlanFile& a, const source::PlanFile& b);

}  // namespace portolan::test
