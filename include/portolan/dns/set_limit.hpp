// How many records a set may have, here and at those who take it.
#pragma once

#include <cstddef>

namespace portolan::dns {

/// BIND's max-records-per-type, as it is by default: its caches and secondaries refuse a larger
/// set.
inline constexpr std::size_t most_records_in_set = 100;

}  // namespace portolan::dns
