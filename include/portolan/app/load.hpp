// From paths to checked plans: the one way in, for serve and for every command.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "portolan/app/follower.hpp"
#include "portolan/registry/plan.hpp"
#include "portolan/source/plan_file.hpp"
#include "portolan/zone/derive.hpp"

namespace portolan::app {

/// One plan as read and checked.
struct LoadedPlan {
    std::optional<registry::Plan> plan;  // absent when the text could not be understood at all
    zone::Records extra;                 // from its master file
    KeyFiles keys;                       // for its transfers
    registry::Findings findings;         // reading, ports, names
    [[nodiscard]] bool has_errors() const noexcept;
};

struct LoadedPlans {
    std::vector<LoadedPlan> plans;
    registry::Findings findings;     // about paths, and between plans
    std::vector<std::string> files;  // everything read: what a watch must look at
    [[nodiscard]] bool has_errors() const noexcept;
    [[nodiscard]] registry::Findings all_findings() const;  // plan by plan, then between plans
};

/// Reads and checks everything that the arguments name. Never throws for bad input.
LoadedPlans load_plans(const std::vector<std::string>& files_or_folders);
/// The same, with what the last load remembers of the files; and it tells how far it has come.
LoadedPlans load_plans(const std::vector<std::string>& files_or_folders, source::PlanMemory& memory,
                       const source::Tell& tell = {});

}  // namespace portolan::app
