// portolan zone: the derived zone as a master file that NSD, Knot and BIND load.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "loading.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/source/master_file.hpp"

namespace portolan::cli {
namespace {

struct Arguments {
    std::vector<std::string> plans;
    std::string zone;
    std::uint32_t serial = 1;
};

std::string apexes_of(const app::LoadedPlans& loaded) {
    std::string list;
    for (const auto& each : loaded.plans) {
        list += (list.empty() ? "" : ", ") + dns::to_text(each.plan->zone.value);
    }
    return list;
}

/// The plan of the zone asked for, or the only one; nullptr after saying why there is none.
const app::LoadedPlan* choose(const app::LoadedPlans& loaded, const std::string& zone) {
    if (zone.empty()) {
        if (loaded.plans.size() == 1) return &loaded.plans.front();
        fail(loaded.plans.empty()
                 ? "there is no plan here"
                 : "several zones here (" + apexes_of(loaded) + "): choose one with --zone");
        return nullptr;
    }
    const auto name = dns::parse_name(zone);
    for (const auto& each : loaded.plans) {
        if (name && *name == dns::Name(each.plan->zone.value)) return &each;
    }
    fail("no plan makes the zone " + zone + "; there are: " + apexes_of(loaded));
    return nullptr;
}

int run(const Arguments& arguments) {
    const auto loaded = load_or_complain(arguments.plans);
    if (!loaded) return failed;
    const app::LoadedPlan* chosen = choose(*loaded, arguments.zone);
    if (chosen == nullptr) return failed;
    bool is_written = true;
    const auto print = [&is_written](const zone::Zone& part) {
        const std::string text = source::to_master_file(part);
        is_written = is_written && std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    };
    zone::derive_in_parts(*chosen->plan, chosen->extra, dns::Serial{arguments.serial}, print);
    is_written = is_written && std::fflush(stdout) == 0;
    return is_written ? 0
                      : fail(std::string("the zone cannot be written: ") + std::strerror(errno));
}

}  // namespace

void add_zone(CLI::App& program, int& status) {
    auto* command =
        program.add_subcommand("zone", "Print a derived zone as an RFC 1035 master file");
    auto arguments = std::make_shared<Arguments>();
    add_plans_argument(*command, arguments->plans);
    command->add_option("--zone", arguments->zone, "The zone to print, when there are several");
    command->add_option("--serial", arguments->serial, "The SOA serial of a derived zone")
        ->capture_default_str();
    command->footer("Exit status: 0 printed, 2 the plan has errors or the zone is unknown.");
    command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace portolan::cli
