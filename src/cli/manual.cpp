// portolan manual: the manual pages' text, in AsciiDoc. tools/manuals makes pages of it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "loading.hpp"
#include "portolan/cli/commands.hpp"
#include "shape.hpp"

namespace portolan::cli {
namespace {

constexpr std::string_view exit_status = "Exit status:";

/// Text that means nothing to AsciiDoc.
std::string plain(std::string_view text) {
    std::string out = "pass:c[";
    for (const char c : text) {
        if (c == ']') out += '\\';
        out += c;
    }
    return out + "]";
}

std::string with_hyphens(std::string name) {
    std::ranges::replace(name, ' ', '-');
    return name;
}

std::string sentence(std::string text) {
    if (text.empty()) return text;
    text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    return text.ends_with('.') ? text : text + ".";
}

std::string synopsis(const CommandShape& command) {
    std::string line = "*" + command.name + "*";
    if (!command.commands.empty()) line += " _COMMAND_";
    bool has_options = false;
    for (const auto& each : command.options) has_options |= !each.is_positional;
    if (has_options) line += " [_OPTION_...]";
    for (const auto& each : command.options) {
        if (!each.is_positional) continue;
        const std::string name =
            fmt::format("_{}_{}", each.names.front(), each.repeats ? "..." : "");
        line += each.is_required ? " " + name : " [" + name + "]";
    }
    return line;
}

void print_option(const OptionShape& option) {
    std::string names;
    for (const auto& each : option.names) {
        if (!names.empty()) names += ", ";
        names += option.is_positional ? "_" + each + "_" : "*" + plain(each) + "*";
    }
    if (!option.value.empty() && !option.is_positional) names += " _" + option.value + "_";
    std::string text = sentence(option.description);
    if (!option.choices.empty())
        text += fmt::format(" One of {}.", fmt::join(option.choices, ", "));
    if (!option.otherwise.empty() && option.otherwise != "\"\"" && option.otherwise != "[]")
        text += fmt::format(" Default: {}.", option.otherwise);
    fmt::print("{}::\n{}\n\n", names, plain(text));
}

void print_options(const CommandShape& command, bool are_positional, const char* heading) {
    bool is_first = true;
    for (const auto& each : command.options) {
        if (each.is_positional != are_positional) continue;
        if (std::exchange(is_first, false)) fmt::print("== {}\n\n", heading);
        print_option(each);
    }
}

/// What a footer says of exit status is a section of its own.
void print_footer(std::string footer) {
    std::ranges::replace(footer, '\n', ' ');
    const auto at = footer.find(exit_status);
    const auto notes = footer.substr(0, at);
    if (!notes.empty()) fmt::print("== NOTES\n\n{}\n\n", plain(notes));
    if (at == std::string::npos) return;
    const auto status = footer.substr(at + exit_status.size());
    fmt::print("== EXIT STATUS\n\n{}\n\n", plain(status.substr(status.find_first_not_of(' '))));
}

void print_page(const CommandShape& command, const CommandShape& program) {
    const std::string page = with_hyphens(command.name);
    fmt::print(
        "= {}(1)\n:doctype: manpage\n:manmanual: portolan\n:mansource: portolan {}\n\n"
        "== NAME\n\n{} - {}\n\n== SYNOPSIS\n\n{}\n\n== DESCRIPTION\n\n{}\n\n",
        page, PORTOLAN_VERSION, page, command.description, synopsis(command),
        plain(sentence(command.description)));
    if (!command.commands.empty()) {
        fmt::print("== COMMANDS\n\n");
        for (const auto& each : command.commands)
            fmt::print("*{}*(1)::\n{}\n\n", with_hyphens(each.name),
                       plain(sentence(each.description)));
    }
    print_options(command, true, "ARGUMENTS");
    print_options(command, false, "OPTIONS");
    print_footer(command.footer);
    if (&command != &program) fmt::print("== SEE ALSO\n\n*portolan*(1)\n");
}

int run(const CLI::App& app, const std::vector<std::string>& words, bool lists) {
    const CommandShape program = shape_of(app);
    std::string wanted = program.name;
    for (const auto& each : words) wanted += " " + each;
    bool is_found = false;
    for_each_command(program, [&](const CommandShape& command) {
        if (lists) fmt::print("{}\n", command.name);
        is_found |= lists;
        if (lists || command.name != wanted) return;
        is_found = true;
        print_page(command, program);
    });
    return is_found ? 0 : fail("there is no command " + wanted);
}

}  // namespace

void add_manual(CLI::App& program, int& status) {
    auto* command =
        program.add_subcommand("manual", "Print the manual page of a command, as AsciiDoc");
    const auto words = std::make_shared<std::vector<std::string>>();
    const auto lists = std::make_shared<bool>(false);
    command->add_option("command", *words,
                        "the command's words, as key roll; none: portolan's page");
    command->add_flag("--list", *lists, "print all commands that have a page");
    command->footer("Exit status: 0 it is printed, 2 there is no such command.");
    command->callback([&program, words, lists, &status] { status = run(program, *words, *lists); });
}

}  // namespace portolan::cli
