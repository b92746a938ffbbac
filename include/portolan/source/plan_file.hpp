// Reads a plan from YAML: one field table drives reading, validation, "did you mean" and the
// JSON Schema that editors use.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "portolan/registry/plan.hpp"
#include "portolan/source/master_file.hpp"

namespace portolan::source {

struct PlanFile {
    std::optional<registry::Plan> plan;  // absent when the text cannot be understood at all
    registry::Findings findings;         // syntax, types, unknown keys, references into files
    std::vector<std::string> files;      // every file read (plan, includes), to be watched
};

/// Reads one plan with its includes. Never throws for bad input.
PlanFile read_plan(const std::string& path, const FileReader& read_file);

/// The plans that the arguments name: a file is itself; a folder is every *.yaml and *.yml in it
/// (not below) that is not another's `include:` part. Sorted, without repeats.
struct PlanPaths {
    std::vector<std::string> paths;
    registry::Findings findings;  // what does not exist or cannot be read
};
PlanPaths find_plans(const std::vector<std::string>& files_or_folders);

/// JSON Schema (draft 2020-12) of the plan, made from the same table.
std::string plan_schema();

}  // namespace portolan::source
