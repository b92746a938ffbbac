// portolan key list, roll, ds-seen, ds-gone: the keys that zones are signed with (DNSSEC).
//
// They work on the state folder, beside a running server, which notices. What they change is on
// disk when they end, or not at all.
#include "key_signing.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "loading.hpp"
#include "portolan/app/key_folder.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/sign/key_text.hpp"
#include "terminal.hpp"

namespace portolan::cli {
namespace {

constexpr std::chrono::milliseconds patience{5000};

struct Arguments {
    std::string zone;
    std::string state = default_state();
    std::string role;
    std::string algorithm;
    std::string keys;
    bool json = false;
};

sign::Time now() {
    const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<sign::Time>(
        std::chrono::duration_cast<std::chrono::seconds>(since_1970).count());
}

// --- list ---------------------------------------------------------------------------------------

void print_json(dns::NameView zone, const sign::History& history) {
    boost::json::array keys;
    for (const auto& each : history.keys) {
        boost::json::object key{{"tag", each.key->tag()},
                                {"use", to_string(each.use)},
                                {"algorithm", to_string(each.key->algorithm())},
                                {"state", to_string(each.state)},
                                {"since", nullptr},
                                {"waiting", waiting(history, each)}};
        if (each.spread.since) key["since"] = *each.spread.since;
        keys.push_back(std::move(key));
    }
    fmt::print("{}\n", boost::json::serialize(
                           boost::json::object{{"zone", name_text(zone)}, {"keys", keys}}));
}

void print_text(dns::NameView zone, const sign::History& history) {
    if (!history.is_signed()) {
        fmt::print("{} is not signed\n", name_text(zone));
        return;
    }
    fmt::print("{}\n", name_text(zone));
    for (const auto& each : history.keys) {
        const std::string since =
            each.spread.since ? sign::utc(*each.spread.since) : "not served yet";
        fmt::print("  {:05}  {}  {:15}  {:13}  {}\n", each.key->tag(), to_string(each.use),
                   to_string(each.key->algorithm()), to_string(each.state), since);
        const std::string wait = waiting(history, each);
        if (!wait.empty()) fmt::print("         {}\n", wait);
    }
}

int list_zone(const Arguments& arguments, dns::NameView zone) {
    const auto kept = app::KeyFolder(arguments.state, zone).look(patience);
    if (!kept) return fail(kept.error().text);
    arguments.json ? print_json(zone, kept->history) : print_text(zone, kept->history);
    return 0;
}

int list(const Arguments& arguments, dns::NameView zone) {
    if (!zone.is_root()) return list_zone(arguments, zone);
    int status = 0;
    for (const auto& each : app::KeyFolder::zones(arguments.state)) {
        status = std::max(status, list_zone(arguments, each));
    }
    return status;
}

// --- changes ------------------------------------------------------------------------------------

using Change = std::function<sign::Refusal(const app::KeyFolder&, sign::History&)>;

/// Reads the zone's history, changes it, and writes it, while nobody else does.
int change(const Arguments& arguments, dns::NameView zone, const Change& act) {
    const app::KeyFolder folder(arguments.state, zone);
    if (!folder.exists()) {
        return fail(
            fmt::format("{} has no keys in {}: it is signed, and gets its first keys, when "
                        "its plan says `dnssec: yes` and a server with that --state runs",
                        name_text(zone), arguments.state));
    }
    const auto lock = folder.lock(patience);
    if (!lock) return fail(lock.error().text);
    auto kept = folder.read();
    if (!kept) return fail(kept.error().text);
    sign::History next = kept->history;
    auto refusal = act(folder, next);
    if (!refusal) {
        const auto written = folder.write(next);
        if (!written) refusal = written.error().text;
    }
    if (refusal) {
        folder.remove_gone(next, kept->history);
        return fail(fmt::format("{}: {}", name_text(zone), *refusal));
    }
    print_text(zone, next);
    return 0;
}

sign::Roll roll_of(const Arguments& arguments) {
    sign::Roll roll;
    for (const sign::Use use : {sign::Use::csk, sign::Use::ksk, sign::Use::zsk}) {
        if (arguments.role == to_string(use)) roll.use = use;
    }
    if (arguments.algorithm == "ecdsap256sha256") roll.algorithm = sign::Algorithm::ecdsap256sha256;
    if (arguments.algorithm == "ed25519") roll.algorithm = sign::Algorithm::ed25519;
    if (!arguments.keys.empty()) roll.has_two_keys = arguments.keys == "ksk-and-zsk";
    return roll;
}

int roll(const Arguments& arguments, dns::NameView zone) {
    return change(arguments, zone, [&](const app::KeyFolder& folder, sign::History& history) {
        const auto wanted = keys_for(history, roll_of(arguments));
        if (!wanted) return sign::Refusal(wanted.error());
        for (const auto& each : *wanted) {
            auto key = folder.make_key(each, history);
            if (!key) return sign::Refusal(key.error().text);
            add(history, std::move(*key), each.use);
        }
        return sign::Refusal();
    });
}

int say_ds_seen(const Arguments& arguments, dns::NameView zone) {
    return change(arguments, zone,
                  [](const app::KeyFolder&, sign::History& history) { return ds_seen(history); });
}

int say_ds_gone(const Arguments& arguments, dns::NameView zone) {
    return change(arguments, zone, [](const app::KeyFolder&, sign::History& history) {
        return ds_gone(history, now());
    });
}

// --- the command line ---------------------------------------------------------------------------

using Run = int (*)(const Arguments&, dns::NameView);

int run(const Arguments& arguments, Run act) {
    if (arguments.state.empty()) return fail("give the server's state folder with --state");
    const auto zone = dns::parse_name(arguments.zone.empty() ? "." : arguments.zone);
    if (!zone) {
        return fail(fmt::format("{} is no zone: {}", arguments.zone, zone.error().message));
    }
    return act(arguments, *zone);
}

std::shared_ptr<Arguments> add_command(CLI::App& key, int& status, Run act, const char* name,
                                       const char* description, bool needs_zone) {
    auto* command = key.add_subcommand(name, description);
    auto arguments = std::make_shared<Arguments>();
    command->add_option("zone", arguments->zone, "the zone")->required(needs_zone);
    command
        ->add_option("--state", arguments->state,
                     "the server's state folder (default: $STATE_DIRECTORY)")
        ->type_name("DIR");
    command->footer("Exit status: 0 done, 2 not possible, and why.");
    command->callback([arguments, act, &status] { status = run(*arguments, act); });
    return arguments;
}

}  // namespace

void add_signing_keys(CLI::App& key, int& status) {
    const auto listing = add_command(key, status, list, "list",
                                     "List the keys that zones are signed with, and what they wait "
                                     "for",
                                     false);
    key.get_subcommand("list")->add_flag("--json", listing->json, "print JSON, a line a zone");

    const auto rolling =
        add_command(key, status, roll, "roll", "Begin to replace a zone's keys by new ones", true);
    auto* command = key.get_subcommand("roll");
    command->add_option("--role", rolling->role, "which key (default: all)")
        ->check(CLI::IsMember({"csk", "ksk", "zsk"}));
    command->add_option("--algorithm", rolling->algorithm, "of the new keys (default: the plan's)")
        ->check(CLI::IsMember({"ecdsap256sha256", "ed25519"}));
    command->add_option("--keys", rolling->keys, "how many (default: the plan's)")
        ->check(CLI::IsMember({"one", "ksk-and-zsk"}));

    add_command(key, status, say_ds_seen, "ds-seen",
                "Say that the parent has the DS of the key that waits for it, and no other", true);
    add_command(key, status, say_ds_gone, "ds-gone",
                "Say that the parent has no DS of the zone any more", true);
}

}  // namespace portolan::cli
