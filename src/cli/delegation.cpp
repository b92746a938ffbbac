// portolan delegation: the lines to hand to the administrator of the parent zone.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "loading.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/dns/presentation.hpp"

namespace portolan::cli {
namespace {

struct Arguments {
    std::vector<std::string> plans;
};

void print_record(dns::NameView owner, const dns::Rrset& set, dns::OctetView rdata) {
    fmt::print("{} {} IN {} {}\n", dns::to_text(owner), set.ttl().seconds, to_string(set.type()),
               dns::rdata_to_text(set.type(), rdata));
}

/// Glue is needed for name servers inside the zone that is delegated (RFC 9471 2.1).
void print_glue(const zone::Zone& zone, dns::NameView server) {
    if (!server.is_at_or_below(zone.apex())) return;
    for (const dns::Type type : {dns::Type::a, dns::Type::aaaa}) {
        const dns::Rrset* addresses = zone.find(server, type);
        if (addresses == nullptr) continue;
        for (const dns::OctetView rdata : *addresses) print_record(server, *addresses, rdata);
    }
}

void print_delegation(const zone::Zone& zone) {
    fmt::print("; delegation of {} for its parent zone\n", dns::to_text(zone.apex()));
    const dns::Rrset* servers = zone.find(zone.apex(), dns::Type::ns);
    if (servers == nullptr) return;
    for (const dns::OctetView rdata : *servers) print_record(zone.apex(), *servers, rdata);
    for (const dns::OctetView rdata : *servers) print_glue(zone, dns::NameView(rdata));
}

int run(const Arguments& arguments) {
    const auto loaded = load_or_complain(arguments.plans);
    if (!loaded) return failed;
    for (const auto& each : loaded->plans) {
        print_delegation(zone::derive(*each.plan, each.extra, dns::Serial{1}));
    }
    return 0;
}

}  // namespace

void add_delegation(CLI::App& program, int& status) {
    auto* command =
        program.add_subcommand("delegation", "Print the NS and glue lines for the parent zone");
    auto arguments = std::make_shared<Arguments>();
    add_plans_argument(*command, arguments->plans);
    command->footer("Exit status: 0 printed, 2 a plan has errors.");
    command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace portolan::cli
