#include "cli/lint.hpp"

#include <CLI/CLI.hpp>

#include "portolan/cli/commands.hpp"

namespace portolan::cli {

void add_lint(CLI::App& program, int& status) {
    auto* command = program.add_subcommand("lint", "Hold what is against what the plans say");
    command->require_subcommand(1);
    add_lint_host(*command, status);
    add_lint_files(*command, status);
}

}  // namespace portolan::cli
