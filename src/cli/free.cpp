// portolan free: whether ports can be taken on this machine.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>

#include "cli/listener_json.hpp"
#include "cli/loading.hpp"
#include "cli/terminal.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/desk/free_ports.hpp"

namespace portolan::cli {
namespace {

using desk::PortState;
using desk::PortUse;

struct Arguments {
    std::vector<std::string> ports;
    std::vector<std::string> plans;
    std::string own;
    bool json = false;
};

// --- for people ---------------------------------------------------------------------------------

std::string details(const PortState& state) {
    std::vector<std::string> parts;
    for (const auto& each : state.sockets)
        parts.push_back(fmt::format("{} {}", to_string(each.protocol), each.text));
    for (const auto& each : state.declared)
        parts.push_back(fmt::format("{} {}{}", to_string(each.protocol),
                                    state.use == PortUse::in_use ? "declared: " : "", each.text));
    if (parts.empty())
        for (const auto& each : state.ranges) parts.push_back("within " + each);
    if (state.is_ephemeral && state.use != PortUse::in_use)
        parts.push_back("ephemeral: an outgoing connection may take it");
    std::string all;
    for (const auto& each : parts) all += (all.empty() ? "" : "; ") + each;
    return all;
}

/// Neighbours of which the same is said are one line: "5003-5010".
void print_text(const std::vector<PortState>& states) {
    for (std::size_t first = 0; first < states.size();) {
        const auto said = details(states[first]);
        auto last = first;
        while (last + 1 < states.size() && states[last + 1].port == states[last].port + 1 &&
               states[last + 1].use == states[first].use && details(states[last + 1]) == said)
            ++last;
        const auto ports = first == last
                               ? std::to_string(states[first].port)
                               : fmt::format("{}-{}", states[first].port, states[last].port);
        auto line = fmt::format("{:11}  {:8}  {}", ports, to_string(states[first].use), said);
        line.erase(line.find_last_not_of(' ') + 1);
        fmt::print("{}\n", line);
        first = last + 1;
    }
}

// --- for programs -------------------------------------------------------------------------------

boost::json::object json_state(const PortState& state) {
    boost::json::array sockets;
    for (const auto& each : state.sockets) sockets.push_back(to_json(*each.listener));
    boost::json::array declared;
    for (const auto& each : state.declared)
        declared.push_back({{"protocol", to_string(each.protocol)},
                            {"service", each.service},
                            {"text", each.text}});
    return {{"port", state.port},
            {"state", to_string(state.use)},
            {"sockets", sockets},
            {"declared", declared},
            {"ranges", boost::json::array(state.ranges.begin(), state.ranges.end())},
            {"ephemeral", state.is_ephemeral}};
}

/// One port a line, so that the output reads well and greps well.
void print_json(const std::vector<PortState>& states) {
    fmt::print("[");
    const char* separator = "\n";
    for (const PortState& each : states) {
        fmt::print("{}  {}", separator, boost::json::serialize(json_state(each)));
        separator = ",\n";
    }
    fmt::print("\n]\n");
}

// --- the command --------------------------------------------------------------------------------

/// A start script asks on hosts that have no plan, too: then the machine alone answers.
bool has_plans(const std::vector<std::string>& named) {
    std::error_code error;
    return !named.empty() || std::getenv("PORTOLAN_PLAN") != nullptr ||
           std::filesystem::exists(plans_or_default(named).front(), error);
}

int run(const Arguments& arguments) {
    std::vector<desk::PortText> asked;
    for (const auto& each : arguments.ports) {
        const auto text = desk::parse_port_text(each);
        if (!text) {
            complain(text.error().message, text.error().cure);
            return failed;
        }
        asked.push_back(*text);
    }
    app::LoadedPlans loaded;
    if (has_plans(arguments.plans)) loaded = load(arguments.plans);
    const auto plans = readable_plans(loaded);
    if (plans.empty() && has_plans(arguments.plans)) {
        complain("no plan could be read", "Name one with --plan or $PORTOLAN_PLAN.");
        return failed;
    }
    const auto sockets = desk::holders_of_ports();
    const auto states =
        desk::port_states(asked, sockets, plans, desk::port_settings(), arguments.own);
    arguments.json ? print_json(states) : print_text(states);
    const bool all_free = std::ranges::all_of(
        states, [](const PortState& each) { return each.use == PortUse::free; });
    return all_free ? 0 : 1;
}

}  // namespace

void add_free(CLI::App& program, int& status) {
    auto* command =
        program.add_subcommand("free", "Say of ports who uses them here, or whose they are");
    auto arguments = std::make_shared<Arguments>();
    command->add_option("ports", arguments->ports, "Ports and ranges: 80 443/tcp 5000-5010")
        ->required();
    command->add_option("--for", arguments->own,
                        "The service that asks, by its label: what the plan declares for it is "
                        "free for it");
    add_plan_option(*command, arguments->plans);
    command->add_flag("--json", arguments->json, "Print the answer as JSON");
    command->footer(
        "In use is what a socket of this machine holds, TCP or UDP; root sees whose each is.\n"
        "Without a plan (--plan, $PORTOLAN_PLAN, zones/) the machine alone answers.\n"
        "Exit status: 0 all are free, 1 some are not, 2 that is no port, or a plan could not be\n"
        "read.");
    command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace portolan::cli
