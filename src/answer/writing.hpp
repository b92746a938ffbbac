// What the files that write a table share.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "portolan/answer/table.hpp"

namespace portolan::answer {

using Sets = std::vector<dns::RrsetPtr>;

inline Sets sets_of(const Record& record) {
    Sets sets;
    for (unsigned i = 0; i < record.set_count(); ++i) sets.emplace_back(&record.set(i));
    return sets;
}

/// Its owners are linked in a chain.
constexpr bool is_denial(dns::Type type) noexcept {
    return type == dns::Type::nsec || type == dns::Type::nsec3;
}

/// Calls for the changes of one owner after the other.
template <class Visit>
void for_each_owner(std::span<const zone::Change> changes, Visit visit) {
    while (!changes.empty()) {
        const auto is_other = [&](const zone::Change& change) {
            return !(change.owner == changes.front().owner);
        };
        const auto end = std::ranges::find_if(changes, is_other);
        const auto count = static_cast<std::size_t>(end - changes.begin());
        visit(changes.first(count));
        changes = changes.subspan(count);
    }
}

}  // namespace portolan::answer
