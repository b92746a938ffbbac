// What tests of imports share: a text in, facts as lines out.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "portolan/desk/import.hpp"
#include "portolan/desk/write_plan.hpp"
#include "portolan/registry/about.hpp"
#include "portolan/source/plan_file.hpp"

namespace portolan::desk {

inline Imported imported_from(const char* format, std::string_view text) {
    Imported imported;
    const auto* found = find_import_format(format);
    REQUIRE(found != nullptr);
    import_text(*found, "file", text, imported);
    return imported;
}

/// "user-api 5001/tcp at app1 in prod", what is empty left out.
inline std::vector<std::string> lines_of(const Imported& imported) {
    std::vector<std::string> lines;
    for (const auto& each : imported.ports) {
        auto line = each.service;
        if (!each.port_name.empty()) line += "." + each.port_name;
        line += " " + std::to_string(each.ports.first);
        if (each.is_range()) line += "-" + std::to_string(each.ports.last);
        line += std::string("/") + to_string(each.protocol);
        if (!each.application.empty()) line += " of " + each.application;
        if (each.instance) line += " instance " + std::to_string(*each.instance);
        if (!each.host.empty()) line += " at " + each.host;
        for (const auto& address : each.addresses) line += " " + to_string(address);
        if (!each.environment.empty()) line += " in " + each.environment;
        if (!each.about.owner.empty()) line += " by " + each.about.owner;
        if (!each.about.description.empty()) line += " (" + each.about.description + ")";
        if (each.about.until) line += " until " + registry::date_text(*each.about.until);
        lines.push_back(line);
    }
    return lines;
}

/// "3: \"x\" is no port", in the files' order.
inline std::vector<std::string> lines_of(const registry::Findings& findings) {
    std::vector<std::string> lines;
    for (const auto& each : findings)
        lines.push_back(std::to_string(each.line) + ": " + each.message);
    return lines;
}

inline source::PlanFile read_back(const std::string& text) {
    return source::read_plan("plan.yaml", [&](auto&) { return std::optional(text); });
}

}  // namespace portolan::desk
