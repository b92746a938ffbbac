// portolan completion: what shells read to complete portolan's commands and options.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "portolan/cli/commands.hpp"
#include "shape.hpp"

namespace portolan::cli {
namespace {

/// Within '…' of any of the shells.
std::string quoted(const std::string& text) {
    std::string out;
    for (const char c : text) out += c == '\'' ? std::string("’") : std::string(1, c);
    return out;
}

std::string last_word(const std::string& name) { return name.substr(name.rfind(' ') + 1); }

/// "serve check …"
std::string words_of(const CommandShape& command) {
    std::string words;
    for (const auto& each : command.commands) words += " " + last_word(each.name);
    for (const auto& each : command.options) {
        if (each.is_positional) continue;
        words += " " + each.names.back();
    }
    return words.empty() ? words : words.substr(1);
}

/// Where the words up to the cursor lead: a case for each step from a command to one below it.
void print_steps(const CommandShape& program, const char* case_format) {
    for_each_command(program, [&](const CommandShape& command) {
        for (const auto& each : command.commands)
            fmt::print(fmt::runtime(case_format), command.name, last_word(each.name), each.name);
    });
}

void print_bash(const CommandShape& program) {
    fmt::print(
        "_portolan() {{\n"
        "    local at=portolan word words=''\n"
        "    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}\n"
        "    for word in \"${{COMP_WORDS[@]:1:COMP_CWORD - 1}}\"; do\n"
        "        case \"$at $word\" in\n");
    print_steps(program, "            '{0} {1}') at='{2}' ;;\n");
    fmt::print("        esac\n    done\n    case \"$at $previous\" in\n");
    for_each_command(program, [](const CommandShape& command) {
        for (const auto& each : command.options) {
            if (each.choices.empty()) continue;
            for (const auto& name : each.names)
                fmt::print("        '{} {}') words='{}' ;;\n", command.name, name,
                           fmt::join(each.choices, " "));
        }
    });
    fmt::print("    esac\n    [ -n \"$words\" ] || case $at in\n");
    for_each_command(program, [](const CommandShape& command) {
        fmt::print("        '{}') words='{}' ;;\n", command.name, words_of(command));
    });
    fmt::print(
        "    esac\n"
        "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
        "}}\n"
        "complete -o default -F _portolan portolan\n");
}

void print_zsh(const CommandShape& program) {
    fmt::print(
        "#compdef portolan\n"
        "_portolan() {{\n"
        "    local at=portolan word\n"
        "    local -a commands options choices\n"
        "    for word in ${{words[2,CURRENT-1]}}; do\n"
        "        case \"$at $word\" in\n");
    print_steps(program, "            ('{0} {1}') at='{2}' ;;\n");
    fmt::print("        esac\n    done\n    case \"$at ${{words[CURRENT-1]}}\" in\n");
    for_each_command(program, [](const CommandShape& command) {
        for (const auto& each : command.options) {
            if (each.choices.empty()) continue;
            for (const auto& name : each.names)
                fmt::print("        ('{} {}') choices=({}) ;;\n", command.name, name,
                           fmt::join(each.choices, " "));
        }
    });
    fmt::print(
        "    esac\n"
        "    if (( $#choices )); then compadd -a choices; return; fi\n"
        "    case $at in\n");
    const auto described = [](const std::string& word, const std::string& text) {
        std::string name;
        for (const char c : word) name += c == ':' ? std::string("\\:") : std::string(1, c);
        fmt::print(" '{}:{}'", name, quoted(text));
    };
    for_each_command(program, [&](const CommandShape& command) {
        fmt::print("        ('{}') commands=(", command.name);
        for (const auto& each : command.commands) described(last_word(each.name), each.description);
        fmt::print(") options=(");
        for (const auto& each : command.options)
            if (!each.is_positional) described(each.names.back(), each.description);
        fmt::print(") ;;\n");
    });
    fmt::print(
        "    esac\n"
        "    if [[ $PREFIX == -* ]]; then _describe -o option options; return; fi\n"
        "    if (( $#commands )); then _describe command commands; else _files; fi\n"
        "}}\n"
        "if [ \"$funcstack[1]\" = _portolan ]; then _portolan \"$@\"; else compdef _portolan "
        "portolan; fi\n");
}

void print_fish(const CommandShape& program) {
    fmt::print(
        "function __portolan_at\n"
        "    set -l at portolan\n"
        "    for word in (commandline -opc)[2..-1]\n"
        "        switch \"$at $word\"\n");
    print_steps(program, "            case '{0} {1}'\n                set at '{2}'\n");
    fmt::print("        end\n    end\n    test \"$at\" = \"$argv[1]\"\nend\n");
    for_each_command(program, [](const CommandShape& command) {
        const std::string here =
            fmt::format("complete -c portolan -n '__portolan_at \"{}\"'", command.name);
        for (const auto& each : command.commands)
            fmt::print("{} -f -a {} -d '{}'\n", here, last_word(each.name),
                       quoted(each.description));
        for (const auto& each : command.options) {
            if (each.is_positional) continue;
            std::string line = here;
            for (const auto& name : each.names)
                line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
            if (!each.choices.empty())
                line += fmt::format(" -x -a '{}'", fmt::join(each.choices, " "));
            else if (!each.value.empty())
                line += " -r";
            fmt::print("{} -d '{}'\n", line, quoted(each.description));
        }
    });
}

}  // namespace

void add_completion(CLI::App& program, int& status) {
    auto* command = program.add_subcommand(
        "completion", "Print what a shell reads to complete portolan's commands and options");
    const auto shell = std::make_shared<std::string>();
    command->add_option("shell", *shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->footer(
        "bash: source <(portolan completion bash). zsh: portolan completion zsh > _portolan, in a\n"
        "folder of $fpath. fish: portolan completion fish | source.\n"
        "Exit status: 0 it is printed, 2 that is no shell it knows.");
    command->callback([&program, shell, &status] {
        const CommandShape shape = shape_of(program);
        if (*shell == "bash") print_bash(shape);
        if (*shell == "zsh") print_zsh(shape);
        if (*shell == "fish") print_fish(shape);
        status = 0;
    });
}

}  // namespace portolan::cli
