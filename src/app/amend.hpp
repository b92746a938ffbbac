// Changes of how a registration fares, each to be made on top of whatever other servers have made
// of it meanwhile. They return false when it is so already.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "portolan/registry/catalog.hpp"

namespace portolan::app::amend {

using Amend = std::function<bool(registry::Registered&)>;

/// The check's verdict is what it is in `one`; `keeper` "": whoever it was.
Amend verdict(const registry::Registered& one, std::size_t check, std::string keeper = "");
/// The same of all its checks.
Amend verdicts(const registry::Registered& one);
Amend aside(std::optional<registry::Aside> aside);
/// Its draining, which had that word, has ended with that of `aside`.
Amend drained(registry::Aside aside);
Amend keeper(std::string node);
/// Only if that keeper still has it.
Amend keeper(std::string from, std::string to);

}  // namespace portolan::app::amend
