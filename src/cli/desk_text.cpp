#include "cli/desk_text.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <map>

#include "cli/terminal.hpp"
#include "portolan/registry/port_map.hpp"

namespace portolan::cli {
namespace {

namespace json = boost::json;
using Texts = std::vector<std::string>;

std::string text(const json::value& of, std::string_view key) {
    const auto* found = of.get_object().if_contains(key);
    if (found == nullptr) return "";
    return found->is_string() ? std::string(found->get_string()) : json::serialize(*found);
}

const json::array& list(const json::value& of, std::string_view key) {
    static const json::array none;
    const auto* found = of.get_object().if_contains(key);
    return found == nullptr ? none : found->get_array();
}

Texts texts(const json::array& of) {
    Texts all;
    for (const auto& each : of) all.emplace_back(each.get_string());
    return all;
}

bool flag(const json::value& of, std::string_view key) {
    const auto* found = of.get_object().if_contains(key);
    return found != nullptr && found->is_bool() && found->get_bool();
}

std::string joined(const Texts& all, const char* between) {
    return fmt::format("{}", fmt::join(all, between));
}

// --- what every answer has ----------------------------------------------------------------------

void print_statements(const json::value& plan, bool colour) {
    for (const auto& sentence : texts(list(plan, "statements")))
        fmt::print("{}\n", bold(sentence, colour && flag(plan, "assigned")));
}

void print_sources(const json::value& plan) {
    for (const auto& each : list(plan, "sources")) {
        Texts words;
        if (const auto description = text(each, "description"); !description.empty())
            words.push_back(description);
        if (const auto owner = text(each, "owner"); !owner.empty())
            words.push_back("owner " + owner);
        if (const auto until = text(each, "until"); !until.empty())
            words.push_back("until " + until);
        words.push_back(text(each, "place"));
        fmt::print("    {}: {}\n", text(each, "name"), joined(words, ", "));
    }
}

registry::Severity severity_of(const std::string& word) {
    if (word == "error") return registry::Severity::error;
    return word == "warning" ? registry::Severity::warning : registry::Severity::note;
}

void print_findings(const json::value& plan, bool colour) {
    for (const auto& each : list(plan, "findings")) {
        const auto severity = text(each, "severity");
        fmt::print("    {} {} [{}]\n", in_colour_of(severity_of(severity), severity + ":", colour),
                   text(each, "message"), text(each, "rule"));
        if (const auto cure = text(each, "cure"); !cure.empty())
            fmt::print("        cure: {}\n", cure);
    }
}

void print_published(const json::value& plan) {
    for (const auto& owner : texts(list(plan, "published")))
        fmt::print("    published: dig SRV {}\n", owner);
}

void print_registrations(const json::object& answer) {
    const auto* all = answer.if_contains("registrations");
    if (all == nullptr) return;
    for (const auto& each : all->get_array()) {
        fmt::print("registered: {} {} of {} at {}:{}/{}, {}\n", text(each, "service"),
                   text(each, "id"), text(each, "environment"), text(each, "address"),
                   text(each, "port"), text(each, "protocol"), text(each, "verdict"));
        for (const auto& sentence : texts(list(each, "expiry"))) fmt::print("    {}\n", sentence);
    }
}

// --- the endpoints of a number, or of a service -------------------------------------------------

std::string verdict_text(const json::value& endpoint) {
    auto verdict = text(endpoint, "verdict");
    if (flag(endpoint, "withheld")) verdict += ", kept out of the answers";
    return verdict.empty() ? "" : ", " + verdict;
}

bool is_same_service(const json::value& a, const json::value& b) {
    const auto same = [&](const char* key) { return a.at(key) == b.at(key); };
    return same("environment") && same("service") && same("protocol");
}

/// A service's endpoints: those up to the first of another.
using Endpoints = std::pair<json::array::const_iterator, json::array::const_iterator>;

void print_endpoints(const Endpoints& endpoints, bool with_ports) {
    for (auto each = endpoints.first; each != endpoints.second; ++each) {
        const auto port = with_ports ? ":" + text(*each, "port") : "";
        fmt::print("    {}: {}{} {}{}\n", text(*each, "environment"), text(*each, "host"), port,
                   joined(texts(list(*each, "addresses")), " "), verdict_text(*each));
    }
    const auto srv = text(*endpoints.first, "srv");
    fmt::print("        {}\n", srv.empty() ? "not published" : "dig SRV " + srv);
    std::string before;
    for (auto each = endpoints.first; each != endpoints.second; ++each) {
        auto check = text(*each, "check");
        if (!check.empty() && check != before) fmt::print("        checked by {}\n", check);
        before = std::move(check);
    }
}

void print_services(const json::value& plan, bool with_ports) {
    const auto& all = list(plan, "endpoints");
    for (auto first = all.begin(); first != all.end();) {
        const auto last = std::find_if(first, all.end(), [&](const json::value& each) {
            return !is_same_service(*first, each);
        });
        print_endpoints({first, last}, with_ports);
        first = last;
    }
    const auto empty = texts(list(plan, "empty"));
    if (!empty.empty()) fmt::print("    nothing placed on it in {}\n", joined(empty, ", "));
}

// --- the endpoints of many services, in few lines -----------------------------------------------

/// In the order in which they come: texts by the key that they belong to.
class Groups {
public:
    std::vector<std::string>& operator[](const std::string& key) {
        if (!found_.contains(key)) order_.push_back(key);
        return found_[key];
    }
    template <class Print>
    void print(Print print) const {
        for (const auto& key : order_) print(key, found_.at(key));
    }

private:
    std::map<std::string, Texts> found_;
    Texts order_;
};

/// A line a host: its ports, and those that are not well.
void print_by_host(const json::value& plan) {
    Groups hosts;
    Groups ill;
    std::map<std::string, std::vector<unsigned>> ports;
    for (const auto& each : list(plan, "endpoints")) {
        const auto host = fmt::format("{}: {} {}", text(each, "environment"), text(each, "host"),
                                      joined(texts(list(each, "addresses")), " "));
        hosts[host];
        ports[host].push_back(each.at("port").to_number<unsigned>());
        const auto verdict = text(each, "verdict");
        if (!verdict.empty() && verdict != "passing")
            ill[host].push_back(fmt::format("{} {}", text(each, "port"), verdict));
    }
    hosts.print([&](const std::string& host, const Texts&) {
        const auto unwell = ill[host];
        fmt::print("    {}: {}{}\n", host, registry::compact_ranges(ports[host]),
                   unwell.empty() ? "" : "; " + joined(unwell, ", "));
    });
}

/// A line an application or registry entry: "hydrogen: jmx 10102, http 10103, snmp 10105/udp".
void print_by_subject(const json::value& plan) {
    Groups subjects;
    for (const auto& each : list(plan, "endpoints")) {
        const auto kind = text(each, "kind");
        const auto protocol = text(each, "protocol");
        const auto verdict = text(each, "verdict");
        subjects[text(each, "subject")].push_back(
            fmt::format("{}{}{}{}{}", kind, kind.empty() ? "" : " ", text(each, "port"),
                        protocol == "tcp" ? "" : "/" + protocol,
                        verdict.empty() || verdict == "passing" ? "" : " " + verdict));
    }
    subjects.print([](const std::string& subject, const Texts& ports) {
        fmt::print("    {}: {}\n", subject, joined(ports, ", "));
    });
}

// --- the numbers of a name ----------------------------------------------------------------------

/// Of a service each with its arithmetic, else a line a service.
void print_ports(const json::value& plan) {
    Groups services;
    for (const auto& each : list(plan, "ports")) {
        const auto environment = text(each, "environment");
        const auto in = environment.empty() ? "" : " in " + environment;
        const auto how = text(each, "arithmetic");
        if (text(plan, "kind") == "service") {
            fmt::print("    {}{}\n",
                       how.empty() ? text(each, "port") + "/" + text(each, "protocol")
                                   : how + ", by the pattern " + text(plan, "pattern"),
                       in);
        } else {
            services[text(each, "service") + "/" + text(each, "protocol")].push_back(
                text(each, "port") + in);
        }
    }
    services.print([](const std::string& service, const Texts& ports) {
        fmt::print("    {}: {}\n", service, joined(ports, ", "));
    });
}

// --- one plan's answer --------------------------------------------------------------------------

void print_port(const json::value& plan, bool colour) {
    print_statements(plan, colour);
    if (const auto pattern = text(plan, "pattern"); !pattern.empty())
        fmt::print("    {}, by the pattern {}\n", text(plan, "arithmetic"), pattern);
    print_sources(plan);
    print_services(plan, false);
    print_published(plan);
}

void print_name(const json::value& plan, bool colour) {
    print_statements(plan, colour);
    print_sources(plan);
    print_ports(plan);
    const auto kind = text(plan, "kind");
    const bool is_service = kind == "service" || kind == "instance" || kind == "service-type";
    if (is_service) print_services(plan, true);
    if (kind == "host") print_by_subject(plan);
    if (!is_service && kind != "host") print_by_host(plan);
    print_published(plan);
    print_findings(plan, colour);
    if (flag(plan, "cut")) fmt::print("    … and more: ask of one environment, or of one part\n");
}

/// No plan has the number: said once, and why where there is a convention.
void print_nobody(const json::object& answer, const json::array& plans, bool colour) {
    fmt::print("{} belongs to nobody: none of {} plans has it, in a range or otherwise.\n",
               text(answer, "port"), plans.size());
    for (const auto& plan : plans) {
        const auto sentences = texts(list(plan, "statements"));
        for (std::size_t i = 1; i < sentences.size(); ++i)
            fmt::print("    {}: {}\n", text(plan, "zone"), sentences[i]);
    }
    print_findings(plans.front(), colour);
}

/// The same number means the same to the kernel in every plan: findings come once, with the
/// gravest tone that a plan gives them.
void print_findings_once(const json::array& plans, bool colour) {
    const auto assigned = std::ranges::find_if(plans, [](const auto& each) {
        return text(each, "kind") == "port" && flag(each, "assigned");
    });
    const auto& plan = assigned != plans.end() ? *assigned : plans.front();
    if (text(plan, "kind") == "port") print_findings(plan, colour);
}

}  // namespace

void print_answer(const json::object& answer) {
    const bool colour = wants_colour();
    const auto& plans = answer.at("plans").get_array();
    if (answer.contains("note")) fmt::print("{}\n", text(answer, "note"));
    if (plans.empty()) return;
    const bool anybody =
        std::ranges::any_of(plans, [](const auto& each) { return flag(each, "speaks"); });
    if (!anybody && plans.size() > 1) return print_nobody(answer, plans, colour);
    for (const auto& plan : plans) {
        if (anybody && !flag(plan, "speaks")) continue;
        if (plans.size() > 1) fmt::print("{}\n", bold(text(plan, "zone"), colour));
        text(plan, "kind") == "port" ? print_port(plan, colour) : print_name(plan, colour);
    }
    print_findings_once(plans, colour);
    print_registrations(answer);
}

void print_found(const json::object& found) {
    const bool colour = wants_colour();
    for (const auto& each : found.at("found").get_array()) {
        Texts words;
        for (const auto* key : {"environment", "ports", "description"})
            if (const auto word = text(each, key); !word.empty()) words.push_back(word);
        if (const auto owner = text(each, "owner"); !owner.empty())
            words.push_back("owner " + owner);
        if (const auto until = text(each, "until"); !until.empty())
            words.push_back("until " + until);
        words.push_back(text(each, "place"));
        fmt::print("{} {}: {}\n", text(each, "kind"), bold(text(each, "name"), colour),
                   joined(words, ", "));
    }
    if (const auto more = found.at("more").to_number<std::size_t>(); more != 0)
        fmt::print("… and {} more\n", more);
}

}  // namespace portolan::cli
