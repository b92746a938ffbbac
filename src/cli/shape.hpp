// The commands as data, for their manuals and for the shells' completion: taken from the very
// definitions that read the command line, so that neither can say anything else.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace portolan::cli {

struct OptionShape {
    std::vector<std::string> names;  // "-l", "--listen"; of a positional one its name, "plans"
    std::string value;               // what stands for its value, "ADDR:PORT"; "" for a flag
    std::vector<std::string> choices;
    std::string description;
    std::string otherwise;  // its default; "" when that is not told
    bool is_positional = false;
    bool is_required = false;
    bool repeats = false;
};

struct CommandShape {
    std::string name;  // "portolan key roll"
    std::string description;
    std::string footer;
    std::vector<OptionShape> options;
    std::vector<CommandShape> commands;
};

CommandShape shape_of(const CLI::App& program);

/// Calls `visit` with the command and all below it, those above first.
template <class Visit>
void for_each_command(const CommandShape& command, const Visit& visit) {
    visit(command);
    for (const auto& each : command.commands) for_each_command(each, visit);
}

}  // namespace portolan::cli
