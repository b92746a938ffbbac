// portolan allocate: the next id or port, written into the plan.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cli/loading.hpp"
#include "cli/terminal.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/desk/allocate.hpp"
#include "portolan/registry/port_map.hpp"

namespace portolan::cli {
namespace {

using registry::Edit;
using registry::OrRefusal;

struct Arguments {
    std::vector<std::string> plans;
    std::string owner;
    std::string note;
    std::string until;
    Edit edit;
    bool patch = false;
    bool json = false;
};

/// The date as a part of the description, where explain and find show it too.
std::string described(const Arguments& arguments) {
    if (arguments.until.empty()) return arguments.note;
    return fmt::format("{}{}until {}", arguments.note, arguments.note.empty() ? "" : ", ",
                       arguments.until);
}

Edit edit_of(const Arguments& arguments) {
    Edit edit = arguments.edit;
    std::visit(
        [&](auto& each) {
            if constexpr (requires { each.about; })
                each.about = {arguments.owner, described(arguments)};
        },
        edit);
    return edit;
}

const std::string& name_of(const Edit& edit) {
    static const std::string none;
    return std::visit(
        [](const auto& each) -> const std::string& {
            if constexpr (requires { each.name; })
                return each.name;
            else
                return none;
        },
        edit);
}

/// The numbers that go with it now.
std::vector<unsigned> ports_of(const desk::Allocation& made) {
    std::vector<unsigned> ports;
    if (const auto* service = std::get_if<registry::AddService>(&made.edit))
        return {*service->port};
    for (const auto& each : registry::claims(*made.plan.convention))
        if (each.application->name == name_of(made.edit) || each.type->name == name_of(made.edit))
            ports.push_back(each.port);
    return ports;
}

void print(const Arguments& arguments, const desk::Allocation& made) {
    const auto ports = registry::compact_ranges(ports_of(made));
    if (arguments.patch) {
        fmt::print("{}", desk::patch_text(made.file, made.before, made.after));
    } else if (arguments.json) {
        fmt::print("{}\n", boost::json::serialize(boost::json::object{{"name", name_of(made.edit)},
                                                                      {"entry", made.entry},
                                                                      {"ports", ports},
                                                                      {"file", made.file},
                                                                      {"line", made.line}}));
    } else {
        fmt::print("{}:{}: {}\n    ports {}\n", made.file, made.line, made.entry, ports);
    }
}

/// The plan that takes the change, of those that are named; a single one is the usual case.
OrRefusal<desk::Allocation> make(const Arguments& arguments) {
    const auto found = source::find_plans(plans_or_default(arguments.plans));
    for (const auto& each : found.findings)
        if (each.severity == registry::Severity::error)
            fmt::print(stderr, "{}\n", registry::to_string(each));
    std::optional<registry::Refusal> refusal;
    for (const auto& path : found.paths) {
        const auto edit = edit_of(arguments);
        auto made = arguments.patch ? desk::allocation(path, edit, source::read_whole_file)
                                    : desk::allocate(path, edit);
        if (made) return made;
        if (!refusal) refusal = made.error();
    }
    if (refusal) return *refusal;
    return registry::Refusal{registry::Refusal::Kind::unknown,
                             "no plan could be read: name one with --plan or $PORTOLAN_PLAN"};
}

int run(const Arguments& arguments) {
    const auto made = make(arguments);
    if (!made) return fail(made.error().reason);
    print(arguments, *made);
    return 0;
}

/// YYYY-MM-DD, as far as its form goes.
std::string fault_of_date(const std::string& text) {
    const bool is_date =
        text.size() == 10 && text[4] == '-' && text[7] == '-' &&
        std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }) == 8;
    return is_date ? "" : text + " is no date: write YYYY-MM-DD";
}

template <class Add>
void add_kind(CLI::App& parent, int& status, const char* name, const char* what) {
    auto* command = parent.add_subcommand(name, what);
    auto arguments = std::make_shared<Arguments>();
    arguments->edit = Add{};
    auto& add = std::get<Add>(arguments->edit);
    command->add_option("name", add.name, "its name")->required();
    if constexpr (std::is_same_v<Add, registry::AddService>) {
        command->add_option("--in", add.range, "the range of the registry")->required();
        command->add_option("--port", add.port, "its port; by default the next");
    } else {
        command->add_option("--id", add.id, "its id; by default the next");
    }
    if constexpr (requires { add.protocol; })
        command
            ->add_option_function<std::string>(
                "--proto",
                [&add](const std::string& text) { add.protocol = *registry::parse_protocol(text); },
                "tcp, udp, sctp or dccp")
            ->check(CLI::IsMember({"tcp", "udp", "sctp", "dccp"}));
    command->add_option("--owner", arguments->owner, "who to ask");
    command->add_option("--note", arguments->note, "what it is");
    command->add_option("--until", arguments->until, "until when it is needed")
        ->type_name("YYYY-MM-DD")
        ->check(fault_of_date);
    add_plan_option(*command, arguments->plans);
    command->add_flag("--patch", arguments->patch,
                      "print the difference, for patch -p0 or git apply -p0; write nothing");
    command->add_flag("--json", arguments->json, "print JSON");
    command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace

void add_allocate(CLI::App& program, int& status) {
    auto* command =
        program.add_subcommand("allocate", "Give the next id or port to a name, in the plan");
    command->require_subcommand(1);
    add_kind<registry::AddApplication>(*command, status, "application",
                                       "the next application id of the convention");
    add_kind<registry::AddType>(*command, status, "type", "the next type id of the convention");
    add_kind<registry::AddService>(*command, status, "port",
                                   "the next port of a range of the registry");
    command->footer(
        "The plan's file is edited in place; its comments and order stay. Examples:\n"
        "  portolan allocate application aluminium --owner web-team\n"
        "  portolan allocate port mail-api --in 'API services' --until 2027-01-31\n"
        "Exit status: 0 it is written (or printed), 2 it cannot be, and why.");
}

}  // namespace portolan::cli
