// portolan check: everything that is wrong with plans, at once, each with its place and cure.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>

#include "cli/loading.hpp"
#include "cli/terminal.hpp"
#include "portolan/cli/commands.hpp"

namespace portolan::cli {
namespace {

using registry::Finding;
using registry::Findings;
using registry::Severity;

struct Arguments {
    std::vector<std::string> plans;
    bool json = false;
};

std::size_t count(const Findings& findings, Severity severity) {
    return static_cast<std::size_t>(
        std::count_if(findings.begin(), findings.end(),
                      [&](const Finding& finding) { return finding.severity == severity; }));
}

// --- for people ----------------------------------------------------------------------------------

/// The finding's text with its severity in colour.
std::string coloured(const Finding& finding) {
    std::string text = registry::to_string(finding);
    const std::string word = std::string(registry::to_string(finding.severity)) + ":";
    const std::size_t behind_place = text.starts_with(finding.file) ? finding.file.size() : 0;
    const std::size_t at = text.find(word, behind_place);
    if (at == std::string::npos) return text;
    return text.replace(at, word.size(), in_colour_of(finding.severity, word, true));
}

std::string counted(std::size_t number, const char* one, const char* many) {
    return fmt::format("{} {}", number, number == 1 ? one : many);
}

void print_text(const app::LoadedPlans& loaded, const Findings& findings) {
    const bool colour = wants_colour();
    for (const Finding& finding : findings) {
        fmt::print("{}\n", colour ? coloured(finding) : registry::to_string(finding));
    }
    fmt::print("{}: {}, {}, {}\n", counted(loaded.plans.size(), "plan", "plans"),
               counted(count(findings, Severity::error), "error", "errors"),
               counted(count(findings, Severity::warning), "warning", "warnings"),
               counted(count(findings, Severity::note), "note", "notes"));
}

// --- for programs --------------------------------------------------------------------------------

boost::json::object to_json(const Finding& finding) {
    return {{"severity", registry::to_string(finding.severity)},
            {"rule", finding.rule},
            {"file", finding.file},
            {"line", finding.line},
            {"column", finding.column},
            {"message", finding.message},
            {"cure", finding.cure}};
}

boost::json::object summary(const app::LoadedPlans& loaded, const Findings& findings) {
    return {{"plans", loaded.plans.size()},
            {"errors", count(findings, Severity::error)},
            {"warnings", count(findings, Severity::warning)},
            {"notes", count(findings, Severity::note)}};
}

/// One finding a line, so that the output reads well and greps well.
void print_json(const app::LoadedPlans& loaded, const Findings& findings) {
    fmt::print("{{\"findings\": [");
    const char* separator = "\n";
    for (const Finding& finding : findings) {
        fmt::print("{}  {}", separator, boost::json::serialize(to_json(finding)));
        separator = ",\n";
    }
    fmt::print("{}], \"summary\": {}}}\n", findings.empty() ? "" : "\n",
               boost::json::serialize(summary(loaded, findings)));
}

int run(const Arguments& arguments) {
    const app::LoadedPlans loaded = app::load_plans(plans_or_default(arguments.plans));
    const Findings findings = loaded.all_findings();
    arguments.json ? print_json(loaded, findings) : print_text(loaded, findings);
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
