#include "portolan/registry/finding.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace portolan::registry {
namespace {

std::string place_text(const Finding& finding) {
    if (finding.line == 0) return finding.file;
    if (finding.column == 0) return fmt::format("{}:{}", finding.file, finding.line);
    return fmt::format("{}:{}:{}", finding.file, finding.line, finding.column);
}

}  // namespace

const char* to_string(Severity severity) noexcept {
    switch (severity) {
        case Severity::note:
            return "note";
        case Severity::warning:
            return "warning";
        case Severity::error:
            return "error";
    }
    return "error";
}

std::string to_string(const Finding& finding) {
    const auto place = place_text(finding);
    auto text = fmt::format("{}{}{}: {} [{}]", place, place.empty() ? "" : ": ",
                            to_string(finding.severity), finding.message, finding.rule);
    if (!finding.cure.empty()) text += "\n    cure: " + finding.cure;
    return text;
}

int exit_status(const Findings& findings) noexcept {
    auto worst = Severity::note;
    for (const auto& finding : findings) worst = std::max(worst, finding.severity);
    return static_cast<int>(worst);
}

}  // namespace portolan::registry
