#include "plan_text.hpp"

#include <stdexcept>

#include "portolan/source/plan_file.hpp"

namespace portolan::test {

registry::Plan plan_from(const std::string& yaml) {
    const auto read = [&yaml](const std::string& path) -> std::optional<std::string> {
        if (path == "plan.yaml") return yaml;
        return std::nullopt;
    };
    source::PlanFile file = source::read_plan("plan.yaml", read);
    std::string complaints;
    for (const auto& finding : file.findings) {
        if (finding.severity == registry::Severity::error) complaints += to_string(finding) + "\n";
    }
    if (!file.plan || !complaints.empty()) throw std::invalid_argument(complaints);
    return std::move(*file.plan);
}

}  // namespace portolan::test
