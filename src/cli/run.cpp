// portolan run: starts a program that is told its port in $PORT.
#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <set>

#include "cli/loading.hpp"
#include "cli/terminal.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/desk/export.hpp"
#include "portolan/registry/suggest.hpp"

namespace portolan::cli {
namespace {

using desk::ExportedPort;

struct Arguments {
    std::vector<std::string> plans;
    std::string service;
    std::string environment;
    std::string host;
    std::optional<unsigned> instance;
    std::vector<std::string> command;
};

/// As a shell says them (POSIX 2.8.2).
constexpr int not_executable = 126;
constexpr int not_found = 127;

/// The first label of this machine's name.
std::string own_host() {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) != 0) return "";
    const std::string text(name.data());
    return text.substr(0, text.find('.'));
}

std::set<registry::Port> numbers_of(const std::vector<ExportedPort>& ports) {
    std::set<registry::Port> numbers;
    for (const auto& each : ports) numbers.insert(each.port);
    return numbers;
}

std::string place_of(const ExportedPort& port) {
    auto text = fmt::format("{}", port.port);
    if (port.environment != nullptr) text += " in " + port.environment->name;
    if (!port.host.empty()) text += " on " + port.host;
    if (port.instance) text += fmt::format(" (instance {})", *port.instance);
    return text;
}

/// The rows that are meant; of several ports those on this machine, if it is one of the plan's.
std::vector<ExportedPort> meant(const Arguments& arguments, std::vector<ExportedPort> ports) {
    std::erase_if(ports, [&](const ExportedPort& port) {
        return port.service != arguments.service ||
               (arguments.instance && !port.is_group && port.instance != arguments.instance);
    });
    if (numbers_of(ports).size() < 2) return ports;
    std::vector<ExportedPort> here;
    for (const auto& each : ports)
        if (each.host == own_host()) here.push_back(each);
    return here.empty() ? ports : here;
}

int complain_unknown(const Arguments& arguments, const std::vector<ExportedPort>& all) {
    std::vector<std::string_view> names;
    for (const auto& each : all)
        if (std::ranges::find(names, each.service) == names.end()) names.push_back(each.service);
    complain(
        fmt::format("no such port: {}{}", arguments.service,
                    arguments.instance ? fmt::format(", instance {}", *arguments.instance) : ""),
        registry::did_you_mean(arguments.service, names));
    return failed;
}

int complain_ambiguous(const Arguments& arguments, const std::vector<ExportedPort>& ports) {
    std::string places;
    for (std::size_t i = 0; i < ports.size() && i < 8; ++i)
        places += (i == 0 ? "" : ", ") + place_of(ports[i]);
    complain(fmt::format("{} has several ports: {}", arguments.service, places),
             "Say --env, --host or --instance.");
    return failed;
}

/// Returns only when the program cannot be started.
int replace_by(const Arguments& arguments, const ExportedPort& port) {
    setenv("PORT", std::to_string(port.port).c_str(), 1);
    setenv("PORTOLAN_SERVICE", port.service.c_str(), 1);
    setenv("PORTOLAN_ENVIRONMENT", port.environment_name().c_str(), 1);
    setenv("PORTOLAN_HOST", port.host.c_str(), 1);
    std::vector<char*> words;
    for (const auto& each : arguments.command) words.push_back(const_cast<char*>(each.c_str()));
    words.push_back(nullptr);
    execvp(words.front(), words.data());
    const int error = errno;
    complain(fmt::format("{} cannot be started: {}", words.front(), std::strerror(error)), "");
    return error == ENOENT ? not_found : not_executable;
}

int run(const Arguments& arguments) {
    const auto loaded = load_or_complain(arguments.plans);
    if (!loaded) return failed;
    std::vector<const registry::Plan*> plans;
    for (const auto& each : loaded->plans) plans.push_back(&*each.plan);
    const auto all = desk::collect(plans, {arguments.environment, arguments.host, "", ""}).ports;
    const auto ports = meant(arguments, all);
    if (ports.empty()) return complain_unknown(arguments, all);
    if (numbers_of(ports).size() > 1) return complain_ambiguous(arguments, ports);
    return replace_by(arguments, ports.front());
}

}  // namespace

void add_run(CLI::App& program, int& status) {
    auto* command = program.add_subcommand("run", "Start a program with its port in $PORT");
    auto arguments = std::make_shared<Arguments>();
    add_plan_option(*command, arguments->plans);
    command->add_option("-s,--service", arguments->service, "hydrogen-http, user-api")
        ->envname("PORTOLAN_SERVICE")
        ->required();
    command->add_option("-e,--environment,--env", arguments->environment, "A name or an alias")
        ->envname("PORTOLAN_ENVIRONMENT");
    command->add_option("--host", arguments->host, "The host's name in the plan")
        ->envname("PORTOLAN_HOST");
    command->add_option("-i,--instance", arguments->instance, "Which instance of an application")
        ->envname("PORTOLAN_INSTANCE");
    command->add_option("command", arguments->command, "-- and the program with its arguments")
        ->required();
    command->footer(
        "Where several ports remain, those of this machine's name are meant.\n"
        "The program takes this one's place, with PORT, PORTOLAN_SERVICE, PORTOLAN_ENVIRONMENT\n"
        "and PORTOLAN_HOST set. Exit status: the program's; 2 the plan does not tell the port,\n"
        "126 the program cannot be started, 127 there is none of that name.");
    command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace portolan::cli
