// "Did you mean": the known name closest to what was typed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portolan::registry {

/// The candidate fewest edits away (insert, delete, replace, swap of neighbours; ASCII case
/// ignored), when that is near enough to be a slip: at most a third of the longer one's length,
/// rounded up. The first of equals wins.
std::optional<std::string> closest(std::string_view typed,
                                   const std::vector<std::string_view>& candidates);

/// `Did you mean "oxygen"?`, else `Known: a, b, c.` (at most eight), else "".
std::string did_you_mean(std::string_view typed, const std::vector<std::string_view>& candidates);

/// The names of things that have one.
template <class Named>
std::vector<std::string_view> names_of(const Named& all) {
    std::vector<std::string_view> names;
    for (const auto& each : all) names.push_back(each.name);
    return names;
}

}  // namespace portolan::registry
