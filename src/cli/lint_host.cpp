// portolan lint host: what listens on a host, held against what the plans have there.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <iostream>
#include <iterator>

#include "cli/lint.hpp"
#include "cli/listener_json.hpp"
#include "cli/loading.hpp"
#include "cli/progress.hpp"
#include "cli/terminal.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/desk/connect_scan.hpp"
#include "portolan/desk/free_ports.hpp"
#include "portolan/desk/judge_host.hpp"

namespace portolan::cli {
namespace {

using desk::HostFinding;
using desk::Listener;
using desk::PlanHost;
using registry::Severity;

struct Arguments {
    std::string host;
    std::string environment;
    std::vector<std::string> plans;
    std::vector<std::string> allowed;
    std::string ss;  // a file, or "-"
    bool is_remote = false;
    bool json = false;
};

/// Whether anything is to be done.
bool has_findings(const desk::HostReport& report) {
    return std::ranges::any_of(
        report.findings, [](const HostFinding& each) { return each.severity != Severity::note; });
}

// --- for people ---------------------------------------------------------------------------------

void print_finding(const HostFinding& finding, const std::string& host, bool colour) {
    const auto word = std::string(to_string(finding.severity)) + ":";
    fmt::print("{}: {} {} [{}]\n", host, in_colour_of(finding.severity, word, colour),
               finding.message, finding.rule);
    if (!finding.cure.empty()) fmt::print("    cure: {}\n", finding.cure);
}

void print_text(const desk::HostReport& report, const PlanHost& host, bool is_remote) {
    const bool colour = wants_colour();
    const auto name = fmt::format("{}.{}", host.host->name, host.environment->name);
    for (const auto& each : report.findings) print_finding(each, name, colour);
    const auto wrong = std::ranges::count_if(
        report.findings, [](const auto& each) { return each.severity != Severity::note; });
    fmt::print("{}: {} {}, {} as planned; {} to look at\n", to_string(host), report.listeners,
               is_remote ? "TCP ports open" : "listeners", report.planned, wrong);
}

// --- for programs -------------------------------------------------------------------------------

boost::json::object json_finding(const HostFinding& finding) {
    boost::json::array listeners;
    for (const auto* each : finding.listeners) listeners.push_back(to_json(*each));
    boost::json::object out{
        {"severity", to_string(finding.severity)},
        {"rule", finding.rule},
        {"ports", boost::json::array(finding.ports.begin(), finding.ports.end())},
        {"message", finding.message},
        {"cure", finding.cure},
        {"listeners", listeners}};
    if (!finding.service.empty()) out["service"] = finding.service;
    if (finding.plan != nullptr) out["place"] = finding.plan->text(finding.place);
    return out;
}

/// One finding a line, so that the output reads well and greps well.
void print_json(const desk::HostReport& report, std::span<const PlanHost> hosts) {
    boost::json::array names;
    for (const PlanHost& each : hosts) names.emplace_back(to_string(each));
    fmt::print("{{\"hosts\": {}, \"listeners\": {}, \"planned\": {}, \"findings\": [",
               boost::json::serialize(names), report.listeners, report.planned);
    const char* separator = "\n";
    for (const HostFinding& each : report.findings) {
        fmt::print("{}  {}", separator, boost::json::serialize(json_finding(each)));
        separator = ",\n";
    }
    fmt::print("{}]}}\n", report.findings.empty() ? "" : "\n");
}

// --- the three ways to see listeners ------------------------------------------------------------

struct Seen {
    std::vector<Listener> listeners;
    std::set<registry::Port> silent;
};

std::optional<Seen> seen_by_ss(const std::string& path) {
    std::string text;
    if (path == "-") {
        text.assign(std::istreambuf_iterator<char>(std::cin), {});
    } else {
        std::ifstream file(path, std::ios::binary);
        if (!file) {
            complain("cannot read " + path, "");
            return std::nullopt;
        }
        text.assign(std::istreambuf_iterator<char>(file), {});
    }
    auto read = desk::read_ss(text);
    for (const auto& each : read.skipped) complain(fmt::format("skipped {}", each), "");
    if (read.listeners.empty()) {
        complain("that is not what ss prints of listening sockets",
                 "Give it the output of: ss -H -tulnp");
        return std::nullopt;
    }
    return Seen{std::move(read.listeners), {}};
}

std::optional<Seen> seen_from_outside(std::span<const PlanHost> hosts) {
    const auto& addresses = hosts.front().host->addresses;
    if (addresses.empty()) {
        complain(fmt::format("the plan gives {} no address", to_string(hosts.front())), "");
        return std::nullopt;
    }
    const auto& address = addresses.front().value;
    const auto ports = desk::declared_ports(hosts);
    const auto reached = desk::connect_scan(address, ports, {}, Progress().teller());
    Seen seen;
    for (std::size_t i = 0; i < ports.size(); ++i) {
        if (reached[i] == desk::Reach::silent) seen.silent.insert(ports[i]);
        if (reached[i] != desk::Reach::open) continue;
        Listener open;
        open.address = address;
        open.port = ports[i];
        seen.listeners.push_back(std::move(open));
    }
    return seen;
}

std::optional<Seen> see(const Arguments& arguments, std::span<const PlanHost> hosts) {
    if (arguments.is_remote) return seen_from_outside(hosts);
    if (!arguments.ss.empty()) return seen_by_ss(arguments.ss);
    return Seen{desk::listeners(), {}};
}

// --- the command --------------------------------------------------------------------------------

int refuse(const desk::Fault& fault) {
    complain(fault.message, fault.cure);
    return failed;
}

int run(const Arguments& arguments) {
    desk::HostTerms terms;
    terms.is_remote = arguments.is_remote;
    terms.ephemeral = desk::port_settings().ephemeral;
    for (const auto& each : arguments.allowed) {
        const auto text = desk::parse_port_text(each);
        if (!text) return refuse(text.error());
        terms.allowed.push_back(*text);
    }
    const auto loaded = load(arguments.plans);
    const auto plans = readable_plans(loaded);
    if (plans.empty())
        return refuse({"no plan could be read", "Name one with --plan or $PORTOLAN_PLAN."});
    const auto hosts = arguments.host.empty()
                           ? desk::find_host(plans, desk::this_machine(), arguments.environment)
                           : desk::find_host(plans, arguments.host, arguments.environment);
    if (!hosts) return refuse(hosts.error());
    auto seen = see(arguments, *hosts);
    if (!seen) return failed;
    terms.silent = std::move(seen->silent);
    const auto report = desk::judge_host(*hosts, seen->listeners, terms);
    arguments.json ? print_json(report, *hosts)
                   : print_text(report, hosts->front(), arguments.is_remote);
    return has_findings(report) ? 1 : 0;
}

}  // namespace

void add_lint_host(CLI::App& lint, int& status) {
    auto* command =
        lint.add_subcommand("host", "Hold the listeners of a host against what the plans have");
    auto arguments = std::make_shared<Arguments>();
    auto* host = command->add_option(
        "host", arguments->host,
        "A host of the plans: jb1, jb1.prod or an address (default: this machine)");
    command->add_option("-e,--env,--environment", arguments->environment,
                        "The host's environment (a name or an alias)");
    add_plan_option(*command, arguments->plans);
    command
        ->add_option("--allow", arguments->allowed,
                     "Ports that may be listened on, whatever the plans say: 22,123/udp "
                     "(repeatable)")
        ->delimiter(',')
        ->allow_extra_args(false);
    auto* ss = command->add_option("--ss", arguments->ss,
                                   "Read what `ss -H -tulnp` printed from this file, - for "
                                   "standard input, in place of asking the kernel");
    command
        ->add_flag("--remote", arguments->is_remote,
                   "Try the plans' TCP ports of that host over the network, for at most 30 seconds")
        ->needs(host)
        ->excludes(ss);
    command->add_flag("--json", arguments->json, "Print the report as JSON");
    command->footer(
        "Run as root: others see no process of another user.\n"
        "Exit status: 0 as planned (notes included), 1 findings, 2 no such host, or something\n"
        "could not be read.");
    command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace portolan::cli
