#include "portolan/desk/sarif.hpp"

#include <boost/json.hpp>
#include <set>

namespace portolan::desk {
namespace {

namespace json = boost::json;
using registry::Finding;

/// A path as a URI reference (RFC 3986 4.2): all but unreserved characters and slashes as %XX.
std::string uri_of(const std::string& path) {
    static constexpr auto digits = "0123456789ABCDEF";
    std::string uri;
    for (const char c : path) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '/' || c == '-' || c == '.' ||
                              c == '_' || c == '~';
        if (is_plain) {
            uri += c;
        } else {
            const auto octet = static_cast<unsigned char>(c);
            uri += {'%', digits[octet >> 4], digits[octet & 15]};
        }
    }
    return uri;
}

json::object location_of(const Finding& finding) {
    json::object physical{{"artifactLocation", {{"uri", uri_of(finding.file)}}}};
    if (finding.line != 0) {
        json::object region{{"startLine", finding.line}};
        if (finding.column != 0) region["startColumn"] = finding.column;
        physical["region"] = region;
    }
    return {{"physicalLocation", physical}};
}

json::object result_of(const Finding& finding) {
    auto text = finding.message + ".";
    if (!finding.cure.empty()) text += " " + finding.cure;
    return {{"ruleId", finding.rule},
            {"level", to_string(finding.severity)},  // SARIF's words are ours
            {"message", {{"text", text}}},
            {"locations", json::array{location_of(finding)}}};
}

}  // namespace

std::string to_sarif(const registry::Findings& findings, const std::string& version) {
    std::set<std::string> rules;
    json::array results;
    for (const Finding& each : findings) {
        rules.insert(each.rule);
        results.push_back(result_of(each));
    }
    json::array described;
    for (const auto& each : rules) described.push_back(json::object{{"id", each}});
    const json::object driver{{"name", "portolan"}, {"version", version}, {"rules", described}};
    const json::object run{
        {"tool", {{"driver", driver}}}, {"columnKind", "unicodeCodePoints"}, {"results", results}};
    return json::serialize(
        json::object{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                     {"version", "2.1.0"},
                     {"runs", json::array{run}}});
}

}  // namespace portolan::desk
