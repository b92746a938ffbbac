#include "portolan/source/plan_file.hpp"

#include "source/plan_build.hpp"
#include "source/plan_parts.hpp"
#include "source/plan_table.hpp"
#include "source/plan_validate.hpp"

namespace portolan::source {

PlanFile read_plan(const std::string& path, const FileReader& read_file) {
    plan::Arena arena;
    plan::Report report;
    PlanFile result;
    if (plan::Node* root = plan::read_with_parts(path, read_file, arena, report)) {
        plan::validate(*root, plan::plan_shape(), report);
        if (!report.is_full()) result.plan = plan::build_plan(*root, report);
    }
    result.files = report.files();
    result.findings = report.take_findings();
    return result;
}

}  // namespace portolan::source
