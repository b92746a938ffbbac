#include "app/amend.hpp"

#include <algorithm>
#include <utility>

namespace portolan::app::amend {

using registry::Registered;

Amend verdict(const Registered& one, std::size_t check, std::string keeper) {
    return [said = one.said().checks[check], state = one.checks[check],
            keeper = std::move(keeper)](Registered& other) {
        const auto& checks = other.said().checks;
        const auto same = std::ranges::find(checks, said);
        if (same == checks.end()) return false;
        auto& theirs = other.checks[static_cast<std::size_t>(same - checks.begin())];
        const bool is_new_keeper = !keeper.empty() && other.keeper != keeper;
        if (theirs.verdict == state.verdict && !is_new_keeper) return false;
        if (theirs.verdict != state.verdict) theirs = state;
        if (is_new_keeper) other.keeper = keeper;
        return true;
    };
}

Amend verdicts(const Registered& one) {
    return [one](Registered& other) {
        bool is_changed = false;
        for (std::size_t i = 0; i < one.checks.size(); ++i)
            is_changed = verdict(one, i)(other) || is_changed;
        return is_changed;
    };
}

Amend aside(std::optional<registry::Aside> aside) {
    return [aside = std::move(aside)](Registered& other) {
        return std::exchange(other.aside, aside) != aside;
    };
}

Amend drained(registry::Aside aside) {
    auto before = aside;
    before.verdict = registry::Verdict::draining;
    return [before = std::move(before), aside = std::move(aside)](Registered& other) {
        if (other.aside != before) return false;
        other.aside = aside;
        return true;
    };
}

Amend keeper(std::string node) {
    return [node = std::move(node)](Registered& other) {
        return std::exchange(other.keeper, node) != node;
    };
}

Amend keeper(std::string from, std::string to) {
    return [from = std::move(from), to = std::move(to)](Registered& other) {
        if (other.keeper != from) return false;
        other.keeper = to;
        return true;
    };
}

}  // namespace portolan::app::amend
