// portolan schema: the JSON Schema of the plan, for editors.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "portolan/cli/commands.hpp"
#include "portolan/source/plan_file.hpp"

namespace portolan::cli {

void add_schema(CLI::App& program, int& status) {
    auto* command = program.add_subcommand("schema", "Print the JSON Schema of the plan language");
    command->footer(
        "Editors complete and check plans with it. With the YAML language server, write it to a\n"
        "file and begin a plan with:  # yaml-language-server: $schema=portolan.schema.json");
    command->callback([&status] {
        fmt::print("{}", source::plan_schema());
        status = 0;
    });
}

}  // namespace portolan::cli
