// portolan port: the number behind names.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "cli/loading.hpp"
#include "cli/terminal.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/registry/port_query.hpp"

namespace portolan::cli {
namespace {

struct Arguments {
    registry::PortQuestion question;
    std::vector<std::string> plans;
    bool json = false;
};

void print_json(const registry::PortAnswer& answer) {
    boost::json::object out{{"port", answer.port},
                            {"protocol", registry::to_string(answer.protocol)},
                            {"service", answer.service}};
    if (!answer.instance.empty()) out["instance"] = std::stoul(answer.instance);
    if (!answer.environment.empty()) out["environment"] = answer.environment;
    fmt::print("{}\n", boost::json::serialize(out));
}

int run(const Arguments& arguments) {
    const auto loaded = load(arguments.plans);
    const auto plans = readable_plans(loaded);
    if (plans.empty()) {
        complain("no plan could be read", "Name one with --plan or $PORTOLAN_PLAN.");
        return 2;
    }
    const auto result = registry::find_port(plans, arguments.question);
    if (const auto* refusal = std::get_if<registry::PortRefusal>(&result)) {
        complain(refusal->message, refusal->cure);
        return 1;
    }
    const auto& answer = std::get<registry::PortAnswer>(result);
    arguments.json ? print_json(answer) : fmt::print("{}\n", answer.port);
    return 0;
}

}  // namespace

void add_port(CLI::App& program, int& status) {
    auto* command = program.add_subcommand("port", "Print the port behind names");
    auto arguments = std::make_shared<Arguments>();
    command
        ->add_option("names", arguments->question.words,
                     "APPLICATION TYPE INSTANCE, or SERVICE [PORT NAME] of the registry")
        ->required()
        ->expected(1, 3);
    command->add_option("-e,--environment", arguments->question.environment,
                        "For ports that differ by environment");
    add_plan_option(*command, arguments->plans);
    command->add_flag("--json", arguments->json, "Print the answer as JSON");
    command->footer(
        "Examples:\n"
        "  portolan port oxygen snmp 4\n"
        "  portolan port sodium mcast 3 --environment prod\n"
        "  portolan port user-api\n"
        "Exit status: 0 the number is printed, 1 the plans have no such port, 2 no plan could be "
        "read.");
    command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace portolan::cli
