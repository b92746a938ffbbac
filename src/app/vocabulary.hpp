// The words of a plan, for the reasons that a server gives (answer/vocabulary.hpp).
#pragma once

#include <memory>

#include "portolan/answer/vocabulary.hpp"
#include "portolan/registry/plan.hpp"

namespace portolan::app {

/// nullptr for a plan that is a master file and nothing else.
std::shared_ptr<const answer::Vocabulary> vocabulary_of(const registry::Plan& plan);

}  // namespace portolan::app
