// The difference of two zones, RRset by RRset: what a reload logs, publishes and journals.
#pragma once

#include <vector>

#include "portolan/zone/zone.hpp"

namespace portolan::zone {

/// One (owner, type) that differs. `before` or `after` is null when the set is new or gone.
struct Change {
    dns::PackedName owner;
    dns::Type type;
    dns::RrsetPtr before;
    dns::RrsetPtr after;
};

/// In canonical order of owners, then by type. A SOA that differs in its serial alone is no change.
std::vector<Change> diff(const Zone& before, const Zone& after);

}  // namespace portolan::zone
