// portolan whatif: what would follow of a change; nothing is written.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include "cli/loading.hpp"
#include "cli/proof_text.hpp"
#include "cli/terminal.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/desk/what_if_json.hpp"
#include "portolan/zone/describe.hpp"

namespace portolan::cli {
namespace {

using registry::Edit;

struct Arguments {
    std::vector<std::string> plans;
    Edit edit;
    bool json = false;
};

void print_numbers(const char* what, const std::vector<std::string>& numbers) {
    if (!numbers.empty()) fmt::print("{}: {}\n", what, fmt::join(numbers, ", "));
}

void print_text(const registry::Plan& after, const Edit& edit, const desk::WhatIf& result) {
    const bool colour = wants_colour();
    fmt::print("{}: {}\n", name_text(after.zone.value.view()), bold(words(edit), colour));
    print_numbers("new numbers", result.opened);
    print_numbers("numbers no more", result.closed);
    for (const auto& each : result.judgements)
        if (!each.holds()) print_judgement(each, colour);
    if (result.is_clean()) fmt::print("no new collision on any ground\n");
    for (const auto& each : result.errors)
        fmt::print("{} {}\n", in_colour_of(registry::Severity::error, "error:", colour), each);
    for (const auto& each : result.ways)
        fmt::print("way out of {}, {}: {}\n", to_string(each.ground), each.way, each.edit);
    fmt::print("room afterwards:\n");
    for (const auto& each : result.capacity) fmt::print("    {}\n", each);
    fmt::print("DNS: {} changes\n", result.names.size());
    for (const auto& each : zone::describe(result.names, after.zone.value.view(), 20))
        fmt::print("    {}\n", each);
    fmt::print("firewalls:{}\n", result.firewall.empty() ? " no change" : "");
    for (const auto& each : result.firewall) {
        fmt::print("    {} {} {}:", each.environment, each.host, fmt::join(each.addresses, " "));
        if (!each.opened.empty()) fmt::print(" open {}", fmt::join(each.opened, " "));
        if (!each.closed.empty()) fmt::print(" close {}", fmt::join(each.closed, " "));
        fmt::print("\n");
    }
}

int run(const Arguments& arguments) {
    const auto loaded = load(arguments.plans);
    if (readable_plans(loaded).empty()) {
        complain("no plan could be read", "Name one with --plan or $PORTOLAN_PLAN.");
        return failed;
    }
    // Of several plans, the one that can take the change; the reason of the first that cannot.
    std::optional<registry::Refusal> refusal;
    for (const auto& each : loaded.plans) {
        if (!each.plan) continue;
        auto edit = arguments.edit;
        const auto after = edited(*each.plan, edit);
        if (!after) {
            if (!refusal) refusal = after.error();
            continue;
        }
        const auto result = desk::what_if(*each.plan, *after, edit, each.extra);
        if (arguments.json) {
            fmt::print("{}\n", boost::json::serialize(desk::to_json(*after, edit, result)));
        } else {
            print_text(*after, edit, result);
        }
        return result.is_clean() ? 0 : 1;
    }
    complain(refusal ? refusal->reason : "no plan can take that", "");
    return failed;
}

/// One kind of change as a command below whatif.
struct Kind {
    CLI::App* command;
    std::shared_ptr<Arguments> arguments;
};

Kind add_kind(CLI::App& parent, int& status, const char* name, const char* what) {
    auto* command = parent.add_subcommand(name, what);
    auto arguments = std::make_shared<Arguments>();
    add_plan_option(*command, arguments->plans);
    command->add_flag("--json", arguments->json, "print JSON");
    command->callback([arguments, &status] { status = run(*arguments); });
    return {command, arguments};
}

template <class Add>
void add_adding(CLI::App& parent, int& status, const char* name, const char* what) {
    const auto [command, arguments] = add_kind(parent, status, name, what);
    arguments->edit = Add{};
    auto& add = std::get<Add>(arguments->edit);
    command->add_option("name", add.name, "its name")->required();
    command->add_option("--id", add.id, "its id; by default the next");
    if constexpr (std::is_same_v<Add, registry::AddType>)
        command
            ->add_option_function<std::string>(
                "--proto",
                [&add](const std::string& text) { add.protocol = *registry::parse_protocol(text); },
                "tcp, udp, sctp or dccp")
            ->check(CLI::IsMember({"tcp", "udp", "sctp", "dccp"}));
}

void add_others(CLI::App& parent, int& status) {
    const auto instances = add_kind(parent, status, "instances", "count more instances, or fewer");
    instances.arguments->edit = registry::CountInstances{};
    instances.command
        ->add_option("last", std::get<registry::CountInstances>(instances.arguments->edit).last,
                     "the highest instance")
        ->required();
    const auto pattern = add_kind(parent, status, "pattern", "compose numbers by another pattern");
    pattern.arguments->edit = registry::UsePattern{};
    pattern.command
        ->add_option("pattern", std::get<registry::UsePattern>(pattern.arguments->edit).text,
                     "with the letters of the plan's: XYYYZ")
        ->required();
    const auto moving = add_kind(parent, status, "move", "move an instance to another host");
    moving.arguments->edit = registry::MoveInstance{};
    auto& move = std::get<registry::MoveInstance>(moving.arguments->edit);
    moving.command->add_option("application", move.application, "whose instance")->required();
    moving.command->add_option("instance", move.instance, "its number")->required();
    moving.command->add_option("environment", move.environment, "where")->required();
    moving.command->add_option("host", move.host, "to which host")->required();
}

}  // namespace

void add_whatif(CLI::App& program, int& status) {
    auto* command = program.add_subcommand(
        "whatif", "Say what would follow of a change: ports, collisions, DNS, firewalls");
    command->require_subcommand(1);
    auto* adding = command->add_subcommand("add", "an application or a type more");
    adding->require_subcommand(1);
    add_adding<registry::AddApplication>(*adding, status, "application", "an application more");
    add_adding<registry::AddType>(*adding, status, "type", "a port type more");
    add_others(*command, status);
    command->footer(
        "Nothing is written. Examples:\n"
        "  portolan whatif add application aluminium\n"
        "  portolan whatif instances 6\n"
        "  portolan whatif move oxygen 4 prod jb2\n"
        "Exit status: 0 nothing new collides, 1 something does, 2 no plan can be changed so.");
}

}  // namespace portolan::cli
