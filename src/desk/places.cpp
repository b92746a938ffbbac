#include "desk/places.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "desk/text.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/registry/services.hpp"

namespace portolan::desk {
namespace {

using registry::Address;

bool is_unspecified(const Address& address) noexcept {
    return std::ranges::all_of(address.octets, [](auto octet) { return octet == 0; });
}

bool is_loopback(const Address& address) noexcept {
    if (!address.is_v6()) return address.octets[0] == 127;  // RFC 1122 3.2.1.3
    Address one;
    one.size = 16;
    one.octets[15] = 1;
    return address == one;
}

bool is_of_a_host(const Address& address) noexcept {
    return !is_unspecified(address) && !is_loopback(address) && !address.is_multicast();
}

/// Whether the fact is about some place rather than about all.
bool has_place(const ImportedPort& port) noexcept {
    return !port.environment.empty() || !port.host.empty() || !port.addresses.empty();
}

/// "db1.corp.example" as a foreign target; nullopt for what is no name with several labels.
std::optional<std::string> foreign(const std::string& host) {
    const auto name = dns::parse_name(host.ends_with('.') ? host : host + ".");
    if (!name || name->view().label_count() < 2) return {};
    const bool is_host_name = std::ranges::all_of(host, [](char c) {
        return c == '.' || c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
               (c >= 'A' && c <= 'Z');
    });
    if (!is_host_name) return {};
    return dns::to_text(name->view());
}

}  // namespace

Places::Places(const Imported& imported, const PlanTerms& terms, const std::set<std::string>& taken,
               registry::Findings& findings)
    : imported_(imported), terms_(terms), findings_(findings) {
    labels_.fresh("ns1");  // the name server's, in the same space of labels
    for (const auto& port : imported.ports) learn(port);
    for (auto& known : known_) {
        name_hosts(known, taken);
        registry::Environment environment;
        environment.name = labels_.of(known.name);
        environment.place = known.place;
        environment.multicast = known.group;
        for (const auto& each : known.hosts) {
            if (each.label.empty()) continue;
            registry::Host host;
            host.name = each.label;
            host.place = each.place;
            for (const auto& address : each.addresses)
                host.addresses.push_back({address, each.place});
            environment.hosts.push_back(std::move(host));
        }
        if (environment.name != lower_case(known.name))
            tell(known.place, "renamed",
                 fmt::format("the environment \"{}\" is called {} in the plan", known.name,
                             environment.name),
                 "");
        plans_.push_back(std::move(environment));
    }
}

std::string Places::name_of_environment(const ImportedPort& port) const {
    return port.environment.empty() ? terms_.environment : port.environment;
}

void Places::learn(const ImportedPort& port) {
    if (!has_place(port)) return;
    const auto name = name_of_environment(port);
    const auto [at, is_new] = environment_at_.try_emplace(name, known_.size());
    if (is_new) {
        known_.emplace_back();
        known_.back().name = name;
        known_.back().place = port.place;
    }
    learn_host(known_[at->second], port);
}

void Places::learn_host(EnvironmentFacts& environment, const ImportedPort& port) {
    HostFacts facts{port.host, {}, port.place, ""};
    for (const auto& address : port.addresses) {
        if (is_of_a_host(address)) facts.addresses.push_back(address);
        if (address.is_multicast() && !environment.group) environment.group = {address, port.place};
        if (is_loopback(address) && port.addresses.size() == 1)
            tell(port.place, "loopback",
                 fmt::format("port {} is served at {} alone, where no other host reaches it",
                             port.ports.first, to_string(address)),
                 "The plan has the port without a place");
    }
    if (facts.name.empty() && facts.addresses.empty()) return;
    if (facts.addresses.empty() && !port.addresses.empty()) return;  // nobody's host: a group
    if (facts.name.empty() && environment.host_by_address.contains(facts.addresses.front())) return;
    const auto key = facts.name.empty() ? to_string(facts.addresses.front()) : facts.name;
    const auto [at, is_new] = environment.host_at.try_emplace(key, environment.hosts.size());
    if (is_new) environment.hosts.push_back({facts.name, {}, port.place, ""});
    auto& host = environment.hosts[at->second];
    for (const auto& address : facts.addresses) {
        if (std::ranges::find(host.addresses, address) != host.addresses.end()) continue;
        host.addresses.push_back(address);
        environment.host_by_address.emplace(address, at->second);
    }
}

void Places::name_hosts(EnvironmentFacts& environment, const std::set<std::string>& taken) {
    Labels labels;
    for (auto& host : environment.hosts) {
        if (host.addresses.empty()) {
            if (!foreign(host.name))
                tell(host.place, "host-without-address",
                     fmt::format("nothing says the address of {}, so nothing is placed there",
                                 host.name),
                     "Add an address, or complete the plan by hand");
            continue;
        }
        auto label = host.name.empty() ? registry::announced_label(host.addresses.front())
                                       : to_label(host.name.substr(0, host.name.find('.')));
        if (label.empty()) label = "host";
        if (taken.contains(label)) label += "-host";
        host.label = labels.fresh(label);
        if (!host.name.empty() && host.label != lower_case(host.name))
            tell(host.place, "renamed",
                 fmt::format("the host \"{}\" is called {} in the plan", host.name, host.label),
                 "");
    }
}

Spot Places::spot_of(const ImportedPort& port) const {
    if (!has_place(port)) return {};
    const auto& environment = known_[environment_at_.at(name_of_environment(port))];
    Spot spot;
    spot.environment = labels_.label_of(environment.name);
    const HostFacts* host = nullptr;
    if (const auto at = environment.host_at.find(port.host); at != environment.host_at.end())
        host = &environment.hosts[at->second];
    for (const auto& address : port.addresses)
        if (const auto at = environment.host_by_address.find(address);
            host == nullptr && port.host.empty() && at != environment.host_by_address.end())
            host = &environment.hosts[at->second];
    if (host == nullptr) return spot;
    spot.host = host->label;
    if (spot.host.empty()) spot.target = foreign(host->name).value_or("");
    return spot;
}

void Places::tell(const registry::Place& place, std::string rule, std::string message,
                  std::string cure) {
    const bool is_note = cure.empty();
    findings_.push_back({is_note ? registry::Severity::note : registry::Severity::warning,
                         std::move(rule), imported_.files.at(place.file), place.line, place.column,
                         std::move(message), std::move(cure)});
}

}  // namespace portolan::desk
