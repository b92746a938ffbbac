#include "cli/terminal.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "portolan/dns/presentation.hpp"

namespace portolan::cli {
namespace {

std::string wrapped(const char* code, const std::string& text, bool colour) {
    return colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
}

}  // namespace

bool wants_colour() {
    const char* no_colour = std::getenv("NO_COLOR");
    return ::isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

std::string bold(const std::string& text, bool colour) { return wrapped("1", text, colour); }

std::string in_colour_of(registry::Severity severity, const std::string& text, bool colour) {
    switch (severity) {
        case registry::Severity::note:
            return wrapped("36", text, colour);
        case registry::Severity::warning:
            return wrapped("33", text, colour);
        case registry::Severity::error:
            return wrapped("1;31", text, colour);
    }
    return text;
}

std::string name_text(dns::NameView name) {
    auto text = dns::to_text(name);
    if (text.size() > 1) text.pop_back();
    return text;
}

std::vector<const registry::Plan*> readable_plans(const app::LoadedPlans& loaded) {
    std::vector<const registry::Plan*> plans;
    for (const auto& finding : loaded.findings)
        if (finding.severity == registry::Severity::error)
            fmt::print(stderr, "{}\n", registry::to_string(finding));
    for (const auto& each : loaded.plans) {
        if (each.plan) {
            plans.push_back(&*each.plan);
            if (each.has_errors())
                complain(each.plan->files.front() + " has errors", "See `portolan check`.");
            continue;
        }
        for (const auto& finding : each.findings)
            fmt::print(stderr, "{}\n", registry::to_string(finding));
    }
    return plans;
}

void complain(const std::string& message, const std::string& cure) {
    fmt::print(stderr, "portolan: {}\n", message);
    if (!cure.empty()) fmt::print(stderr, "    {}\n", cure);
}

}  // namespace portolan::cli
