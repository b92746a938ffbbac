// portolan token: who may register what, and allocate.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <ctime>
#include <memory>

#include "loading.hpp"
#include "portolan/app/tokens.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/registry/registration.hpp"

namespace portolan::cli {
namespace {

struct Arguments {
    std::string state;
    std::string id;
    std::string expires;
    std::string certificate;
    app::Token token;
    bool json = false;
};

std::int64_t now() { return static_cast<std::int64_t>(std::time(nullptr)); }

std::string words(const std::vector<std::string>& all) {
    return all.empty() ? "all" : fmt::format("{}", fmt::join(all, ","));
}

std::string end_of(const app::Token& token) {
    if (token.expires == 0) return "never expires";
    const auto left = token.expires - now();
    if (left <= 0) return "has expired";
    return left < 86400 ? fmt::format("expires in {} h", (left + 3599) / 3600)
                        : fmt::format("expires in {} d", (left + 86399) / 86400);
}

int run_new(const Arguments& arguments) {
    app::Token token = arguments.token;
    if (!arguments.expires.empty()) {
        const auto seconds = dns::parse_seconds(arguments.expires);
        if (!seconds) return fail(arguments.expires + " is no time like 30d or 12h");
        token.expires = now() + *seconds;
    }
    if (!arguments.certificate.empty()) {
        auto name = dns::parse_name(arguments.certificate);
        if (!name) return fail(arguments.certificate + " is no DNS name");
        name->lower();
        token.certificate = dns::to_text(name->view());
        token.certificate.pop_back();  // certificates have no dot at the end
    }
    for (const auto& service : token.services) {
        const auto label = registry::read_service_label(service);
        if (!label) return fail(label.error().reason);
    }
    const auto secret = app::Tokens(arguments.state).add(std::move(token));
    if (!secret) return fail(secret.error().text);
    if (!secret->empty()) fmt::print("{}\n", *secret);
    return 0;
}

int run_list(const Arguments& arguments) {
    const auto tokens = app::Tokens(arguments.state).all();
    if (!tokens) return fail(tokens.error().text);
    for (const auto& each : *tokens) {
        if (arguments.json) {
            namespace json = boost::json;
            fmt::print("{}\n",
                       json::serialize(json::object{
                           {"id", each.id},
                           {"certificate", each.certificate},
                           {"services", json::array(each.services.begin(), each.services.end())},
                           {"environments",
                            json::array(each.environments.begin(), each.environments.end())},
                           {"expires", each.expires},
                           {"allocate", each.allocates},
                           {"note", each.note}}));
        } else {
            fmt::print("{}{}  services {}  environments {}{}  {}{}{}\n", each.id,
                       each.certificate.empty() ? "" : "  certificate " + each.certificate,
                       words(each.services), words(each.environments),
                       each.allocates ? "  allocates" : "", end_of(each),
                       each.note.empty() ? "" : "  ", each.note);
        }
    }
    return 0;
}

int run_revoke(const Arguments& arguments) {
    const auto reason = app::Tokens(arguments.state).remove(arguments.id);
    return reason ? fail(reason->text) : 0;
}

std::shared_ptr<Arguments> add(CLI::App& token, int& status, const char* name, const char* what,
                               int (*run)(const Arguments&)) {
    auto* command = token.add_subcommand(name, what);
    auto arguments = std::make_shared<Arguments>();
    arguments->state = default_state();
    command
        ->add_option("--state", arguments->state,
                     "the server's state folder (default: $STATE_DIRECTORY)")
        ->type_name("DIR");
    command->footer("Exit status: 0 done, 2 not possible, and why.");
    command->callback([arguments, run, &status] {
        status = arguments->state.empty() ? fail("give the server's state folder with --state")
                                          : run(*arguments);
    });
    return arguments;
}

}  // namespace

void add_token(CLI::App& program, int& status) {
    auto* command =
        program.add_subcommand("token", "Make, list and revoke tokens for those who register");
    command->require_subcommand(1);
    const auto making = add(*command, status, "new",
                            "Make a token and print it; it is kept as a digest only", run_new);
    auto* add_new = command->get_subcommand("new");
    add_new
        ->add_option("--service", making->token.services,
                     "for that service (repeatable; default: all)")
        ->allow_extra_args(false);
    add_new
        ->add_option("--environment", making->token.environments,
                     "for that environment (repeatable; default: all)")
        ->allow_extra_args(false);
    add_new
        ->add_option("--certificate", making->certificate,
                     "no secret: for who shows a client's certificate for that DNS name")
        ->type_name("NAME");
    add_new->add_flag("--allocate", making->token.allocates,
                      "it may also have ids and ports allocated in the plan");
    add_new->add_option("--expires", making->expires, "after so long: 30d, 12h (default: never)");
    add_new->add_option("--note", making->token.note, "what it is for");
    const auto listing = add(*command, status, "list", "List the tokens", run_list);
    command->get_subcommand("list")->add_flag("--json", listing->json,
                                              "print JSON, a line a token");
    const auto revoking = add(*command, status, "revoke", "Remove a token; at once", run_revoke);
    command->get_subcommand("revoke")
        ->add_option("id", revoking->id, "as list shows it")
        ->required();
}

}  // namespace portolan::cli
