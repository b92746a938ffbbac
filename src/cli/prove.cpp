// portolan prove: what collides with a plan's numbers, all of it, or the certificate that nothing
// does.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "cli/loading.hpp"
#include "cli/progress.hpp"
#include "cli/proof_text.hpp"
#include "cli/terminal.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/desk/iana_csv.hpp"
#include "portolan/registry/proof_json.hpp"
#include "portolan/source/master_file.hpp"

namespace portolan::cli {
namespace {

namespace json = boost::json;

struct Arguments {
    std::vector<std::string> plans;
    std::vector<std::string> grounds;
    std::string iana;
    std::string reserved;
    bool json = false;
};

/// A table of IANA's that was named, with the text that it refers to.
struct NamedTable {
    std::string text;
    std::optional<registry::iana::Table> table;
};

/// False when the file is none; that has been said.
bool read_table(const std::string& path, NamedTable& named) {
    if (path.empty()) return true;
    const auto csv = source::read_whole_file(path);
    if (!csv) {
        complain("cannot read " + path, "Name IANA's service-names-port-numbers.csv.");
        return false;
    }
    auto text = desk::read_iana_csv(*csv);
    if (!text) {
        complain(path + ": " + text.error().reason, "Name IANA's service-names-port-numbers.csv.");
        return false;
    }
    named.text = *std::move(text);
    named.table.emplace(named.text, path);
    return true;
}

void keep_asked(registry::Proof& proof, const std::vector<std::string>& grounds) {
    if (grounds.empty()) return;
    std::erase_if(proof.judgements, [&](const auto& each) {
        return std::ranges::find(grounds, to_string(each.ground)) == grounds.end();
    });
}

void print_text(const registry::Plan& plan, const registry::Proof& proof, bool colour) {
    fmt::print("{}: {}\n", bold(name_text(plan.zone.value.view()), colour), proof.scope);
    for (const auto& each : proof.judgements) print_judgement(each, colour);
    if (proof.capacity.empty()) return;
    fmt::print("{}:\n", bold("capacity", colour));
    for (const auto& each : proof.capacity) fmt::print("    {}\n", each);
}

int run(const Arguments& arguments) {
    registry::ProofTerms terms;
    NamedTable named;
    if (!read_table(arguments.iana, named)) return failed;
    if (named.table) terms.iana = &*named.table;
    const auto reserved = registry::parse_port_ranges(arguments.reserved);
    if (!reserved) {
        complain(
            "\"" + arguments.reserved + "\" is no list of ports",
            "Write it as sysctl -n net.ipv4.ip_local_reserved_ports prints it: 8080,9000-9010.");
        return failed;
    }
    terms.reserved = *reserved;
    const auto loaded = load(arguments.plans);
    const auto plans = readable_plans(loaded);
    if (plans.empty()) {
        complain("no plan could be read", "Name one, or set $PORTOLAN_PLAN.");
        return failed;
    }
    int status = 0;
    json::array all;
    for (const auto* plan : plans) {
        auto proof = shown_at_work("proving the numbers of " + name_text(plan->zone.value.view()),
                                   [&] { return registry::prove(*plan, terms); });
        keep_asked(proof, arguments.grounds);
        if (!proof.holds()) status = 1;
        if (!arguments.json) {
            print_text(*plan, proof, wants_colour());
            continue;
        }
        auto one = to_json(*plan, proof);
        one["zone"] = name_text(plan->zone.value.view());
        all.push_back(std::move(one));
    }
    if (arguments.json) fmt::print("{}\n", json::serialize(all));
    return status;
}

}  // namespace

void add_prove(CLI::App& program, int& status) {
    auto* command = program.add_subcommand(
        "prove", "Prove that no port collides with anything, or name all that do");
    auto arguments = std::make_shared<Arguments>();
    add_plans_argument(*command, arguments->plans);
    command
        ->add_option("--only", arguments->grounds,
                     "arithmetic, registry, hosts, bounds, dynamic, iana, ephemeral, nodeport "
                     "(repeatable)")
        ->check([](const std::string& text) {
            return registry::parse_ground(text) ? "" : text + " is no ground of a proof";
        });
    command
        ->add_option("--iana", arguments->iana,
                     "IANA's service-names-port-numbers.csv, in place of the pinned table of " +
                         std::string(registry::iana::date()))
        ->type_name("FILE");
    command
        ->add_option("--reserved", arguments->reserved,
                     "what the hosts reserve: sysctl -n net.ipv4.ip_local_reserved_ports")
        ->type_name("PORTS");
    command->add_flag("--json", arguments->json, "print JSON");
    command->footer(
        "All type ids and instances of the convention are proved, placed or not.\n"
        "Exit status: 0 nothing collides, 1 something does, 2 no plan, or no table, could be "
        "read.");
    command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace portolan::cli
