// Checks, and what the plan says of health. What one place writes of a check's times holds there;
// the rest comes from `health:`.
#include <fmt/format.h>

#include <algorithm>

#include "portolan/registry/suggest.hpp"
#include "source/plan_build.hpp"

namespace portolan::source::plan {
namespace {

using registry::Check;
using registry::Verdict;
using std::chrono::milliseconds;

constexpr milliseconds shortest{100};

/// The ways to check, as keys of a mapping; all but the first four need their value.
constexpr std::array ways{"tcp", "http", "https", "grpc", "dns", "exec", "ttl"};

const Node* way_of(const Node& mapping) {
    for (const char* way : ways) {
        if (const Node* node = mapping.find(way)) return node;
    }
    return nullptr;
}

std::string text(milliseconds time) {
    return time.count() % 1000 == 0 ? fmt::format("{}s", time.count() / 1000)
                                    : fmt::format("{}ms", time.count());
}

std::optional<milliseconds> wait_of(const Node& mapping, const char* key) {
    const Node* node = valid_value(mapping, key);
    if (node == nullptr) return {};
    return milliseconds(*read_wait(node->text));
}

registry::HttpCheck http_of(const Node& mapping, bool is_tls) {
    registry::HttpCheck http;
    http.is_tls = is_tls;
    http.path = text_of(mapping, is_tls ? "https" : "http");
    if (const std::string method = text_of(mapping, "method"); !method.empty()) {
        http.method = method;
    }
    http.verifies = flag_of(mapping, "verify", true);
    http.host = text_of(mapping, "host");
    if (const Node* headers = valid_value(mapping, "headers")) {
        for_each_valid(*headers, [&](const Node& key, const Node& value) {
            http.headers.emplace_back(key.text, value.text);
        });
    }
    if (const auto status = number16_of(mapping, "status")) {
        http.first_status = http.last_status = *status;
    }
    http.body = text_of(mapping, "body");
    return http;
}

std::vector<std::string> command_of(const Node& node) {
    if (node.form == Node::Form::scalar) return {node.text};
    std::vector<std::string> command;
    for_each_valid(node, [&](const Node&, const Node& word) { command.push_back(word.text); });
    return command;
}

/// A word alone: `check: tcp`.
void set_word(const std::string& word, Check& check) {
    if (word == "grpc") check.how = registry::GrpcCheck{};
    if (word == "http" || word == "https") {
        registry::HttpCheck http;
        http.is_tls = word == "https";
        check.how = http;
    }
}

void set_way(const Node& mapping, const Node& way, Check& check) {
    const auto is = [&](const char* key) { return mapping.find(key) == &way; };
    if (is("http") || is("https")) check.how = http_of(mapping, is("https"));
    if (is("grpc")) check.how = registry::GrpcCheck{way.text};
    if (is("dns")) check.how = registry::DnsCheck{way.text};
    if (is("exec")) check.how = registry::ExecCheck{command_of(way)};
    if (is("ttl")) check.how = registry::HeartbeatCheck{milliseconds(*read_wait(way.text))};
}

std::optional<Verdict> unknown_of(const Node& mapping) {
    return registry::parse_verdict(text_of(mapping, "unknown"));
}

std::optional<registry::WhenCritical> critical_of(const Node& mapping) {
    const std::string word = text_of(mapping, "critical");
    if (word == "leave") return registry::WhenCritical::leave;
    if (word == "sink") return registry::WhenCritical::sink;
    return {};
}

std::optional<registry::WhenAllDown> all_down_of(const Node& mapping) {
    const std::string word = text_of(mapping, "all_down");
    if (word == "all") return registry::WhenAllDown::all;
    if (word == "none") return registry::WhenAllDown::none;
    if (word == "last-good") return registry::WhenAllDown::last_good;
    return {};
}

}  // namespace

// --- checks --------------------------------------------------------------------------------------

CheckReader::CheckReader(const Node* health, Report& report) : report_(report) {
    if (health == nullptr) return;
    usual_ = times_of(*health, usual_);
    judge_times(*health, usual_);
}

CheckReader::Times CheckReader::times_of(const Node& mapping, Times otherwise) {
    otherwise.interval = wait_of(mapping, "interval").value_or(otherwise.interval);
    if (const auto timeout = wait_of(mapping, "timeout")) otherwise.timeout = timeout;
    otherwise.fall = number_of(mapping, "fall").value_or(otherwise.fall);
    otherwise.rise = number_of(mapping, "rise").value_or(otherwise.rise);
    return otherwise;
}

void CheckReader::judge_times(const Node& mapping, const Times& times) {
    const auto place = [&](const char* key) {
        const Node* node = valid_value(mapping, key);
        return node == nullptr ? mapping.place : node->place;
    };
    if (times.interval < shortest) {
        report_.error(place("interval"), "check-times",
                      fmt::format("a check every {}", text(times.interval)),
                      "Write an interval of 100ms or more");
    } else if (times.timeout && times.timeout->count() == 0) {
        report_.error(place("timeout"), "check-times", "a check that waits for no answer",
                      "Write a timeout: 2s");
    } else if (times.timeout && *times.timeout > times.interval) {
        report_.error(place("timeout"), "check-times",
                      fmt::format("a timeout of {} outlasts the interval of {}",
                                  text(*times.timeout), text(times.interval)),
                      "Let the timeout be as long as the interval, or shorter");
    }
}

bool CheckReader::judge_way(const Node& mapping) {
    std::vector<const Node*> given;
    for (const char* way : ways) {
        if (const Node* node = mapping.find(way)) given.push_back(node);
    }
    if (given.size() != 1) {
        report_.error(given.empty() ? mapping.place : given[1]->place, "check-kind",
                      given.empty() ? "a check that does not say how" : "a check in two ways",
                      "Write one of tcp, http, https, grpc, dns, exec and ttl");
        return false;
    }
    const Node& way = *given.front();
    if (!way.valid) return false;  // said already
    if (mapping.find("tcp") == &way && !*read_flag(way.text)) {
        report_.error(way.place, "check-kind", "a check that does not say how",
                      "Write \"check: none\" for what must not be probed");
        return false;
    }
    const bool is_http = mapping.find("http") == &way || mapping.find("https") == &way;
    if (is_http && !way.text.starts_with('/')) {
        report_.error(way.place, "check-kind",
                      fmt::format("{} is no path to ask for", way.text.substr(0, 60)),
                      "Let it begin with a slash: /health");
        return false;
    }
    if (mapping.find("exec") == &way) return judge_command(way);
    if (mapping.find("ttl") == &way && milliseconds(*read_wait(way.text)) < shortest) {
        report_.error(way.place, "check-times", "a service that may never be silent",
                      "Write a ttl of 100ms or more");
        return false;
    }
    return true;
}

bool CheckReader::judge_command(const Node& way) {
    const auto command = command_of(way);
    if (!command.empty() && command.front().starts_with('/')) return true;
    report_.error(way.place, "check-kind",
                  command.empty() ? std::string("no program to run")
                                  : fmt::format("{} is no absolute path", command.front()),
                  "Write where the program is: /usr/lib/nagios/plugins/check_ldap");
    return false;
}

std::optional<registry::CheckPtr> CheckReader::read(const Node& mapping) {
    const Node* node = valid_value(mapping, "check");
    if (node == nullptr) return {};
    const bool is_word = node->form == Node::Form::scalar;
    if (is_word && node->text == "none") return registry::CheckPtr();
    if (!is_word && !judge_way(*node)) return {};
    Check check;
    Times times = usual_;
    if (is_word) {
        set_word(node->text, check);
    } else {
        set_way(*node, *way_of(*node), check);
        check.port = number16_of(*node, "port");
        times = times_of(*node, usual_);
        judge_times(*node, times);
    }
    check.interval = times.interval;
    check.timeout = times.timeout.value_or(std::min(check.timeout, times.interval));
    check.fall = times.fall;
    check.rise = times.rise;
    return std::make_shared<const Check>(std::move(check));
}

// --- health --------------------------------------------------------------------------------------

registry::HealthTerms health_terms_of(const Node& mapping) {
    const Node* node = valid_value(mapping, "health");
    if (node == nullptr) return {};
    const auto warning = number_of(*node, "warning");
    return {.unknown = unknown_of(*node),
            .critical = critical_of(*node),
            .warning = warning ? std::optional(static_cast<std::uint8_t>(*warning)) : std::nullopt,
            .all_down = all_down_of(*node)};
}

registry::Health health_of(const Node& node) {
    registry::Health health;
    health.is_by_instance = text_of(node, "verdict") == "instance";
    health.via = label_of(node, "via");
    health.preserve =
        static_cast<std::uint8_t>(number_of(node, "preserve").value_or(health.preserve));
    auto& policy = health.policy;
    policy.unknown = unknown_of(node).value_or(policy.unknown);
    policy.critical = critical_of(node).value_or(policy.critical);
    policy.warning = static_cast<std::uint8_t>(number_of(node, "warning").value_or(policy.warning));
    policy.all_down = all_down_of(node).value_or(policy.all_down);
    return health;
}

namespace {

/// An application's check is of whole instances.
void refuse_checks_of_applications(const registry::Plan& plan, Report& report) {
    if (plan.health.is_by_instance || !plan.convention) return;
    for (const auto& each : plan.convention->applications) {
        if (!each.check || *each.check == nullptr) continue;
        report.error(each.place, "check-via",
                     fmt::format("the check of {} is for its instances, which have no verdict of "
                                 "their own",
                                 each.name),
                     "Write \"health: {verdict: instance, via: TYPE}\", or put the check at a port "
                     "type");
    }
}

}  // namespace

void check_via(const Node* health, const registry::Plan& plan, Report& report) {
    refuse_checks_of_applications(plan, report);
    if (health == nullptr) return;
    const Node& node = *health;
    const Node* via = node.find("via");
    if (!plan.health.is_by_instance) {
        if (via == nullptr || !via->valid) return;
        return report.error(via->place, "check-via",
                            "via means something with \"verdict: instance\" alone",
                            "Add it, or remove via");
    }
    if (via == nullptr) {
        return report.error(node.find("verdict")->place, "check-via",
                            "one verdict for an instance, and no port that it comes from",
                            "Add the port type that is checked: \"via: http\"");
    }
    if (!via->valid) return;
    const auto* type = plan.type(plan.health.via);
    if (type == nullptr) {
        std::vector<std::string_view> names;
        if (plan.convention) {
            for (const auto& each : plan.convention->types) names.push_back(each.name);
        }
        const auto meant = registry::closest(plan.health.via, names);
        return report.error(via->place, "check-via",
                            fmt::format("there is no port type {}", plan.health.via),
                            meant ? fmt::format("Did you mean {}?", *meant)
                                  : std::string("Name a port type of the convention"));
    }
    if (!type->check || *type->check == nullptr) {
        report.error(via->place, "check-via",
                     fmt::format("port type {} has no check", plan.health.via),
                     fmt::format("Write one at the type: \"check: {{http: /health}}\""));
    }
}

}  // namespace portolan::source::plan
