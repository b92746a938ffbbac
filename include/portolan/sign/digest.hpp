// A digest by itself, for what is kept without being kept readable.
#pragma once

#include <array>
#include <cstdint>

#include "portolan/dns/types.hpp"

namespace portolan::sign {

/// SHA-256 (RFC 6234).
std::array<std::uint8_t, 32> sha256(dns::OctetView octets);

}  // namespace portolan::sign
