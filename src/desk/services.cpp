#include "desk/services.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "desk/text.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/registry/about.hpp"

namespace portolan::desk {
namespace {

using Ports = std::vector<const ImportedPort*>;

/// The facts of each of the service's ports, in order.
std::vector<Ports> by_port_name(const Ports& ports) {
    std::vector<Ports> groups;
    std::map<std::pair<std::string, registry::Protocol>, std::size_t> at;
    for (const auto* port : ports) {
        const auto [place, is_new] =
            at.try_emplace({port->port_name, port->protocol}, groups.size());
        if (is_new) groups.emplace_back();
        groups[place->second].push_back(port);
    }
    return groups;
}

bool is_one_number(const Ports& ports) {
    return std::ranges::all_of(ports, [&](const ImportedPort* port) {
        return port->ports.first == ports.front()->ports.first;
    });
}

/// All that the facts say, each text once.
std::string joined(const Ports& ports, std::string registry::About::*part) {
    std::string text;
    std::set<std::string> seen;
    for (const auto* port : ports) {
        const auto& more = port->about.*part;
        if (more.empty() || !seen.insert(more).second) continue;
        text += (text.empty() ? "" : "; ") + more;
    }
    return text;
}

/// The last of the days that the facts say.
std::optional<registry::Date> last_day(const Ports& ports) {
    std::optional<registry::Date> last;
    for (const auto* port : ports) last = std::max(last, port->about.until);
    return last;
}

std::string name_of(const Ports& group) {
    const auto& first = *group.front();
    const auto label = to_label(first.port_name);
    return label.empty() ? registry::to_string(first.protocol) : label;
}

bool are_distinct(const std::vector<Ports>& groups) {
    std::set<std::string> names;
    return std::ranges::all_of(
        groups, [&](const Ports& group) { return names.insert(name_of(group)).second; });
}

}  // namespace

bool NamedFacts::owns_label() const {
    return by_port_name(ports).size() > 1 || !ports.front()->port_name.empty() ||
           (ports.front()->application.empty() && !ports.front()->type.empty());
}

std::vector<NamedFacts> by_name(const Ports& ports, registry::Findings& findings,
                                const Imported& imported) {
    std::vector<NamedFacts> all;
    std::map<std::string, std::size_t> at;
    Labels labels;
    for (const auto* port : ports) {
        if (port->is_range()) continue;
        const auto [place, is_new] = at.try_emplace(port->service, all.size());
        if (is_new) all.push_back({port->service, "", {}});
        all[place->second].ports.push_back(port);
    }
    for (auto& each : all) {
        const auto& first = *each.ports.front();
        each.label = labels.of(each.name, fmt::format("port-{}", first.ports.first));
        if (each.label == lower_case(each.name)) continue;
        findings.push_back(
            {registry::Severity::note, "renamed", imported.files.at(first.place.file),
             first.place.line, first.place.column,
             fmt::format("\"{}\" is called {} in the plan", each.name, each.label), ""});
    }
    return all;
}

ServiceWriter::ServiceWriter(const Places& places, const std::vector<NamedFacts>& all,
                             registry::Plan& plan)
    : places_(places), plan_(plan) {
    for (const auto& each : all) {
        labels_.fresh(each.label);
        for (const auto* port : each.ports)
            holders_[{port->ports.first, port->protocol}].insert(each.label);
    }
}

void ServiceWriter::add(const NamedFacts& facts) {
    const auto groups = by_port_name(facts.ports);
    if (groups.size() == 1 && facts.ports.front()->port_name.empty())
        return add_one_port(facts.label, facts.ports);
    if (are_alike(groups)) return add_many_ports(facts, groups);
    bool is_first = true;
    for (const auto& group : groups) {
        const bool keeps_label = is_first && group.front()->port_name.empty();
        add_one_port(
            keeps_label ? facts.label : labels_.fresh(to_label(facts.label + "-" + name_of(group))),
            group);
        is_first = false;
    }
}

bool ServiceWriter::has_spot(const ImportedPort& port) const {
    const auto spot = places_.spot_of(port);
    return !spot.host.empty() || !spot.target.empty();
}

/// Whether one service can have them all: the same number everywhere, served at the same places,
/// and no number that would have to be written at endpoints.
bool ServiceWriter::are_alike(const std::vector<Ports>& groups) const {
    const auto spots_of = [&](const Ports& ports) {
        std::set<Spot> spots;
        for (const auto* port : ports) spots.insert(places_.spot_of(*port));
        return spots;
    };
    const auto first = spots_of(groups.front());
    return are_distinct(groups) && std::ranges::all_of(groups, [&](const Ports& group) {
               const auto& port = *group.front();
               return is_one_number(group) && spots_of(group) == first &&
                      holders_.at({port.ports.first, port.protocol}).size() == 1;
           });
}

registry::NamedService ServiceWriter::start(const std::string& label, const Ports& ports) {
    const auto& first = *ports.front();
    registry::NamedService service;
    service.name = label;
    service.place = first.place;
    service.about.owner = joined(ports, &registry::About::owner);
    service.about.description = joined(ports, &registry::About::description);
    service.about.until = last_day(ports);
    if (first.application.empty()) service.type = to_label(first.type);
    std::set<std::string> environments;
    for (const auto* port : ports) environments.insert(places_.spot_of(*port).environment);
    if (environments.contains("") || environments.size() == places_.environments().size())
        return service;
    for (const auto& each : places_.environments())
        if (environments.contains(each.name))
            service.environments.push_back({each.name, first.place});
    return service;
}

void ServiceWriter::add_endpoints(registry::NamedService& service, const Ports& ports,
                                  bool with_port) {
    std::set<std::pair<Spot, registry::Port>> seen;
    for (const auto* port : ports) {
        const auto spot = places_.spot_of(*port);
        if (spot.host.empty() && spot.target.empty()) continue;
        if (!seen.emplace(spot, port->ports.first).second) continue;
        registry::PlannedEndpoint endpoint;
        endpoint.place = port->place;
        endpoint.priority = port->priority;
        endpoint.weight = port->weight;
        if (with_port) endpoint.port = port->ports.first;
        if (spot.target.empty()) {
            endpoint.host = spot.host;
            if (places_.environments().size() > 1) endpoint.host += "." + spot.environment;
        } else {
            endpoint.target = *dns::parse_name(spot.target);
        }
        service.endpoints.push_back(std::move(endpoint));
    }
}

void ServiceWriter::finish(registry::NamedService service) {
    plan_.services.push_back(std::move(service));
}

void ServiceWriter::add_many_ports(const NamedFacts& facts, const std::vector<Ports>& groups) {
    auto service = start(facts.label, facts.ports);
    for (const auto& group : groups) {
        const auto& port = *group.front();
        service.ports.push_back({name_of(group), port.ports.first, port.protocol, port.place});
    }
    add_endpoints(service, groups.front(), false);
    finish(std::move(service));
}

void ServiceWriter::add_one_port(const std::string& label, const Ports& ports) {
    const auto& first = *ports.front();
    const bool all_have_hosts =
        std::ranges::all_of(ports, [&](const auto* port) { return has_spot(*port); });
    const bool is_shared = holders_.at({first.ports.first, first.protocol}).size() > 1;
    if (!all_have_hosts && !is_one_number(ports)) return add_without_hosts(label, ports);
    const bool at_endpoints = all_have_hosts && (is_shared || !is_one_number(ports));
    auto service = start(label, ports);
    service.ports.push_back({"", {}, first.protocol, first.place});
    if (!at_endpoints) service.ports.front().port = first.ports.first;
    add_endpoints(service, ports, at_endpoints);
    finish(std::move(service));
}

/// Several numbers, and nothing to write them at: a service each, named after its environment.
void ServiceWriter::add_without_hosts(const std::string& label, const Ports& ports) {
    std::vector<registry::Port> numbers;
    for (const auto* port : ports)
        if (std::ranges::find(numbers, port->ports.first) == numbers.end())
            numbers.push_back(port->ports.first);
    for (const auto number : numbers) {
        Ports some;
        for (const auto* port : ports)
            if (port->ports.first == number) some.push_back(port);
        const auto environment = places_.spot_of(*some.front()).environment;
        const auto suffix = environment.empty() ? std::to_string(number) : environment;
        add_one_port(
            number == numbers.front() ? label : labels_.fresh(to_label(label + "-" + suffix)),
            some);
    }
}

void add_ranges(const Ports& ports, registry::Plan& plan) {
    std::set<std::string> names;
    for (const auto* port : ports) {
        if (!port->is_range()) continue;
        auto name = fmt::format("{} {}", port->service, registry::to_string(port->protocol));
        for (unsigned number = 2; !names.insert(name).second; ++number)
            name =
                fmt::format("{} {} {}", port->service, registry::to_string(port->protocol), number);
        plan.ranges.push_back({name, port->ports, port->about, port->place});
    }
}

}  // namespace portolan::desk
