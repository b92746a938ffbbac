// What every command that reads plans does first.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "portolan/app/load.hpp"

namespace CLI {
class App;
}

namespace portolan::cli {

/// Exit status of commands that could not do what was asked: a plan with errors, an unknown name.
inline constexpr int failed = 2;

/// Adds the positional `plans` argument with its default, as all commands word it.
void add_plans_argument(CLI::App& command, std::vector<std::string>& plans);

/// The same as the option --plan, for commands whose positional arguments are something else.
void add_plan_option(CLI::App& command, std::vector<std::string>& plans);

/// The plans, or those of $PORTOLAN_PLAN, or of zones/; read while a terminal shows how far.
app::LoadedPlans load(const std::vector<std::string>& plans);

/// Plans without errors; otherwise the errors go to standard error and nullopt comes back.
std::optional<app::LoadedPlans> load_or_complain(const std::vector<std::string>& plans);

/// Says on standard error why a command ends, and returns its exit status.
int fail(const std::string& reason);

}  // namespace portolan::cli
