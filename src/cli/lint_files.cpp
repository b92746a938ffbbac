// portolan lint files: the ports of other tools' files, held against the plans and each other.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "cli/findings_text.hpp"
#include "cli/lint.hpp"
#include "cli/loading.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/desk/judge_files.hpp"
#include "portolan/desk/sarif.hpp"

namespace portolan::cli {
namespace {

namespace fs = std::filesystem;
using registry::Findings;
using registry::Severity;

struct Arguments {
    std::vector<std::string> paths;
    std::vector<std::string> plans;
    std::string as;
    std::string format = "text";
    bool json = false;
    bool has_no_plan = false;
};

/// What was read, and what was passed over in folders because it is no kind of ours.
struct Files {
    std::vector<desk::ReadFile> read;
    std::size_t passed_over = 0;
};

// --- files --------------------------------------------------------------------------------------

/// The file's text, at most one octet more than readers take; nullopt when it cannot be read.
std::optional<std::string> text_of(const std::string& path) {
    std::error_code error;
    if (!fs::is_regular_file(path, error)) return std::nullopt;
    std::ifstream file(path, std::ios::binary);
    std::string text(std::min<std::size_t>(desk::max_file_octets + 1, fs::file_size(path, error)),
                     '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file || error) return std::nullopt;
    return text;
}

void read_file(Files& files, const std::string& path, const desk::FileFormat* format) {
    const auto text = text_of(path);
    desk::ReadFile file{path, {}};
    if (text)
        file.reading = desk::read_port_uses(path, *text, format);
    else
        file.reading.refused = {{}, "the file cannot be read", "Look at its name and its rights."};
    files.read.push_back(std::move(file));
}

/// Of a folder, what is recognised, by name; hidden folders and files are left alone.
void read_folder(Files& files, const std::string& folder, const source::Tell& tell) {
    std::vector<std::string> paths;
    std::error_code error;
    for (fs::recursive_directory_iterator
             each(folder, fs::directory_options::skip_permission_denied, error),
         end;
         !error && each != end; each.increment(error)) {
        const auto name = each->path().filename().string();
        std::error_code unreadable;
        if (name.starts_with('.') || name == "node_modules") {
            each.disable_recursion_pending();
        } else if (each->is_regular_file(unreadable)) {
            paths.push_back(each->path().lexically_normal().string());
        }
    }
    std::ranges::sort(paths);
    const auto tell_parts = source::about(tell, "reading the files of " + folder);
    for (std::size_t i = 0; i < paths.size(); ++i) {
        tell_parts(i, paths.size());
        const auto& path = paths[i];
        const auto text = text_of(path);
        if (text && desk::recognise(path, *text) != nullptr)
            read_file(files, path, nullptr);
        else
            ++files.passed_over;
    }
}

Files read_all(const Arguments& arguments, const desk::FileFormat* format) {
    Files files;
    Progress progress;
    for (const auto& path : arguments.paths) {
        std::error_code error;
        if (fs::is_directory(path, error))
            read_folder(files, path, progress.teller());
        else
            read_file(files, path, format);
    }
    return files;
}

// --- output -------------------------------------------------------------------------------------

void print_text(const Files& files, const Findings& findings) {
    const bool colour = wants_colour();
    for (const auto& each : findings) fmt::print("{}\n", finding_text(each, colour));
    std::map<std::string, std::size_t> formats;
    std::size_t uses = 0;
    for (const auto& each : files.read) {
        if (!each.reading.format.empty()) ++formats[each.reading.format];
        uses += each.reading.uses.size();
    }
    std::string kinds;
    for (const auto& [name, count] : formats)
        kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", count, name);
    fmt::print("{} with {}{}: {}\n", counted(files.read.size(), "file", "files"),
               counted(uses, "statement on ports", "statements on ports"),
               kinds.empty() ? "" : fmt::format(" ({})", kinds), summary_of(findings));
    if (files.passed_over != 0)
        fmt::print("{} passed over: no kind that is known\n",
                   counted(files.passed_over, "file", "files"));
}

void print(const Arguments& arguments, const Files& files, const Findings& findings) {
    if (arguments.json || arguments.format == "json")
        return print_findings_json(findings, {{"files", files.read.size()}});
    if (arguments.format == "sarif")
        return fmt::print("{}\n", desk::to_sarif(findings, PORTOLAN_VERSION));
    print_text(files, findings);
}

// --- the command --------------------------------------------------------------------------------

int status_of(const Findings& findings) {
    const auto has = [&](const auto& is) { return std::ranges::any_of(findings, is); };
    if (has([](const auto& each) { return each.rule == "unreadable"; })) return failed;
    return has([](const auto& each) { return each.severity != Severity::note; }) ? 1 : 0;
}

const desk::FileFormat* format_called(const std::string& name) {
    for (const auto& each : desk::file_formats())
        if (each.name == name) return &each;
    return nullptr;
}

int run(const Arguments& arguments) {
    app::LoadedPlans loaded;
    if (!arguments.has_no_plan) loaded = load(arguments.plans);
    const auto plans = readable_plans(loaded);
    if (plans.empty() && !arguments.has_no_plan) {
        complain("no plan could be read",
                 "Name one with --plan or $PORTOLAN_PLAN; --no-plan holds the files against each "
                 "other alone.");
        return failed;
    }
    const auto files = read_all(arguments, format_called(arguments.as));
    const auto findings = desk::judge_files(files.read, plans);
    print(arguments, files, findings);
    return status_of(findings);
}

std::vector<std::string> format_names() {
    std::vector<std::string> names;
    for (const auto& each : desk::file_formats()) names.emplace_back(each.name);
    return names;
}

}  // namespace

void add_lint_files(CLI::App& lint, int& status) {
    auto* command =
        lint.add_subcommand("files", "Hold the ports of other tools' files against the plans");
    auto arguments = std::make_shared<Arguments>();
    command->add_option("paths", arguments->paths, "Files, or folders of files")->required();
    auto* plan = command->add_option("-p,--plan", arguments->plans,
                                     "A plan, or a folder of plans (repeatable; default: "
                                     "$PORTOLAN_PLAN, else zones/)");
    plan->allow_extra_args(false);
    command
        ->add_flag("--no-plan", arguments->has_no_plan, "Hold the files against each other alone")
        ->excludes(plan);
    command->add_option("--as", arguments->as, "Read the files as this format")
        ->check(CLI::IsMember(format_names()));
    command->add_option("-f,--format", arguments->format, "text, json or sarif")
        ->check(CLI::IsMember({"text", "json", "sarif"}));
    command->add_flag("--json", arguments->json, "The same as --format json");
    std::string formats;
    for (const auto& each : desk::file_formats())
        formats += fmt::format("  {:12}{}\n", each.name, each.summary);
    command->footer("Formats, recognised by name and content:\n" + formats +
                    "Exit status: 0 clean (notes included), 1 findings, 2 a file or plan could "
                    "not be read.");
    command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace portolan::cli
