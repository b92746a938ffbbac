// portolan explain: everything true about one number.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "cli/loading.hpp"
#include "cli/terminal.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/registry/checks.hpp"
#include "portolan/registry/explain.hpp"
#include "portolan/zone/derive.hpp"

namespace portolan::cli {
namespace {

using registry::Explanation;

struct Arguments {
    std::string number;
    std::vector<std::string> plans;
    bool json = false;
};

/// "40805" or "40805/udp".
struct Question {
    unsigned port = 0;
    std::optional<registry::Protocol> protocol;
};

// --- the question -------------------------------------------------------------------------------

std::optional<Question> parse(const std::string& text) {
    Question question;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, question.port);
    if (error != std::errc{} || question.port > 65535) return std::nullopt;
    if (stop == end) return question;
    if (*stop != '/') return std::nullopt;
    question.protocol = registry::parse_protocol({stop + 1, end});
    return question.protocol ? std::optional(question) : std::nullopt;
}

void complain_about(const std::string& text) {
    const bool number = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
    if (number) return complain(text + " is not a port: the highest is 65535", "");
    complain(
        "\"" + text + "\" is not a port number",
        "Write a number, or NUMBER/PROTOCOL (tcp, udp, sctp, dccp). For a number behind names: "
        "portolan port APPLICATION TYPE INSTANCE.");
}

// --- where it is --------------------------------------------------------------------------------

bool is_published(const registry::Service& service) {
    return service.type == nullptr || service.type->publish;
}

std::string srv_owner(const Explanation& explanation, const registry::Service& service) {
    return is_published(service) ? name_text(zone::service_owner(*explanation.plan, service)) : "";
}

std::string host_text(const registry::Endpoint& endpoint) {
    if (endpoint.is_group) return "mcast";
    return endpoint.host != nullptr ? endpoint.host->name : name_text(endpoint.target->view());
}

std::vector<std::string> addresses_of(const registry::Endpoint& endpoint) {
    std::vector<std::string> texts;
    if (endpoint.is_group) texts.push_back(to_string(endpoint.environment->multicast->value));
    if (endpoint.host != nullptr)
        for (const auto& each : endpoint.host->addresses) texts.push_back(to_string(each.value));
    return texts;
}

std::string joined(const std::vector<std::string>& texts, const char* between) {
    std::string all;
    for (const auto& each : texts) all += (all.empty() ? "" : between) + each;
    return all;
}

/// Who to ask and where the plan says it: owners, descriptions and places of one assignment.
struct Source {
    std::string name;
    const registry::About* about;
    const registry::Place* place;
};

std::vector<Source> sources(const Explanation& explanation) {
    std::vector<Source> all;
    const auto add = [&](const std::string& name, const auto& thing) {
        if (std::none_of(all.begin(), all.end(),
                         [&](const Source& each) { return each.place == &thing.place; }))
            all.push_back({name, &thing.about, &thing.place});
    };
    for (const auto& each : explanation.claims) {
        add(each.application->name, *each.application);
        add(each.type->name, *each.type);
    }
    for (const auto& each : explanation.named) add(each.service->name, *each.service);
    for (const auto* each : explanation.ranges) add(each->name, *each);
    return all;
}

// --- for people ---------------------------------------------------------------------------------

void print_sources(const Explanation& explanation) {
    for (const auto& [name, about, place] : sources(explanation)) {
        std::vector<std::string> words;
        if (!about->description.empty()) words.push_back(about->description);
        if (!about->owner.empty()) words.push_back("owner " + about->owner);
        words.push_back(explanation.plan->text(*place));
        fmt::print("    {}: {}\n", name, joined(words, ", "));
    }
}

/// Owners at the apex that show the service, too.
void print_published(const Explanation& explanation) {
    const registry::NamedService* before = nullptr;
    for (const auto& use : explanation.named) {
        if (use.service == before) continue;
        before = use.service;
        for (const auto& owner : use.service->publish)
            fmt::print("    published: dig SRV {}\n", name_text(owner.value));
    }
}

/// How an endpoint is checked; "" when it is not.
std::string check_text(const Explanation& explanation, const registry::Service& service,
                       const registry::Endpoint& endpoint) {
    if (endpoint.check == nullptr) return "";
    const bool is_inherited = service.type != nullptr && !service.type->check;
    const auto check = words(**endpoint.check);
    return is_inherited ? fmt::format("{} at its {} port", check, explanation.plan->health.via)
                        : check;
}

void print_checks(const Explanation& explanation, const registry::Service& service) {
    std::string before;
    for (const auto& each : service.endpoints) {
        const std::string check = check_text(explanation, service, each);
        if (!check.empty() && check != before) fmt::print("        checked by {}\n", check);
        before = check;
    }
}

void print_endpoints(const Explanation& explanation) {
    std::vector<std::string> empty;
    for (const auto& service : explanation.holders) {
        for (const auto& each : service.endpoints)
            fmt::print("    {}: {} {}\n", service.environment->name, host_text(each),
                       joined(addresses_of(each), " "));
        if (service.endpoints.empty()) {
            empty.push_back(service.environment->name);
            continue;
        }
        const auto owner = srv_owner(explanation, service);
        fmt::print("        {}\n", owner.empty() ? "not published" : "dig SRV " + owner);
        print_checks(explanation, service);
    }
    if (!empty.empty()) fmt::print("    nothing placed on it in {}\n", joined(empty, ", "));
}

void print_remarks(const Explanation& explanation, bool colour) {
    for (const auto& each : explanation.remarks) {
        fmt::print("    {} {} [{}]\n",
                   in_colour_of(each.severity, std::string(to_string(each.severity)) + ":", colour),
                   each.message, each.rule);
        if (!each.cure.empty()) fmt::print("        cure: {}\n", each.cure);
    }
}

void print_plan(const Explanation& explanation, bool colour) {
    for (const auto& sentence : statements(explanation))
        fmt::print("{}\n", bold(sentence, colour && explanation.is_assigned()));
    if (!explanation.claims.empty())
        fmt::print("    {}, by the pattern {}\n", arithmetic(explanation),
                   explanation.plan->convention->pattern.text);
    print_sources(explanation);
    print_endpoints(explanation);
    print_published(explanation);
}

/// The same number means the same to the kernel in every plan: remarks come once, with the
/// gravest tone that a plan gives them.
Explanation remarks_of(const std::vector<Explanation>& all) {
    const auto assigned =
        std::find_if(all.begin(), all.end(), [](const auto& each) { return each.is_assigned(); });
    return assigned != all.end() ? *assigned : all.front();
}

/// No plan has the number: said once, and why where there is a convention.
void print_nobody(const std::vector<Explanation>& all) {
    const bool colour = wants_colour();
    fmt::print("{} belongs to nobody: none of {} plans has it, in a range or otherwise.\n",
               all.front().port, all.size());
    for (const auto& each : all) {
        const auto sentences = statements(each);
        for (std::size_t i = 1; i < sentences.size(); ++i)
            fmt::print("    {}: {}\n", name_text(each.plan->zone.value.view()), sentences[i]);
    }
    print_remarks(all.front(), colour);
}

void print_text(const std::vector<Explanation>& all) {
    const bool colour = wants_colour();
    const bool anybody =
        std::any_of(all.begin(), all.end(), [](const auto& each) { return each.speaks(); });
    if (!anybody && all.size() > 1) return print_nobody(all);
    for (const auto& each : all) {
        if (anybody && !each.speaks()) continue;
        if (all.size() > 1)
            fmt::print("{}\n", bold(name_text(each.plan->zone.value.view()), colour));
        print_plan(each, colour);
    }
    print_remarks(remarks_of(all), colour);
}

// --- for programs -------------------------------------------------------------------------------

boost::json::array json_strings(const std::vector<std::string>& texts) {
    return boost::json::array(texts.begin(), texts.end());
}

void add_about(boost::json::object& out, const registry::About& about) {
    if (!about.owner.empty()) out["owner"] = about.owner;
    if (!about.description.empty()) out["description"] = about.description;
}

boost::json::object json_claim(const Explanation& explanation, const registry::Claim& claim) {
    boost::json::object out{{"kind", "convention"},
                            {"service", claim.label()},
                            {"application", claim.application->name},
                            {"type", claim.type->name},
                            {"protocol", to_string(claim.type->protocol)},
                            {"arithmetic", arithmetic(explanation)},
                            {"place", explanation.plan->text(claim.application->place)}};
    if (!claim.every_instance) out["instance"] = claim.instance;
    if (claim.only_in != nullptr) out["environment"] = claim.only_in->environment;
    add_about(out, claim.application->about);
    return out;
}

boost::json::object json_named(const Explanation& explanation, const registry::NamedUse& use) {
    boost::json::object out{{"kind", "registry"},
                            {"service", use.label()},
                            {"protocol", to_string(use.port->protocol)},
                            {"place", explanation.plan->text(use.place)}};
    add_about(out, use.service->about);
    return out;
}

boost::json::object json_endpoint(const Explanation& explanation, const registry::Service& service,
                                  const registry::Endpoint& endpoint) {
    boost::json::object out{{"environment", service.environment->name},
                            {"service", service.label()},
                            {"protocol", to_string(service.protocol)},
                            {"host", host_text(endpoint)},
                            {"addresses", json_strings(addresses_of(endpoint))},
                            {"priority", endpoint.priority},
                            {"weight", endpoint.weight}};
    const auto owner = srv_owner(explanation, service);
    if (!owner.empty()) out["srv"] = owner;
    const auto check = check_text(explanation, service, endpoint);
    if (!check.empty()) out["check"] = check;
    return out;
}

boost::json::object json_plan(const Explanation& explanation) {
    boost::json::array assignments;
    for (const auto& each : explanation.claims)
        assignments.push_back(json_claim(explanation, each));
    for (const auto& each : explanation.named) assignments.push_back(json_named(explanation, each));
    boost::json::array endpoints;
    for (const auto& service : explanation.holders)
        for (const auto& each : service.endpoints)
            endpoints.push_back(json_endpoint(explanation, service, each));
    std::vector<std::string> ranges;
    for (const auto* each : explanation.ranges) ranges.push_back(each->name);
    boost::json::array findings;
    for (const auto& each : explanation.remarks)
        findings.push_back({{"severity", to_string(each.severity)},
                            {"rule", each.rule},
                            {"message", each.message},
                            {"cure", each.cure}});
    return {{"zone", name_text(explanation.plan->zone.value.view())},
            {"statements", json_strings(statements(explanation))},
            {"assignments", assignments},
            {"ranges", json_strings(ranges)},
            {"dynamic", explanation.dynamic},
            {"endpoints", endpoints},
            {"findings", findings}};
}

void print_json(const std::vector<Explanation>& all, const Question& question) {
    boost::json::array plans;
    for (const auto& each : all) plans.push_back(json_plan(each));
    const bool assigned =
        std::any_of(all.begin(), all.end(), [](const auto& each) { return each.is_assigned(); });
    fmt::print("{}\n", boost::json::serialize(boost::json::object{
                           {"port", question.port}, {"assigned", assigned}, {"plans", plans}}));
}

int run(const Arguments& arguments) {
    const auto question = parse(arguments.number);
    if (!question) {
        complain_about(arguments.number);
        return 2;
    }
    const auto loaded = app::load_plans(plans_or_default(arguments.plans));
    std::vector<Explanation> all;
    for (const auto* plan : readable_plans(loaded))
        all.push_back(registry::explain(*plan, question->port, question->protocol));
    if (all.empty()) {
        complain("no plan could be read", "Name one with --plan or $PORTOLAN_PLAN.");
        return 2;
    }
    arguments.json ? print_json(all, *question) : print_text(all);
    return 0;
}

}  // namespace

void add_explain(CLI::App& program, int& status) {
    auto* command = program.add_subcommand("explain", "Say who has a port, where and why");
    auto arguments = std::make_shared<Arguments>();
    command->add_option("port", arguments->number, "A port, 0-65535, or PORT/PROTOCOL: 40805/udp")
        ->required();
    add_plan_option(*command, arguments->plans);
    command->add_flag("--json", arguments->json, "Print the answer as JSON");
    command->footer(
        "Exit status: 0 the port is explained (nobody's included), 2 that is no port, or no plan\n"
        "could be read.");
    command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace portolan::cli
