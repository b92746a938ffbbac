#include "cli/findings_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "cli/terminal.hpp"

namespace portolan::cli {
namespace {

using registry::Finding;
using registry::Findings;
using registry::Severity;

std::size_t count(const Findings& findings, Severity severity) {
    return static_cast<std::size_t>(
        std::count_if(findings.begin(), findings.end(),
                      [&](const Finding& finding) { return finding.severity == severity; }));
}

/// The finding's text with its severity in colour.
std::string coloured(const Finding& finding) {
    std::string text = registry::to_string(finding);
    const std::string word = std::string(registry::to_string(finding.severity)) + ":";
    const std::size_t behind_place = text.starts_with(finding.file) ? finding.file.size() : 0;
    const std::size_t at = text.find(word, behind_place);
    if (at == std::string::npos) return text;
    return text.replace(at, word.size(), in_colour_of(finding.severity, word, true));
}

boost::json::object to_json(const Finding& finding) {
    return {{"severity", registry::to_string(finding.severity)},
            {"rule", finding.rule},
            {"file", finding.file},
            {"line", finding.line},
            {"column", finding.column},
            {"message", finding.message},
            {"cure", finding.cure}};
}

}  // namespace

std::string finding_text(const Finding& finding, bool colour) {
    return colour ? coloured(finding) : registry::to_string(finding);
}

std::string counted(std::size_t number, const char* one, const char* many) {
    return fmt::format("{} {}", number, number == 1 ? one : many);
}

std::string summary_of(const Findings& findings) {
    return fmt::format("{}, {}, {}", counted(count(findings, Severity::error), "error", "errors"),
                       counted(count(findings, Severity::warning), "warning", "warnings"),
                       counted(count(findings, Severity::note), "note", "notes"));
}

void print_findings_json(const Findings& findings, boost::json::object summary) {
    summary["errors"] = count(findings, Severity::error);
    summary["warnings"] = count(findings, Severity::warning);
    summary["notes"] = count(findings, Severity::note);
    fmt::print("{{\"findings\": [");
    const char* separator = "\n";
    for (const Finding& finding : findings) {
        fmt::print("{}  {}", separator, boost::json::serialize(to_json(finding)));
        separator = ",\n";
    }
    fmt::print("{}], \"summary\": {}}}\n", findings.empty() ? "" : "\n",
               boost::json::serialize(summary));
}

}  // namespace portolan::cli
