// portolan register, deregister, drain, maintenance: a registration's life, by hand and from
// scripts.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <iterator>
#include <memory>

#include "api_access.hpp"
#include "loading.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/registry/registration_json.hpp"
#include "portolan/source/master_file.hpp"

namespace portolan::cli {
namespace {

namespace json = boost::json;

struct Arguments {
    ApiAccess access;
    std::string file;
    std::string id;
    std::string reason;
    std::string drains_for = "1m";
    bool off = false;
};

std::optional<std::string> read_input(const std::string& path) {
    if (path != "-") return source::read_whole_file(path);
    return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

const json::value* find(const json::object& object, std::string_view lower_case_key) {
    for (const auto& each : object) {
        std::string key(each.key());
        for (char& c : key) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        if (key == lower_case_key) return &each.value();
    }
    return nullptr;
}

/// A definition file has a service, or services, or is one by itself.
std::vector<json::value> services_of(const json::value& file) {
    const auto* object = file.if_object();
    if (object == nullptr) return {file};
    std::vector<json::value> services;
    if (const auto* one = find(*object, "service"); one != nullptr && one->is_object())
        services.push_back(*one);
    if (const auto* all = find(*object, "services"); all != nullptr && all->is_array())
        services.insert(services.end(), all->get_array().begin(), all->get_array().end());
    if (services.empty()) services.push_back(file);
    return services;
}

std::string text_of(const json::value& service, std::string_view key) {
    const auto* object = service.if_object();
    const auto* value = object == nullptr ? nullptr : find(*object, key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

int run_register(const Arguments& arguments) {
    const auto text = read_input(arguments.file);
    if (!text) return fail("cannot read " + arguments.file);
    const auto file = registry::parse_json(*text);
    if (!file) return fail(fmt::format("{}: {}", arguments.file, file.error().reason));
    int status = 0;
    for (const auto& service : services_of(*file)) {
        int refused = 0;
        ask(arguments.access, "PUT", "/v1/agent/service/register", refused,
            json::serialize(service));
        status = std::max(status, refused);
        if (refused != 0) continue;
        const std::string name = text_of(service, "name");
        const std::string id = text_of(service, "id").empty() ? name : text_of(service, "id");
        if (arguments.access.json) {
            fmt::print("{}\n", json::serialize(json::object{{"service", name}, {"id", id}}));
        } else {
            fmt::print("registered {} {}\n", name, id);
        }
    }
    return status;
}

std::string target_of(const Arguments& arguments) {
    return "/v1/portolan/registrations/" + registry::percent_encoded(arguments.id);
}

int run_deregister(const Arguments& arguments) {
    int status = 0;
    ask(arguments.access, "DELETE", target_of(arguments), status);
    return status;
}

int set_aside(const Arguments& arguments, const char* as) {
    int status = 0;
    if (arguments.off) {
        ask(arguments.access, "DELETE", target_of(arguments) + "/aside", status);
    } else {
        ask(arguments.access, "PUT",
            fmt::format("{}/aside?as={}&for={}&reason={}", target_of(arguments), as,
                        registry::percent_encoded(arguments.drains_for),
                        registry::percent_encoded(arguments.reason)),
            status);
    }
    return status;
}

std::shared_ptr<Arguments> add_for_id(CLI::App& program, const char* name, const char* what) {
    auto* command = program.add_subcommand(name, what);
    auto arguments = std::make_shared<Arguments>();
    command->add_option("id", arguments->id, "its id, or ID@ADDRESS where several hosts have it")
        ->required();
    add_api_access(*command, arguments->access);
    return arguments;
}

std::shared_ptr<Arguments> add_aside(CLI::App& program, int& status, const char* name,
                                     const char* as, const char* what) {
    const auto arguments = add_for_id(program, name, what);
    auto* command = program.get_subcommand(name);
    command->get_option("id")->description(
        "its id, or ID@ADDRESS where several hosts have it; or an endpoint of the plan, as "
        "jb1.prod:10104, or all on a host, as jb1.prod");
    command->add_option("--reason", arguments->reason, "why, for others to read");
    command->add_flag("--off", arguments->off, "leave it to its checks again");
    command->callback([arguments, as, &status] { status = set_aside(*arguments, as); });
    return arguments;
}

}  // namespace

void add_registering(CLI::App& program, int& status) {
    auto* command = program.add_subcommand(
        "register", "Register the services of a Consul definition file with a running server");
    auto arguments = std::make_shared<Arguments>();
    command
        ->add_option("file", arguments->file, "JSON with service or services; - is standard input")
        ->required();
    add_api_access(*command, arguments->access);
    command->callback([arguments, &status] { status = run_register(*arguments); });

    const auto leaving =
        add_for_id(program, "deregister", "Withdraw a registration from a running server");
    program.get_subcommand("deregister")->callback([leaving, &status] {
        status = run_deregister(*leaving);
    });
    const auto draining = add_aside(program, status, "drain", "draining",
                                    "Put a registration, or an endpoint of the plan, into the last "
                                    "tier of its service for a while, then out of the answers");
    program.get_subcommand("drain")
        ->add_option("--for", draining->drains_for, "how long it stays in the last tier")
        ->capture_default_str();
    add_aside(program, status, "maintenance", "maintenance",
              "Take a registration, or an endpoint of the plan, out of the answers, whatever its "
              "checks say");
}

}  // namespace portolan::cli
