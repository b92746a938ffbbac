// Reads a plan from YAML: one field table drives reading, validation, "did you mean" and the
// JSON Schema that editors use.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "portolan/registry/plan.hpp"
#include "portolan/source/master_file.hpp"
#include "portolan/source/progress.hpp"

namespace portolan::source {

struct PlanFile {
    std::optional<registry::Plan> plan;  // absent when the text cannot be understood at all
    registry::Findings findings;         // syntax, types, unknown keys, references into files
    std::vector<std::string> files;      // every file read (plan, includes), to be watched
};

/// What plans' files said when they were read last. Given to the next reading, environments whose
/// lines are as they were are not read again: the new plan shares them with the old one (or has
/// copies, where they only moved), and same_environment() tells at once. Holds the files' text.
/// One thread at a time.
class PlanMemory {
public:
    struct File {
        std::shared_ptr<const std::string> text;  // the keys below point into it
        std::unordered_map<std::string_view, std::shared_ptr<const registry::Environment>>
            environments;  // by their lines
    };
    /// By the plan's path; nullptr when nothing is known.
    [[nodiscard]] const File* find(const std::string& path) const {
        const auto found = files_.find(path);
        return found == files_.end() ? nullptr : &found->second;
    }
    void keep(const std::string& path, File file) {
        files_.insert_or_assign(path, std::move(file));
    }

private:
    std::unordered_map<std::string, File> files_;
};

/// Reads one plan with its includes. Never throws for bad input. Tells by environments how far it
/// has come.
PlanFile read_plan(const std::string& path, const FileReader& read_file);
PlanFile read_plan(const std::string& path, const FileReader& read_file, PlanMemory& memory,
                   const Tell& tell = {});
/// The same, never by pieces (docs/decisions/2026-11-22-plan-fragments.md): the slow way, which is
/// right by being simple. Tests and a fuzzer hold the other one against it.
PlanFile read_plan_whole(const std::string& path, const FileReader& read_file);

/// The master file that the plan names with `records:`; nothing where it names none.
MasterFile read_records(const registry::Plan& plan, const OpenText& open);

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
