#include "portolan/source/plan_file.hpp"

#include "source/plan_build.hpp"
#include "source/plan_fragments.hpp"
#include "source/plan_parts.hpp"
#include "source/plan_table.hpp"
#include "source/plan_validate.hpp"

namespace portolan::source {
namespace {

PlanFile finish(plan::Node* root, std::optional<registry::Environments> environments,
                plan::Report& report) {
    PlanFile result;
    if (root != nullptr) {
        plan::validate(*root, plan::plan_shape(), report);
        if (!report.is_full())
            result.plan = plan::build_plan(*root, report, std::move(environments));
    }
    result.files = report.files();
    result.findings = report.take_findings();
    return result;
}

/// nullopt when the pieces may not be what the whole says.
std::optional<PlanFile> read_in_pieces(const std::string& path, const FileReader& read_file,
                                       PlanMemory& memory, const Tell& tell) {
    const auto tell_parts = about(tell, "reading " + path);
    plan::Arena arena;
    plan::Report report;
    plan::Pieces pieces;
    plan::Node* root = plan::read_with_parts(path, read_file, arena, report, &pieces);
    if (pieces.refuted) return {};
    if (pieces.empty()) return finish(root, {}, report);  // the root is the whole
    if (root == nullptr || !report.is_empty()) return {};
    if (root->find("environments") != pieces.environments) return {};  // several files have some
    auto environments = plan::read_pieces(pieces, report, memory.find(path), tell_parts);
    if (!environments) return {};
    memory.keep(path, plan::remembered(pieces, *environments));
    return finish(root, std::move(environments), report);
}

}  // namespace

PlanFile read_plan_whole(const std::string& path, const FileReader& read_file) {
    plan::Arena arena;
    plan::Report report;
    return finish(plan::read_with_parts(path, read_file, arena, report, nullptr), {}, report);
}

PlanFile read_plan(const std::string& path, const FileReader& read_file, PlanMemory& memory,
                   const Tell& tell) {
    if (auto read = read_in_pieces(path, read_file, memory, tell)) return std::move(*read);
    return read_plan_whole(path, read_file);
}

PlanFile read_plan(const std::string& path, const FileReader& read_file) {
    PlanMemory memory;
    return read_plan(path, read_file, memory);
}

}  // namespace portolan::source
