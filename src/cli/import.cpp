// portolan import: a plan from what other tools' files say of ports.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <iostream>
#include <iterator>

#include "cli/loading.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/desk/import.hpp"
#include "portolan/desk/write_plan.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/registry/suggest.hpp"
#include "portolan/source/master_file.hpp"

namespace portolan::cli {
namespace {

struct Arguments {
    std::string format;
    std::vector<std::string> files;
    std::string zone;
    desk::PlanTerms terms;
    bool json = false;
};

int list_formats() {
    for (const auto& each : desk::import_formats())
        fmt::print("{:12}{}\n", each.name, each.summary);
    return 0;
}

/// "-" is standard input.
std::optional<std::string> text_of(const std::string& file) {
    if (file != "-") return source::read_whole_file(file);
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

bool is_zone(const std::string& text) {
    const auto name = dns::parse_name(text.ends_with('.') ? text : text + ".");
    return name && name->view().label_count() > 0;
}

void print_findings(const registry::Findings& findings) {
    constexpr std::size_t most = 40;  // what a person reads
    for (std::size_t i = 0; i < findings.size() && i < most; ++i)
        fmt::print(stderr, "{}\n", registry::to_string(findings[i]));
    if (findings.size() > most)
        fmt::print(stderr, "… and {} more: --json has them all\n", findings.size() - most);
}

void print_json(const std::string& plan, const registry::Findings& findings) {
    boost::json::array all;
    for (const auto& each : findings)
        all.push_back({{"severity", registry::to_string(each.severity)},
                       {"rule", each.rule},
                       {"file", each.file},
                       {"line", each.line},
                       {"column", each.column},
                       {"message", each.message},
                       {"cure", each.cure}});
    fmt::print("{}\n",
               boost::json::serialize(boost::json::object{{"plan", plan}, {"findings", all}}));
}

int run(const Arguments& arguments) {
    if (arguments.format.empty()) return list_formats();
    const auto* format = desk::find_import_format(arguments.format);
    if (format == nullptr) {
        complain(
            fmt::format("there is no format \"{}\"", arguments.format),
            registry::did_you_mean(arguments.format, registry::names_of(desk::import_formats())));
        return failed;
    }
    if (arguments.files.empty()) return fail("name a file to import, or - for standard input");
    if (!arguments.zone.empty() && !is_zone(arguments.zone))
        return fail(fmt::format("\"{}\" is no domain name", arguments.zone));
    desk::Imported imported;
    for (const auto& file : arguments.files) {
        const auto text = text_of(file);
        if (!text) return fail(fmt::format("{} cannot be read", file));
        desk::import_text(*format, file == "-" ? "standard input" : file, *text, imported);
    }
    auto findings = std::move(imported.findings);
    desk::WrittenPlan written;
    auto terms = arguments.terms;
    if (!imported.zone.empty()) terms.zone = imported.zone;
    if (!arguments.zone.empty()) terms.zone = arguments.zone;
    if (registry::exit_status(findings) < 2)
        written =
            shown_at_work("writing a plan", [&] { return desk::write_plan(imported, terms); });
    findings.insert(findings.end(), written.findings.begin(), written.findings.end());
    if (arguments.json) {
        print_json(written.text, findings);
    } else {
        fmt::print("{}", written.text);
        print_findings(findings);
    }
    return written.text.empty() ? failed : registry::exit_status(findings);
}

}  // namespace

void add_import(CLI::App& program, int& status) {
    auto* command =
        program.add_subcommand("import", "Write a plan of what other files say of ports");
    auto arguments = std::make_shared<Arguments>();
    command->add_option("format", arguments->format,
                        "The files' format; without one, formats are listed");
    command->add_option("files", arguments->files, "Files; - is standard input");
    command->add_option("--zone", arguments->zone,
                        "The plan's zone (default: the file's, else svc.corp.example)");
    command
        ->add_option("--environment", arguments->terms.environment,
                     "The environment of hosts whose file names none")
        ->capture_default_str();
    command->add_flag("--infer", arguments->terms.infer,
                      "Find the convention that explains most of a list, and name the exceptions");
    command->add_flag("--json", arguments->json, "Print plan and findings as JSON");
    command->footer(
        "The plan goes to standard output, and what was skipped to standard error.\n"
        "Exit status: 0 all of it is in the plan, 1 something was skipped, 2 no plan was written.");
    command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace portolan::cli
