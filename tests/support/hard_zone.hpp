// A view of zones with every hard case that answering knows, for fuzzing and for counting: no
// organisation would have them together.
#pragma once

#include "portolan/answer/view.hpp"

namespace portolan::test {

/// The zones "z." and "cut.z.", which z. delegates.
const answer::View& hard_view();

}  // namespace portolan::test
