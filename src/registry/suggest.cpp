#include "portolan/registry/suggest.hpp"

#include <algorithm>

namespace portolan::registry {
namespace {

char folded(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Optimal string alignment distance, three rows of the usual table.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> above(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = folded(a[i - 1]) == folded(b[j - 1]);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) &&
                folded(a[i - 2]) == folded(b[j - 1]))
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return above[b.size()];
}

}  // namespace

std::optional<std::string> closest(std::string_view typed,
                                   const std::vector<std::string_view>& candidates) {
    std::optional<std::string> best;
    std::size_t best_distance = 0;
    for (const auto candidate : candidates) {
        const auto allowed = (std::max(typed.size(), candidate.size()) + 2) / 3;
        const auto edits = distance(typed, candidate);
        if (edits > allowed || (best && edits >= best_distance)) continue;
        best = std::string(candidate);
        best_distance = edits;
    }
    return best;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string_view>& candidates) {
    if (const auto near = closest(typed, candidates)) return "Did you mean \"" + *near + "\"?";
    if (candidates.empty()) return "";
    std::string text = "Known: ";
    for (std::size_t i = 0; i < candidates.size() && i < 8; ++i)
        text += (i == 0 ? "" : ", ") + std::string(candidates[i]);
    return text + (candidates.size() > 8 ? ", …" : ".");
}

}  // namespace portolan::registry
