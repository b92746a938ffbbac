#include "loading.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/progress.hpp"
#include "portolan/cli/commands.hpp"

namespace portolan::cli {

void add_plans_argument(CLI::App& command, std::vector<std::string>& plans) {
    command.add_option("plans", plans,
                       "Plans, or folders of plans (default: $PORTOLAN_PLAN, else zones/)");
}

void add_plan_option(CLI::App& command, std::vector<std::string>& plans) {
    command.add_option(
        "-p,--plan", plans,
        "A plan, or a folder of plans (repeatable; default: $PORTOLAN_PLAN, else zones/)");
}

app::LoadedPlans load(const std::vector<std::string>& plans) {
    Progress progress;
    source::PlanMemory memory;
    return app::load_plans(plans_or_default(plans), memory, progress.teller());
}

std::optional<app::LoadedPlans> load_or_complain(const std::vector<std::string>& plans) {
    app::LoadedPlans loaded = load(plans);
    if (!loaded.has_errors()) return loaded;
    for (const auto& finding : loaded.all_findings()) {
        if (finding.severity != registry::Severity::error) continue;
        fmt::print(stderr, "{}\n", registry::to_string(finding));
    }
    return std::nullopt;
}

int fail(const std::string& reason) {
    fmt::print(stderr, "portolan: {}\n", reason);
    return failed;
}

}  // namespace portolan::cli
