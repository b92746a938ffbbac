// portolan allocate: the next id or port, written into the plan.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include "cli/api_access.hpp"
#include "cli/loading.hpp"
#include "cli/terminal.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/desk/allocation_json.hpp"
#include "portolan/registry/about.hpp"
#include "portolan/registry/edit_json.hpp"
#include "portolan/registry/registration_json.hpp"

namespace portolan::cli {
namespace {

namespace json = boost::json;
using registry::OrRefusal;

struct Arguments {
    std::vector<std::string> plans;
    ApiAccess access;
    registry::Order order;
    registry::About about;
    bool patch = false;
};

registry::Order order_of(const Arguments& arguments) {
    auto order = arguments.order;
    *registry::about_of(order.edit) = arguments.about;
    return order;
}

// --- in files -----------------------------------------------------------------------------------

/// The plan that takes the change, of those that are named; a single one is the usual case.
OrRefusal<desk::Allocation> make(const Arguments& arguments) {
    const auto found = source::find_plans(plans_or_default(arguments.plans));
    for (const auto& each : found.findings)
        if (each.severity == registry::Severity::error)
            fmt::print(stderr, "{}\n", registry::to_string(each));
    if (found.paths.empty())
        return registry::Refusal{registry::Refusal::Kind::unknown,
                                 "no plan could be read: name one with --plan or $PORTOLAN_PLAN"};
    const auto edit = order_of(arguments).edit;
    return desk::in_one_of(found.paths, [&](const std::string& path) {
        return arguments.patch ? desk::allocation(path, edit, source::read_whole_file)
                               : desk::allocate(path, edit);
    });
}

std::string text(const json::object& made, const char* key) {
    const auto* value = made.if_contains(key);
    if (value == nullptr) return "";
    return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

/// What was made, here or by a server, in the same words.
void print(const json::object& made) {
    fmt::print("{}:{}: {}\n    ports {}\n", text(made, "file"), text(made, "line"),
               text(made, "entry"), text(made, "ports"));
}

int run_in_files(const Arguments& arguments) {
    const auto made = make(arguments);
    if (!made) return fail(made.error().reason);
    if (arguments.patch) {
        fmt::print("{}", desk::patch_text(made->file, made->before, made->after));
    } else if (arguments.access.json) {
        fmt::print("{}\n", json::serialize(desk::to_json(*made)));
    } else {
        print(desk::to_json(*made));
    }
    return 0;
}

// --- by a server --------------------------------------------------------------------------------

/// A name that is said here is meant, also where the environment says another; and only files have
/// a difference.
bool asks_server(const Arguments& arguments) {
    return !arguments.access.server.empty() && arguments.plans.empty() && !arguments.patch;
}

int run_by_server(const Arguments& arguments) {
    int status = 0;
    const auto body = ask(arguments.access, "POST", "/v1/allocations", status,
                          json::serialize(registry::to_json(order_of(arguments))));
    if (status != 0) return status;
    const auto said = registry::parse_json(body);
    if (!said || !said->is_object()) return fail("the server's answer is none of ours: " + body);
    if (arguments.access.json)
        fmt::print("{}\n", body);
    else
        print(said->get_object());
    if (text(said->get_object(), "served") == "false")
        fmt::print(stderr,
                   "portolan: it is written, and not served yet: the server's plans have errors\n");
    return 0;
}

int run(const Arguments& arguments) {
    return asks_server(arguments) ? run_by_server(arguments) : run_in_files(arguments);
}

// --- the command line ---------------------------------------------------------------------------

void add_until(CLI::App& command, registry::About& about) {
    command
        .add_option_function<std::string>(
            "--until",
            [&about](const std::string& text) {
                about.until = registry::parse_date(text);
                if (!about.until)
                    throw CLI::ValidationError("--until", text +
                                                              " is no day of the calendar: write "
                                                              "2027-01-31");
            },
            "the last day on which it is needed")
        ->type_name("YYYY-MM-DD");
}

template <class Add>
void add_kind(CLI::App& parent, int& status, const char* name, const char* what) {
    auto* command = parent.add_subcommand(name, what);
    auto arguments = std::make_shared<Arguments>();
    arguments->order.edit = Add{};
    auto& add = std::get<Add>(arguments->order.edit);
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
    command->add_option("--owner", arguments->about.owner, "who to ask");
    command->add_option("--note", arguments->about.description, "what it is");
    add_until(*command, arguments->about);
    add_plan_option(*command, arguments->plans);
    auto* patch =
        command->add_flag("--patch", arguments->patch,
                          "print the difference, for patch -p0 or git apply -p0; write nothing");
    add_api_choice(*command, arguments->access);
    command->get_option("--api")
        ->description(
            "have the running server with this API write its own plan, with a token that may "
            "(default: $PORTOLAN_API, unless plans are named)")
        ->excludes(patch);
    command
        ->add_option("--zone", arguments->order.zone,
                     "of a server's zones this one; by default the first that has a place for it")
        ->type_name("NAME");
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
        "  portolan allocate type snmp --proto udp --api https://ns1:8500 --token-file token\n"
        "Exit status: 0 it is written (or printed), 2 it cannot be, and why.");
}

}  // namespace portolan::cli
