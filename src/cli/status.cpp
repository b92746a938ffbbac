// portolan status, services, watch, wait: what a running server has, and news of it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <thread>

#include "api_access.hpp"
#include "loading.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/registry/registration.hpp"

namespace portolan::cli {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds turn{25'000};   // of one blocking query
constexpr milliseconds extra{10'000};  // that its answer may take

struct Arguments {
    ApiAccess access;
    std::string service;
    std::string environment;
    std::string zone;
    std::string visible;
    std::uint32_t serial = 0;
    double patience = 30;  // seconds
};

std::string text(const json::value& value, std::string_view key) {
    const auto* found = value.get_object().if_contains(key);
    if (found == nullptr) return "";
    return found->is_string() ? std::string(found->get_string()) : json::serialize(*found);
}

std::string query_of(const Arguments& arguments) {
    std::string query;
    for (const auto& [key, value] : {std::pair("service", &arguments.service),
                                     std::pair("environment", &arguments.environment)}) {
        if (!value->empty())
            query += fmt::format("{}{}={}", query.empty() ? "?" : "&", key,
                                 registry::percent_encoded(*value));
    }
    return query;
}

// --- status, services ---------------------------------------------------------------------------

void print_registration(const json::value& one) {
    const std::string ends = text(one, "ends_in");
    fmt::print("{:8}  {:24}  {:9}  {}:{}  {}{}\n", text(one, "environment"),
               fmt::format("{} {}", text(one, "service"), text(one, "id")), text(one, "verdict"),
               text(one, "address"), text(one, "port"), text(one, "token"),
               ends.empty() ? "" : "ends in " + ends);
}

void print_node(const json::value& state) {
    std::vector<std::string> nodes;
    for (const auto& each : state.at("nodes").get_array()) nodes.emplace_back(each.get_string());
    const std::string author = text(state, "author");
    fmt::print("node {} of {}; {} is the author\n", text(state, "node"), fmt::join(nodes, ", "),
               author.empty() ? "none" : author);
    if (state.get_object().contains("cut_since"))
        fmt::print("cut off from etcd since {}\n", text(state, "cut_since"));
}

int run_status(const Arguments& arguments) {
    int status = 0;
    const std::string body = ask(arguments.access, "GET", "/v1/portolan/status", status);
    const std::string registrations =
        status == 0 ? ask(arguments.access, "GET", "/v1/portolan/registrations", status) : "";
    if (status != 0) return status;
    json::value state = json::parse(body);
    const json::value all = json::parse(registrations);
    if (arguments.access.json) {
        state.get_object()["registrations"] = all;
        fmt::print("{}\n", json::serialize(state));
        return 0;
    }
    for (const auto& zone : state.at("zones").get_array()) {
        fmt::print("{}  serial {}, {} records\n", text(zone, "zone"), text(zone, "serial"),
                   text(zone, "records"));
    }
    if (state.get_object().contains("node")) print_node(state);
    fmt::print("{} registrations\n", all.get_array().size());
    for (const auto& each : all.get_array()) print_registration(each);
    return 0;
}

int run_services(const Arguments& arguments) {
    int status = 0;
    const std::string body =
        ask(arguments.access, "GET", "/v1/portolan/services" + query_of(arguments), status);
    if (status != 0) return status;
    if (arguments.access.json) {
        fmt::print("{}\n", body);
        return 0;
    }
    const json::value all = json::parse(body);
    for (const auto& service : all.get_array()) {
        std::string endpoints;
        for (const auto& each : service.at("endpoints").get_array())
            endpoints += fmt::format("  {}:{}", text(each, "host"), text(each, "port"));
        fmt::print("{:8}  {}/{}{}\n", text(service, "environment"), text(service, "service"),
                   text(service, "protocol"), endpoints.empty() ? "  none" : endpoints);
    }
    return 0;
}

// --- watch --------------------------------------------------------------------------------------

using ByKey = std::map<std::string, json::value>;

ByKey by_key(const std::string& body) {
    ByKey all;
    const json::value parsed = json::parse(body);
    for (const auto& each : parsed.get_array())
        all.emplace(fmt::format("{}@{}", text(each, "id"), text(each, "address")), each);
    return all;
}

void print_news(const char* what, const json::value& one, bool as_json) {
    if (as_json) {
        fmt::print("{}\n", json::serialize(json::object{{"change", what}, {"registration", one}}));
    } else {
        fmt::print("{} ", what);
        print_registration(one);
    }
}

void print_difference(const ByKey& before, const ByKey& after, bool as_json) {
    for (const auto& [key, one] : before)
        if (!after.contains(key)) print_news("-", one, as_json);
    for (const auto& [key, one] : after) {
        const auto old = before.find(key);
        if (old == before.end()) {
            print_news("+", one, as_json);
        } else if (text(old->second, "index") != text(one, "index")) {
            print_news("~", one, as_json);
        }
    }
    std::fflush(stdout);
}

/// Prints what there is, and then every change until it is stopped.
int run_watch(const Arguments& arguments) {
    ByKey known;
    std::uint64_t index = 0;
    while (true) {
        const std::string query = query_of(arguments);
        const auto answer = arguments.access.client().ask(
            "GET",
            fmt::format("/v1/portolan/registrations{}{}index={}&wait={}", query,
                        query.empty() ? "?" : "&", index, registry::duration_text(turn)),
            "", turn + extra);
        if (answer.status != 200) return fail(answer.body);
        ByKey next = by_key(answer.body);
        print_difference(known, next, arguments.access.json);
        known = std::move(next);
        index = answer.index;
    }
}

// --- wait ---------------------------------------------------------------------------------------

/// Whether one serial is the other, or comes after it (RFC 1982).
bool has_reached(std::uint32_t serial, std::uint32_t wanted) {
    return static_cast<std::int32_t>(serial - wanted) >= 0;
}

bool is_there(const Arguments& arguments, const json::value& answer) {
    if (!arguments.visible.empty()) {
        const std::string verdict = text(answer, "verdict");
        return verdict == "passing" || verdict == "warning";
    }
    for (const auto& zone : answer.at("zones").get_array()) {
        if (!arguments.zone.empty() && text(zone, "zone") != arguments.zone) continue;
        if (has_reached(zone.at("serial").to_number<std::uint32_t>(), arguments.serial))
            return true;
    }
    return false;
}

int run_wait(const Arguments& arguments) {
    const auto deadline =
        steady_clock::now() +
        std::chrono::duration_cast<milliseconds>(std::chrono::duration<double>(arguments.patience));
    const std::string target =
        arguments.visible.empty()
            ? "/v1/portolan/status"
            : "/v1/portolan/registrations/" + registry::percent_encoded(arguments.visible);
    while (true) {
        const auto answer = arguments.access.client().ask("GET", target);
        if (answer.status == 200 && is_there(arguments, json::parse(answer.body))) return 0;
        if (answer.status != 200 && answer.status != 404) return fail(answer.body);
        if (steady_clock::now() >= deadline)
            return fail(fmt::format("waited {} s in vain", arguments.patience));
        std::this_thread::sleep_for(milliseconds(20));
    }
}

std::shared_ptr<Arguments> add(CLI::App& program, int& status, const char* name, const char* what,
                               int (*run)(const Arguments&)) {
    auto* command = program.add_subcommand(name, what);
    auto arguments = std::make_shared<Arguments>();
    add_api_access(*command, arguments->access);
    command->callback([arguments, run, &status] { status = run(*arguments); });
    return arguments;
}

}  // namespace

void add_status(CLI::App& program, int& status) {
    add(program, status, "status", "Show a running server's zones and registrations", run_status);
    const auto services = add(program, status, "services",
                              "List the services a running server answers for", run_services);
    const auto watching =
        add(program, status, "watch", "Print registrations as they come, change and go", run_watch);
    for (const auto& [name, arguments] :
         {std::pair("services", services), std::pair("watch", watching)}) {
        auto* command = program.get_subcommand(name);
        command->add_option("service", arguments->service, "that service alone");
        command->add_option("--environment", arguments->environment, "in that environment alone");
    }
    const auto waiting =
        add(program, status, "wait", "Wait until a running server serves something", run_wait);
    auto* command = program.get_subcommand("wait");
    auto* serial = command->add_option("--serial", waiting->serial,
                                       "until a zone has this serial, or a later");
    command->add_option("--zone", waiting->zone, "that zone")->needs(serial);
    auto* visible = command->add_option("--visible", waiting->visible,
                                        "until the registration of this id passes and is served");
    serial->excludes(visible);
    command->add_option("--timeout", waiting->patience, "seconds")->capture_default_str();
    command->require_option(1, 0);
}

}  // namespace portolan::cli
