// /etc/services (services(5)): a line a name, port and protocol.
#include <fmt/core.h>

#include <map>
#include <set>

#include "desk/exports.hpp"

namespace portolan::desk {
namespace {

using Number = std::pair<registry::Port, registry::Protocol>;

/// The numbers of each label. A label with one number is a name; with several, each number has a
/// name of its own, and the first of them the label as an alias.
std::map<std::string, std::set<Number>> numbers_of(const ExportInput& input) {
    std::map<std::string, std::set<Number>> numbers;
    for (const auto& each : input.ports) numbers[each.service].emplace(each.port, each.protocol);
    return numbers;
}

/// What tells the port from others of its label: the instance, the environment of a group, or else
/// the number.
std::string suffix_of(const ExportedPort& port) {
    if (port.instance) return std::to_string(*port.instance);
    if (port.is_group) return port.environment_name();
    return std::to_string(port.port);
}

}  // namespace

std::string write_services(const ExportInput& input) {
    const auto numbers = numbers_of(input);
    std::set<std::pair<std::string, Number>> written;
    std::set<std::pair<std::string, registry::Protocol>> names;
    std::string text;
    for (const auto& each : input.ports) {
        const Number number{each.port, each.protocol};
        if (!written.emplace(each.service, number).second) continue;
        const bool is_alone = numbers.at(each.service).size() == 1;
        auto name = is_alone ? each.service : each.service + "-" + suffix_of(each);
        if (!names.emplace(name, each.protocol).second) {
            name = fmt::format("{}-{}", each.service, each.port);
            names.emplace(name, each.protocol);
        }
        const bool is_first = !is_alone && names.emplace(each.service, each.protocol).second;
        const auto about = about_line(each.about);
        auto line = fmt::format("{:24}{}/{}", name + " ", each.port, to_string(each.protocol));
        if (is_first) line += "  " + each.service;
        if (!about.empty()) line += "  # " + about;
        text += line + "\n";
    }
    return text;
}

}  // namespace portolan::desk
