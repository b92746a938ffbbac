// When a registration ends by itself, and what ends it.
#pragma once

#include <string>
#include <vector>

#include "portolan/registry/catalog.hpp"

namespace portolan::registry {

/// "2026-11-23T08:40:12Z".
std::string moment_text(Moment moment);

/// Sentences, at least one: "Its lease of 30s ends in 28s, at 2026-11-23T08:40:12Z, unless it is
/// renewed." `judges` says whether this server reckons its times; another does if not.
std::vector<std::string> expiry(const Registered& one, Moment now, bool judges);

}  // namespace portolan::registry
