// portolan export: the plan in the words of other tools.
#include "portolan/desk/export.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/loading.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/registry/suggest.hpp"

namespace portolan::cli {
namespace {

struct Arguments {
    std::string format;
    std::vector<std::string> plans;
    desk::ExportFilter filter;
};

using Plans = std::vector<const registry::Plan*>;

int list_formats() {
    for (const auto& each : desk::export_formats())
        fmt::print("{:25}{}\n", each.name, each.summary);
    return 0;
}

/// Says that no plan has a thing of that name, when none has.
class Knowledge {
public:
    template <class Has, class Names>
    void expect(const char* what, const std::string& name, const Plans& plans, Has has,
                Names names_of) {
        if (name.empty() || unknown_) return;
        std::vector<std::string> known;
        for (const auto* plan : plans) {
            if (has(*plan)) return;
            names_of(*plan, known);
        }
        const std::vector<std::string_view> views(known.begin(), known.end());
        complain(fmt::format("no plan has {} \"{}\"", what, name),
                 registry::did_you_mean(name, views));
        unknown_ = true;
    }
    [[nodiscard]] bool lacks() const noexcept { return unknown_; }

private:
    bool unknown_ = false;
};

template <class Named>
void add_names(const Named& all, std::vector<std::string>& names) {
    for (const auto name : registry::names_of(all)) names.emplace_back(name);
}

bool has_unknown_name(const desk::ExportFilter& filter, const Plans& plans) {
    using registry::Plan;
    Knowledge knowledge;
    knowledge.expect(
        "an environment", filter.environment, plans,
        [&](const Plan& plan) { return plan.environment(filter.environment) != nullptr; },
        [](const Plan& plan, auto& names) { add_names(plan.environments, names); });
    knowledge.expect(
        "a host", filter.host, plans,
        [&](const Plan& plan) {
            return std::ranges::any_of(
                plan.environments, [&](auto& each) { return each.host(filter.host) != nullptr; });
        },
        [](const Plan& plan, auto& names) {
            for (const auto& each : plan.environments) add_names(each.hosts, names);
        });
    knowledge.expect(
        "an application or service", filter.application, plans,
        [&](const Plan& plan) {
            return plan.application(filter.application) != nullptr ||
                   plan.service(filter.application) != nullptr;
        },
        [](const Plan& plan, auto& names) {
            if (plan.convention) add_names(plan.convention->applications, names);
            add_names(plan.services, names);
        });
    return knowledge.lacks();
}

int run(const Arguments& arguments) {
    if (arguments.format.empty()) return list_formats();
    const auto* format = desk::find_export_format(arguments.format);
    if (format == nullptr) {
        complain(
            fmt::format("there is no format \"{}\"", arguments.format),
            registry::did_you_mean(arguments.format, registry::names_of(desk::export_formats())));
        return failed;
    }
    const auto loaded = load_or_complain(arguments.plans);
    if (!loaded) return failed;
    Plans plans;
    for (const auto& each : loaded->plans) plans.push_back(&*each.plan);
    if (plans.empty()) return fail("no plan could be read");
    if (has_unknown_name(arguments.filter, plans)) return failed;
    const auto input = shown_at_work("collecting the ports",
                                     [&] { return desk::collect(plans, arguments.filter); });
    if (input.ports.empty()) {
        complain("no port is left by what was asked for", "Ask for less at once.");
        return 1;
    }
    fmt::print("{}", shown_at_work("writing them", [&] { return format->write(input); }));
    return 0;
}

}  // namespace

void add_export(CLI::App& program, int& status) {
    auto* command = program.add_subcommand("export", "Write the plan in the words of other tools");
    auto arguments = std::make_shared<Arguments>();
    command->add_option("format", arguments->format, "The format; without one, formats are listed");
    add_plan_option(*command, arguments->plans);
    command->add_option("-e,--environment,--env", arguments->filter.environment,
                        "Only this environment (a name or an alias)");
    command->add_option("--host", arguments->filter.host, "Only what this host serves");
    command->add_option("--application", arguments->filter.application,
                        "Only this application or named service");
    command->add_option("--type", arguments->filter.type, "Only this port type");
    command->footer(
        "Exit status: 0 the text is printed, 1 no port is left by what was asked for, 2 no plan\n"
        "could be read, or it has no such name.");
    command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace portolan::cli
