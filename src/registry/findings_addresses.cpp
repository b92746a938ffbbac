// Addresses of hosts: one machine, one environment, inside its networks.
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "registry/repeats.hpp"
#include "registry/report.hpp"

namespace portolan::registry {
namespace {

struct Home {
    const Environment* environment;
    const Host* host;
    Place place;
    [[nodiscard]] std::string text() const { return host->name + "." + environment->name; }
};

const Place& place_of(const Host& host, const Placed<Address>& address) {
    return address.place.line != 0 ? address.place : host.place;
}

void check_usable(Report& report, const Home& home, const Address& address) {
    const bool unspecified = std::all_of(address.octets.begin(), address.octets.end(),
                                         [](auto octet) { return octet == 0; });
    if (!unspecified && !address.is_multicast()) return;
    report.error("host-address", home.place,
                 fmt::format("{} of {} is {}, not the address of a host", to_string(address),
                             home.text(), unspecified ? "unspecified" : "a multicast group"),
                 "Write the host's own unicast address.");
}

/// Addresses shared by two environments, by pair of environments.
using Shared = std::map<std::pair<const Environment*, const Environment*>,
                        std::vector<std::pair<Home, std::string>>>;

void meet(Report& report, Shared& shared, const Home& first, const Home& second,
          const Address& address) {
    if (first.host == second.host) return;
    const auto text =
        fmt::format("{} ({} and {})", to_string(address), first.text(), second.text());
    if (first.environment == second.environment) {
        report.note("shared-address", second.place,
                    fmt::format("two hosts have the address {}", text),
                    "If they are one machine, its ports are shared too.");
    } else {
        shared[{first.environment, second.environment}].emplace_back(second, text);
    }
}

void report_shared(Report& report, const Shared& shared) {
    for (const auto& [pair, homes] : shared) {
        std::vector<std::string> texts;
        for (const auto& each : homes) texts.push_back(each.second);
        report.warning("address-in-two-environments", homes.front().first.place,
                       fmt::format("{} and {} share {}: {}", pair.first->name, pair.second->name,
                                   texts.size() == 1 ? "an address"
                                                     : std::to_string(texts.size()) + " addresses",
                                   listed(texts)),
                       "Environments are sequestered to their own hardware: give each its own "
                       "hosts.");
    }
}

void check_sharing(Report& report) {
    const Plan* plan = &report.plan();
    const auto repeats = repeated_addresses({&plan, 1});
    std::map<Address, Home> homes;  // the first of each address that has several
    Shared shared;
    for (const auto& environment : report.plan().environments)
        for (const auto& host : environment.hosts)
            for (const auto& address : host.addresses) {
                const Home home{&environment, &host, place_of(host, address)};
                check_usable(report, home, address.value);
                if (!repeats.any() || !repeats.may_hold(hash_of(address.value))) continue;
                const auto [first, is_new] = homes.try_emplace(address.value, home);
                if (!is_new) meet(report, shared, first->second, home, address.value);
            }
    report_shared(report, shared);
}

void check_has_address(Report& report, const Environment& environment) {
    for (const auto& each : environment.hosts)
        if (each.addresses.empty())
            report.error("host-without-address", each.place,
                         fmt::format("{}.{} has no address", each.name, environment.name),
                         "Give it an IPv4 or IPv6 address.");
}

void check_networks(Report& report, const Environment& environment) {
    std::vector<std::string> outside;
    Place place;
    for (const auto& host : environment.hosts)
        for (const auto& address : host.addresses) {
            if (!environment.is_outside_networks(address.value)) continue;
            if (outside.empty()) place = place_of(host, address);
            outside.push_back(fmt::format("{} ({})", to_string(address.value), host.name));
        }
    if (outside.empty()) return;
    std::vector<std::string> networks;
    for (const auto& each : environment.networks) networks.push_back(to_string(each.value));
    report.warning("outside-networks", place,
                   fmt::format("outside the networks of {}, {}: {}", environment.name,
                               listed(networks), listed(outside)),
                   "Correct the address, or add its network to `networks:`.");
}

void check_networks_apart(Report& report) {
    const auto& all = report.plan().environments;
    for (std::size_t i = 0; i < all.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            for (const auto& mine : all[i].networks)
                for (const auto& theirs : all[j].networks)
                    if (mine.value.overlaps(theirs.value))
                        report.warning(
                            "networks-overlap", mine.place,
                            fmt::format("{} of {} overlaps {} of {} ({})", to_string(mine.value),
                                        all[i].name, to_string(theirs.value), all[j].name,
                                        where(report.plan(), theirs.place, mine.place)),
                            "Let every address belong to one environment.");
}

}  // namespace

void check_addresses(Report& report) {
    for (const auto& environment : report.plan().environments) {
        check_has_address(report, environment);
        check_networks(report, environment);
    }
    check_sharing(report);
    check_networks_apart(report);
}

}  // namespace portolan::registry
