// portolan explain, find: everything true about a number or a name, and what there is to ask about.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <functional>

#include "cli/api_access.hpp"
#include "cli/desk_text.hpp"
#include "cli/loading.hpp"
#include "cli/terminal.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/registry/desk.hpp"
#include "portolan/registry/search.hpp"
#include "portolan/zone/srv_owner.hpp"

namespace portolan::cli {
namespace {

namespace json = boost::json;
using registry::OrRefusal;
using registry::Refusal;

struct Arguments {
    std::vector<std::string> words;
    std::vector<std::string> plans;
    ApiAccess access;
    [[nodiscard]] std::string text() const { return fmt::format("{}", fmt::join(words, " ")); }
};

/// Asks the plans. nullopt when none could be read, which has been said.
std::optional<OrRefusal<json::object>> ask_plans(
    const Arguments& arguments,
    const std::function<OrRefusal<json::object>(const registry::Desk&)>& ask) {
    const auto loaded = load(arguments.plans);
    registry::Desk desk;
    desk.srv_owner = zone::srv_owner_text;
    for (const auto* plan : readable_plans(loaded)) desk.registries.emplace_back(*plan);
    if (desk.registries.empty()) {
        complain("no plan could be read", "Name one with --plan or $PORTOLAN_PLAN.");
        return std::nullopt;
    }
    return ask(desk);
}

/// Asks a running server, whose refusals read as ours do.
OrRefusal<json::object> ask_server(const Arguments& arguments, const char* path) {
    const auto answer =
        arguments.access.client().ask("GET", path + registry::percent_encoded(arguments.text()));
    if (answer.status == 200) return json::parse(answer.body).as_object();
    return Refusal{answer.status == 404 ? Refusal::Kind::unknown : Refusal::Kind::failed,
                   answer.body};
}

int refuse(const Refusal& refusal) {
    complain(refusal.reason, "");
    return refusal.kind == Refusal::Kind::unknown ? 1 : failed;
}

bool asks_server(const Arguments& arguments) {
    return !arguments.access.server.empty() && arguments.plans.empty();
}

int run_explain(const Arguments& arguments) {
    const auto question = registry::read_question(arguments.text());
    if (!question) return refuse(question.error());
    const auto answer = asks_server(arguments)
                            ? std::optional(ask_server(arguments, "/v1/explain?q="))
                            : ask_plans(arguments, [&](const auto& desk) {
                                  return registry::answer(desk, *question);
                              });
    if (!answer) return failed;
    if (!*answer) return refuse(answer->error());
    if (arguments.access.json) {
        fmt::print("{}\n", json::serialize(**answer));
    } else {
        print_answer(**answer);
    }
    return 0;
}

int run_find(const Arguments& arguments) {
    const auto words = registry::read_words(arguments.text());
    if (!words) return refuse(words.error());
    const auto found = asks_server(arguments)
                           ? std::optional(ask_server(arguments, "/v1/find?q="))
                           : ask_plans(arguments, [&](const auto& desk) -> OrRefusal<json::object> {
                                 return registry::search(desk, *words);
                             });
    if (!found) return failed;
    if (!*found) return refuse(found->error());
    if (arguments.access.json) {
        fmt::print("{}\n", json::serialize(**found));
    } else {
        print_found(**found);
    }
    if (!(*found)->at("found").get_array().empty()) return 0;
    std::string near;
    for (const auto& each : (*found)->at("near").get_array())
        near += fmt::format("{}\"{}\"", near.empty() ? "" : " or ", each.get_string().c_str());
    complain("nothing has " + arguments.text() + " in its name, owner or description",
             near.empty() ? "" : "Did you mean " + near + "?");
    return 1;
}

std::shared_ptr<Arguments> add(CLI::App& program, const char* name, const char* what) {
    auto* command = program.add_subcommand(name, what);
    auto arguments = std::make_shared<Arguments>();
    add_plan_option(*command, arguments->plans);
    add_api_choice(*command, arguments->access);
    return arguments;
}

}  // namespace

void add_explain(CLI::App& program, int& status) {
    const auto arguments = add(program, "explain", "Say who has a port or a name, where and why");
    auto* command = program.get_subcommand("explain");
    command
        ->add_option("what", arguments->words,
                     "A port (40805, 40805/udp), HOST:PORT, an application, type, service, host or "
                     "environment, an SRV owner or the PTR name of a port")
        ->required()
        ->expected(1);
    command->footer(
        "Examples:\n"
        "  portolan explain 40805\n"
        "  portolan explain jb1.prod:10104\n"
        "  portolan explain hydrogen-ajp\n"
        "  portolan explain _hydrogen-ajp._tcp.prod\n"
        "With --api a running server answers: health, registrations and when they end included.\n"
        "Exit status: 0 it is explained (a port that nobody has included), 1 nobody knows the\n"
        "name, 2 that is no port, or no plan could be read, or no server answers.");
    command->callback([arguments, &status] { status = run_explain(*arguments); });
}

void add_find(CLI::App& program, int& status) {
    const auto arguments =
        add(program, "find", "Find what has some words in its name, owner or description");
    auto* command = program.get_subcommand("find");
    command->add_option("words", arguments->words, "Words, or parts of them; of a port its digits")
        ->required();
    command->footer(
        "Exit status: 0 something is found, 1 nothing is, 2 no plan could be read, or no server\n"
        "answers.");
    command->callback([arguments, &status] { status = run_find(*arguments); });
}

}  // namespace portolan::cli
