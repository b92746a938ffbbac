// portolan check: everything that is wrong with plans, at once, each with its place and cure.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/findings_text.hpp"
#include "cli/loading.hpp"
#include "cli/terminal.hpp"
#include "portolan/cli/commands.hpp"

namespace portolan::cli {
namespace {

using registry::Findings;

struct Arguments {
    std::vector<std::string> plans;
    bool json = false;
};

void print_text(const app::LoadedPlans& loaded, const Findings& findings) {
    const bool colour = wants_colour();
    for (const auto& finding : findings) fmt::print("{}\n", finding_text(finding, colour));
    fmt::print("{}: {}\n", counted(loaded.plans.size(), "plan", "plans"), summary_of(findings));
}

int run(const Arguments& arguments) {
    const app::LoadedPlans loaded = load(arguments.plans);
    const Findings findings = loaded.all_findings();
    if (arguments.json)
        print_findings_json(findings, {{"plans", loaded.plans.size()}});
    else
        print_text(loaded, findings);
    return registry::exit_status(findings);
}

}  // namespace

void add_check(CLI::App& program, int& status) {
    auto* command = program.add_subcommand("check", "Report everything that is wrong with plans");
    auto arguments = std::make_shared<Arguments>();
    add_plans_argument(*command, arguments->plans);
    command->add_flag("--json", arguments->json, "Print findings as JSON");
    command->footer("Exit status: 0 clean (notes included), 1 warnings, 2 errors.");
    command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace portolan::cli
