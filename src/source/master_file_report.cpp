#include "master_file_report.hpp"

#include <fmt/core.h>

#include <tuple>

namespace portolan::source {

std::uint32_t MasterFileReport::file_index(const std::string& path) {
    const auto found = std::find(files_.begin(), files_.end(), path);
    const auto index = static_cast<std::uint32_t>(found - files_.begin());
    if (found == files_.end()) files_.push_back(path);
    return index;
}

void MasterFileReport::add(registry::Severity severity, FilePlace at, std::string rule,
                           std::string message, std::string cure) {
    if (++seen_[static_cast<std::size_t>(severity)] > limit_) {
        ++dropped_;
        worst_dropped_ = std::max(worst_dropped_, severity);
        return;
    }
    findings_.push_back({severity, std::move(rule), files_[at.file], at.line, at.column,
                         std::move(message), std::move(cure)});
}

std::string MasterFileReport::where(FilePlace at) const {
    return fmt::format("{}:{}", files_[at.file], at.line);
}

registry::Findings MasterFileReport::take() {
    const auto key = [this](const registry::Finding& finding) {
        const auto file = std::find(files_.begin(), files_.end(), finding.file);
        return std::tuple(file, finding.line, finding.column, std::string_view(finding.message));
    };
    std::sort(findings_.begin(), findings_.end(),
              [&](const auto& a, const auto& b) { return key(a) < key(b); });
    if (dropped_ > 0)
        findings_.push_back({worst_dropped_, "more-findings", files_.front(), 0, 0,
                             fmt::format("{} more findings are not shown", dropped_),
                             "Cure those above first and check again."});
    return std::move(findings_);
}

}  // namespace portolan::source
