// portolan delegation: the lines to hand to the administrator of the parent zone.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>

#include "loading.hpp"
#include "portolan/app/key_folder.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/sign/ds.hpp"

namespace portolan::cli {
namespace {

struct Arguments {
    std::vector<std::string> plans;
    std::string state = default_state();
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

/// The DS of the keys that the parent shall know; and of what it must wait for, as comments.
int print_ds(const registry::Plan& plan, const std::string& state) {
    const dns::NameView zone = plan.zone.value;
    const bool is_known = !state.empty() && app::KeyFolder(state, zone).exists();
    if (!is_known) {
        if (plan.dnssec) {
            fmt::print(
                "; it is to be signed: its DS is in the folder that the server has as "
                "--state\n");
        }
        return 0;
    }
    const auto kept = app::KeyFolder(state, zone).look(std::chrono::seconds(5));
    if (!kept) return fail(kept.error().text);
    const sign::Roles roles = roles_of(kept->history);
    const std::uint32_t ttl = kept->history.policy.ds_ttl;
    if (roles.withdraws) fmt::print("; no DS: the zone is to become unsigned\n");
    for (const auto& key : roles.wanted) {
        fmt::print("{} {} IN DS {}\n", dns::to_text(zone), ttl,
                   dns::rdata_to_text(dns::Type::ds, sign::ds_of(zone, key->dnskey())));
    }
    for (const auto& each : kept->history.keys) {
        if (each.use == sign::Use::zsk || each.state != sign::State::published) continue;
        fmt::print("; no DS yet of key {}, which {}\n", each.key->tag(),
                   waiting(kept->history, each));
    }
    return 0;
}

int run(const Arguments& arguments) {
    const auto loaded = load_or_complain(arguments.plans);
    if (!loaded) return failed;
    int status = 0;
    for (const auto& each : loaded->plans) {
        print_delegation(zone::derive(*each.plan, each.extra, dns::Serial{1}));
        status = std::max(status, print_ds(*each.plan, arguments.state));
    }
    return status;
}

}  // namespace

void add_delegation(CLI::App& program, int& status) {
    auto* command =
        program.add_subcommand("delegation", "Print the NS, glue and DS lines for the parent zone");
    auto arguments = std::make_shared<Arguments>();
    add_plans_argument(*command, arguments->plans);
    command
        ->add_option("--state", arguments->state,
                     "the server's state folder, for the DS of signed zones (default: "
                     "$STATE_DIRECTORY)")
        ->type_name("DIR");
    command->footer("Exit status: 0 printed, 2 a plan has errors, or keys cannot be read.");
    command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace portolan::cli
