// Ports that somebody outside the plan uses too: the kernel, Kubernetes, IANA's registry.
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "portolan/registry/iana.hpp"
#include "registry/report.hpp"

namespace portolan::registry {
namespace {

/// The plan's ports inside a platform's range: "72 ports of instance 4, 8123 (user-api)".
struct Inside {
    std::vector<unsigned> ports;
    std::vector<std::string> texts;
    Place place;
    /// "1 port of instance 4 lies", "72 ports of instance 4 lie".
    [[nodiscard]] std::string lie() const {
        return listed(texts) + (ports.size() == 1 ? " lies" : " lie");
    }
};

Inside inside(const Report& report, const PortRange& range) {
    Inside found;
    std::map<unsigned, std::size_t> by_instance;
    for (const auto& each : report.all_claims()) {
        if (!range.contains(each.port)) continue;
        found.ports.push_back(each.port);
        found.place = report.plan().convention->place;
        ++by_instance[each.instance];
    }
    for (const auto& [instance, count] : by_instance)
        found.texts.push_back(fmt::format("{} of instance {}", counted(count, "port"), instance));
    for (const auto& use : named_uses(report.plan())) {
        if (!range.contains(use.number)) continue;
        if (found.ports.empty()) found.place = use.place;
        found.ports.push_back(use.number);
        found.texts.push_back(fmt::format("{} ({})", use.number, use.label()));
    }
    return found;
}

void check_ephemeral(Report& report) {
    const auto found = inside(report, ephemeral_ports);
    if (found.ports.empty()) return;
    report.warning("ephemeral-range", found.place,
                   fmt::format("{} in Linux's ephemeral range {}-{}: an outgoing connection may "
                               "hold the port when the server starts",
                               found.lie(), ephemeral_ports.first, ephemeral_ports.last),
                   "Reserve them on their hosts, in /etc/sysctl.d/portolan.conf: " +
                       reserved_ports_line(found.ports),
                   found.ports);
}

void check_node_ports(Report& report) {
    const auto found = inside(report, node_ports);
    if (found.ports.empty()) return;
    report.warning("nodeport-range", found.place,
                   fmt::format("{} in Kubernetes' NodePort range {}-{}: a cluster on the same "
                               "hosts may take {}",
                               found.lie(), node_ports.first, node_ports.last,
                               found.ports.size() == 1 ? "it" : "them"),
                   "Keep clusters off these hosts, or give the API server another "
                   "--service-node-port-range.",
                   found.ports);
}

// --- IANA ---------------------------------------------------------------------------------------

/// "11211/udp memcache", or nothing when IANA has no name for the port in that protocol.
std::string same_protocol(unsigned port, Protocol protocol) {
    if (port > 65535) return "";
    const auto names = iana::names_of(static_cast<Port>(port), protocol);
    return names.empty() ? "" : fmt::format("{}/{} {}", port, to_string(protocol), names.front());
}

std::string any_protocol(unsigned port) {
    if (port > 65535) return "";
    const auto names = iana::names_of(static_cast<Port>(port));
    return names.empty() ? "" : fmt::format("{} {}", port, names.front().name);
}

struct Named {
    std::vector<std::string> same;
    std::vector<std::string> other;
    std::vector<unsigned> ports;
};

/// Type ids of several environments are so many numbers; one number counts once.
std::map<unsigned, Named> named_by_instance(const Report& report) {
    std::map<unsigned, const Claim*> numbers;
    for (const auto& each : report.all_claims()) numbers.try_emplace(each.port, &each);
    std::map<unsigned, Named> by_instance;
    for (const auto& [port, claim] : numbers) {
        auto& named = by_instance[claim->instance];
        if (auto same = same_protocol(port, claim->type->protocol); !same.empty()) {
            named.same.push_back(std::move(same));
        } else if (auto other = any_protocol(port); !other.empty()) {
            named.other.push_back(std::move(other));
        } else {
            continue;
        }
        named.ports.push_back(port);
    }
    std::erase_if(by_instance, [](const auto& each) {
        return each.second.same.empty() && each.second.other.empty();
    });
    return by_instance;
}

void check_iana_convention(Report& report) {
    for (const auto& [instance, named] : named_by_instance(report)) {
        const auto count = named.same.size() + named.other.size();
        auto message = fmt::format(
            "{} of instance {} {} a name at IANA ({}), {} in the same "
            "protocol",
            counted(count, "port"), instance, count == 1 ? "has" : "have", iana::date(),
            named.same.size());
        if (!named.same.empty()) message += ": " + listed(named.same, 30);
        if (!named.other.empty())
            message += fmt::format("; in another protocol only: {}", listed(named.other, 30));
        report.note("iana-name", report.plan().convention->place, std::move(message),
                    "Tools like ss and tcpdump will show these names; `portolan explain PORT` "
                    "tells whose they are.",
                    named.ports);
    }
}

void check_iana_registry(Report& report) {
    // A registry entry on the port that IANA gives to its own kind is no news.
    std::vector<std::string> texts;
    std::vector<unsigned> ports;
    Place place;
    for (const auto& use : named_uses(report.plan())) {
        const auto names = iana::names_of(use.number, use.port->protocol);
        if (names.empty() || std::any_of(names.begin(), names.end(),
                                         [&](auto name) { return is_iana_name_of(use, name); }))
            continue;
        if (texts.empty()) place = use.place;
        auto text = fmt::format("{} is {} ({} here)", use.number, names.front(), use.label());
        if (std::find(texts.begin(), texts.end(), text) == texts.end())
            texts.push_back(std::move(text));
        ports.push_back(use.number);
    }
    if (texts.empty()) return;
    report.note("iana-name", place,
                fmt::format("IANA ({}) has other names for {} of the registry: {}", iana::date(),
                            counted(texts.size(), "port"), listed(texts, 12)),
                "", std::move(ports));
}

}  // namespace

bool is_iana_name_of(const NamedUse& use, std::string_view name) {
    const auto& service = *use.service;
    const auto has = [&](const std::string& text) {
        return !text.empty() &&
               (name.find(text) != std::string_view::npos || text.find(name) != std::string::npos);
    };
    if (has(service.name) || has(service.type) || has(use.port->name)) return true;
    return std::any_of(service.publish.begin(), service.publish.end(), [&](const auto& owner) {
        const auto label = owner.value.view().first_label();  // "_ldap"
        return has({label.begin() + (label.empty() ? 0 : 1), label.end()});
    });
}

std::string reserved_ports_line(std::vector<unsigned> ports) {
    return "net.ipv4.ip_local_reserved_ports = " + compact_ranges(std::move(ports));
}

void check_platforms(Report& report) {
    check_ephemeral(report);
    check_node_ports(report);
    if (report.plan().convention) check_iana_convention(report);
    check_iana_registry(report);
}

}  // namespace portolan::registry
