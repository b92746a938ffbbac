#include "source/plan_report.hpp"

#include <fmt/format.h>

namespace portolan::source::plan {

std::uint32_t Report::add_file(std::string name) {
    files_.push_back(std::move(name));
    return static_cast<std::uint32_t>(files_.size() - 1);
}

std::string Report::text(const registry::Place& place) const {
    return fmt::format("{}:{}:{}", files_.at(place.file), place.line, place.column);
}

void Report::add(registry::Severity severity, registry::Place place, std::string rule,
                 Complaint complaint) {
    if (severity == registry::Severity::error) has_errors_ = true;
    if (is_full() || !said_.emplace(place, complaint.message).second) return;
    if (findings_.size() == most) {
        place.line = place.column = 0;
        rule = "too-many-findings";
        complaint = {"there is more, which is not shown", "Cure what is shown first"};
    }
    findings_.emplace(
        place,
        registry::Finding{severity, std::move(rule), files_.at(place.file), place.line,
                          place.column, std::move(complaint.message), std::move(complaint.cure)});
}

registry::Findings Report::take_findings() {
    registry::Findings findings;
    for (auto& [place, finding] : findings_) findings.push_back(std::move(finding));
    return findings;
}

}  // namespace portolan::source::plan
