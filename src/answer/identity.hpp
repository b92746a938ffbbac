// The CHAOS class: what a server tells of itself under agreed names (RFC 4892).
#pragma once

#include <string_view>

#include "portolan/answer/respond.hpp"
#include "portolan/dns/name.hpp"

namespace portolan::answer {

/// The text behind `id.server`, `version.bind` and their like; empty for any other name, and for
/// what the operator does not tell.
std::string_view identity_text(dns::NameView name, const Identity& identity) noexcept;

}  // namespace portolan::answer
