// When what will happen: inside of timing.
#pragma once

#include "portolan/sign/timing.hpp"

namespace portolan::sign {

/// When the key goes on without a word from anybody; nothing when it does not, or not yet.
std::optional<Time> moment_of(const History& history, const KeyState& key);

/// When the servers have all followed; nothing when that is known, or not begun.
std::optional<Time> spread_by(const History& history, const Spread& spread) noexcept;

}  // namespace portolan::sign
