#include "portolan/registry/check.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace portolan::registry {
namespace {

constexpr std::array<const char*, 6> verdict_words{"unknown",  "passing",  "warning",
                                                   "critical", "draining", "maintenance"};

}  // namespace

const char* to_string(Verdict verdict) noexcept {
    return verdict_words[static_cast<std::size_t>(verdict)];
}

std::optional<Verdict> parse_verdict(std::string_view text) noexcept {
    const auto found = std::ranges::find(verdict_words, text);
    if (found == verdict_words.end()) return std::nullopt;
    return static_cast<Verdict>(found - verdict_words.begin());
}

}  // namespace portolan::registry
