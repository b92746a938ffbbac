// Plans from YAML text, for tests of what is made from them.
#pragma once

#include <string>

#include "portolan/registry/plan.hpp"

namespace portolan::test {

/// The plan that the text says; throws std::invalid_argument with the findings when it has none.
registry::Plan plan_from(const std::string& yaml);

}  // namespace portolan::test
