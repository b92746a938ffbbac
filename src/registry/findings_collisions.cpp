// Two names on one port: within the convention, within the registry, between both, on a host.
#include <fmt/core.h>

#include <map>
#include <set>

#include "portolan/registry/services.hpp"
#include "registry/repeats.hpp"
#include "registry/report.hpp"

namespace portolan::registry {
namespace {

using Pair = std::pair<std::string, std::string>;

Pair ordered_pair(const std::string& a, const std::string& b) {
    return a < b ? Pair(a, b) : Pair(b, a);
}

std::string number_text(unsigned port, Protocol protocol) {
    return fmt::format("{}/{}", port, to_string(protocol));
}

// --- within the convention ----------------------------------------------------------------------

/// Numbers of two names can only meet when ids are shared, or fields missing (findings_ids.cpp
/// has told), or when an id spills out of its digits: those are the ones left to tell.
bool is_told(const Convention& convention, const Claim& a, const Claim& b) {
    if (a.application != b.application && a.application->id == b.application->id) return true;
    if (a.type != b.type && a.id == b.id) return true;
    return (a.application != b.application &&
            convention.pattern.field(FieldKind::application) == nullptr) ||
           (a.type != b.type && convention.pattern.field(FieldKind::type) == nullptr);
}

bool share_an_environment(const Plan& plan, const Claim& a, const Claim& b) {
    if (a.only_in == nullptr || b.only_in == nullptr) return true;
    if (a.only_in->environment == b.only_in->environment) return true;
    const auto* environment = plan.environment(a.only_in->environment);
    return environment != nullptr && environment->is_called(b.only_in->environment);
}

bool collide(const Plan& plan, const Claim& a, const Claim& b) {
    if (a.type->protocol != b.type->protocol) return false;
    if (a.application == b.application && a.type == b.type && a.instance == b.instance)
        return false;
    return !is_told(*plan.convention, a, b) && share_an_environment(plan, a, b);
}

void check_convention(Report& report) {
    std::map<unsigned, std::vector<const Claim*>> by_port;
    std::map<Pair, std::pair<std::pair<const Claim*, const Claim*>, std::size_t>> pairs;
    for (const auto& each : report.all_claims()) {
        for (const auto* other : by_port[each.port]) {
            if (!collide(report.plan(), *other, each)) continue;
            auto& [witness, count] = pairs[ordered_pair(other->label(), each.label())];
            if (count++ == 0) witness = {other, &each};
        }
        by_port[each.port].push_back(&each);
    }
    for (const auto& [names, found] : pairs) {
        const auto& [witness, count] = found;
        report.error(
            "port-collision", witness.second->application->place,
            fmt::format("{} is {} and also {} ({}){}",
                        number_text(witness.first->port, witness.first->type->protocol),
                        witness.first->text(), witness.second->text(),
                        where(report.plan(), witness.first->application->place,
                              witness.second->application->place),
                        count > 1 ? fmt::format(", the first of {}", count) : ""),
            "Choose ids that fit the pattern's digits, so that no two names compose one number.",
            {witness.first->port});
    }
}

// --- registry against convention ----------------------------------------------------------------

bool share_an_environment(const Plan& plan, const Claim& claim, const NamedService& service) {
    if (claim.only_in == nullptr || service.environments.empty()) return true;
    for (const auto& each : plan.environments)
        if (holds_in(claim, each) && is_declared(service, each)) return true;
    return false;
}

/// The same number in another protocol is nobody's fault, but somebody will mistake one for the
/// other: all of them become one note.
struct OtherProtocol {
    std::vector<std::string> texts;
    std::vector<unsigned> ports;
    Place place;
    void add(const NamedUse& use, std::string text) {
        if (texts.empty()) place = use.place;
        texts.push_back(std::move(text));
        ports.push_back(use.number);
    }
};

void check_against_convention(Report& report, OtherProtocol& other) {
    const auto& plan = report.plan();
    if (!plan.convention) return;
    for (const auto& use : named_uses(plan))
        for (const auto& claim : claims_at(*plan.convention, use.number)) {
            if (!share_an_environment(plan, claim, *use.service)) continue;
            if (claim.type->protocol != use.port->protocol) {
                other.add(use, fmt::format("{} ({}) and {} ({})",
                                           number_text(use.number, use.port->protocol), use.label(),
                                           to_string(claim.type->protocol), claim.text()));
                continue;
            }
            report.error(
                "port-collision", use.place,
                fmt::format("{} is {} and also {} by the convention ({})",
                            number_text(use.number, use.port->protocol), use.label(), claim.text(),
                            where(plan, claim.application->place, use.place)),
                fmt::format("Give {} a port that the convention cannot compose.", use.label()),
                {use.number});
        }
}

// --- within the registry ------------------------------------------------------------------------

bool share_an_environment(const Plan& plan, const NamedService& a, const NamedService& b) {
    if (a.environments.empty() || b.environments.empty()) return true;
    for (const auto& each : plan.environments)
        if (is_declared(a, each) && is_declared(b, each)) return true;
    return false;
}

void clash(Report& report, const NamedUse& first, const NamedUse& second) {
    const auto message =
        fmt::format("{} is {} and also {} ({})", number_text(second.number, second.port->protocol),
                    second.label(), first.label(), where(report.plan(), first.place, second.place));
    if (first.endpoint == nullptr && second.endpoint == nullptr) {
        report.error("port-collision", second.place, message,
                     "Give one of them another port, or declare them in different `environments:`.",
                     {second.number});
    } else {
        report.warning("port-shared", second.place, message + ", at single endpoints",
                       "Give the endpoint a port of its own service.", {second.number});
    }
}

/// Compares each use with those before it; returns the pairs that have been told.
std::set<Pair> check_registry(Report& report, OtherProtocol& other) {
    std::set<Pair> told;
    std::map<Port, std::vector<NamedUse>> by_port;
    for (const auto& use : named_uses(report.plan())) {
        for (const auto& before : by_port[use.number]) {
            if (before.port == use.port ||
                !share_an_environment(report.plan(), *before.service, *use.service))
                continue;
            if (before.port->protocol != use.port->protocol) {
                if (before.service != use.service)
                    other.add(use,
                              fmt::format("{} ({}) and {} ({})",
                                          number_text(use.number, use.port->protocol), use.label(),
                                          to_string(before.port->protocol), before.label()));
            } else if (before.endpoint == nullptr || use.endpoint == nullptr) {
                clash(report, before, use);
                told.insert(ordered_pair(before.label(), use.label()));
            }
        }
        by_port[use.number].push_back(use);
    }
    return told;
}

// --- on a host ----------------------------------------------------------------------------------

struct Bound {
    std::string label;
    const Endpoint* endpoint;
    bool composed;  // by the convention
};
using HostPort = std::tuple<Address, unsigned, Protocol>;

struct HostClash {
    Bound first;
    Bound second;
    Protocol protocol;
    std::size_t count;
};
using HostClashes = std::map<Pair, HostClash>;

/// What two names on one number already told elsewhere need not be told again for each host.
bool is_news(const Bound& a, const Bound& b, const std::set<Pair>& told) {
    if (a.endpoint == b.endpoint) return false;
    if (a.label == b.label) return true;
    return !a.composed && !b.composed && !told.contains(ordered_pair(a.label, b.label));
}

void tell(Report& report, const Environment& environment, const HostClash& clash) {
    const auto& [first, second, protocol, count] = clash;
    const auto& host = second.endpoint->host->name;
    const auto what = first.label == second.label ? "two endpoints of " + first.label
                                                  : first.label + " and " + second.label;
    report.error("host-port-collision", second.endpoint->place,
                 fmt::format("{} would both listen on {} of {}.{} ({}){}", what,
                             number_text(second.endpoint->port, protocol), host, environment.name,
                             where(report.plan(), first.endpoint->place, second.endpoint->place),
                             count > 1 ? fmt::format(", the first of {}", count) : ""),
                 "Move one of them to another host, or give it another port.",
                 {second.endpoint->port});
}

/// Hosts are compared by address: two names of one machine share its ports.
void bind(std::map<HostPort, Bound>& bound, HostClashes& clashes, const Bound& here,
          Protocol protocol, const std::set<Pair>& told) {
    for (const auto& address : here.endpoint->host->addresses) {
        const HostPort key{address.value, here.endpoint->port, protocol};
        const auto [at, fresh] = bound.try_emplace(key, here);
        if (fresh || !is_news(at->second, here, told)) continue;
        const auto names = ordered_pair(at->second.label, here.label);
        ++clashes.try_emplace(names, HostClash{at->second, here, protocol, 0}).first->second.count;
        return;
    }
}

/// Whether two endpoints may have one port of one address.
bool may_clash(const std::vector<Service>& services) {
    const auto for_each = [&](auto use) {
        for (const auto& service : services)
            for (const auto& endpoint : service.endpoints)
                if (endpoint.host != nullptr)
                    for (const auto& address : endpoint.host->addresses)
                        use(service, endpoint, address.value);
    };
    std::size_t count = 0;
    for_each([&](auto&, auto&, auto&) { ++count; });
    Repeats repeats(count);
    for_each([&](const Service& service, const Endpoint& endpoint, const Address& address) {
        const auto port = static_cast<std::uint64_t>(endpoint.port) << 2;
        repeats.add(mixed(hash_of(address), port | static_cast<unsigned>(service.protocol)));
    });
    return repeats.any();
}

void check_hosts(Report& report, const Environment& environment, const std::set<Pair>& told) {
    const auto services = services_of(report.plan(), environment);
    if (!may_clash(services)) return;
    std::map<HostPort, Bound> bound;
    HostClashes clashes;
    for (const auto& service : services)
        for (const auto& endpoint : service.endpoints)
            if (endpoint.host != nullptr)
                bind(bound, clashes, {service.label(), &endpoint, service.application != nullptr},
                     service.protocol, told);
    for (const auto& [names, clash] : clashes) tell(report, environment, clash);
}

}  // namespace

void check_collisions(Report& report) {
    if (report.plan().convention) check_convention(report);
    OtherProtocol other;
    check_against_convention(report, other);
    const auto told = check_registry(report, other);
    for (const auto& each : report.plan().environments) check_hosts(report, each, told);
    if (!other.texts.empty())
        report.note("other-protocol", other.place,
                    "one number in two protocols: " + listed(other.texts), "", other.ports);
}

}  // namespace portolan::registry
