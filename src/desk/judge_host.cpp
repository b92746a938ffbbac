#include "portolan/desk/judge_host.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "desk/planned_ports.hpp"
#include "desk/process_hints.hpp"
#include "portolan/registry/port_map.hpp"
#include "portolan/registry/suggest.hpp"

namespace portolan::desk {
namespace {

using registry::Protocol;
using registry::Severity;

/// The sockets of one process at one port: 0.0.0.0 and [::] are one thing to talk of.
struct Listening {
    ProtocolPort port;
    std::vector<const Listener*> sockets;  // at least one
    [[nodiscard]] const Listener& first() const { return *sockets.front(); }
    [[nodiscard]] std::string number() const {
        return fmt::format("{}/{}", port.second, to_string(port.first));
    }
    template <class Is>
    [[nodiscard]] bool all(Is is) const {
        return std::ranges::all_of(sockets, [&](const auto* each) { return ((*each).*is)(); });
    }
    template <class Is>
    [[nodiscard]] bool any(Is is) const {
        return std::ranges::any_of(sockets, [&](const auto* each) { return ((*each).*is)(); });
    }
};

bool is_same_holder(const Listener& a, const Listener& b) {
    if (a.processes.empty() || b.processes.empty())
        return a.processes.empty() && b.processes.empty() && a.user == b.user;
    return a.processes.front().id == b.processes.front().id;
}

std::vector<Listening> by_holder(std::span<const Listener> listeners) {
    std::vector<Listening> all;
    for (const Listener& each : listeners) {
        const ProtocolPort port{each.protocol, each.port};
        const auto same = std::ranges::find_if(all, [&](const Listening& one) {
            return one.port == port && is_same_holder(one.first(), each);
        });
        if (same == all.end()) {
            all.push_back({port, {&each}});
        } else {
            same->sockets.push_back(&each);
        }
    }
    return all;
}

std::vector<HostFinding> by_gravity(std::vector<HostFinding> findings) {
    std::vector<HostFinding> sorted;
    for (const auto severity : {Severity::error, Severity::warning, Severity::note})
        for (HostFinding& each : findings)
            if (each.severity == severity) sorted.push_back(std::move(each));
    return sorted;
}

std::string line_of(const PlannedPort& port) { return port.at->plan->text(port.place); }

/// "instance 2 of hydrogen", "user-api": what would be placed.
std::string placed_text(const PlannedPort& port) {
    if (port.instance == 0) return port.subject;
    return fmt::format("instance {} of {}", port.instance, port.subject);
}

class Judge {
public:
    Judge(std::span<const PlanHost> hosts, const HostTerms& terms) : hosts_(hosts), terms_(terms) {
        for (const PlanHost& each : hosts) around_.push_back(ports_around(each));
    }

    HostReport report(std::span<const Listener> listeners) {
        for (const Listening& each : by_holder(listeners)) judge(each);
        add_missing();
        add_every_address();
        report_.findings = by_gravity(std::move(report_.findings));
        return std::move(report_);
    }

private:
    // --- one listener ---------------------------------------------------------------------------

    void judge(const Listening& one) {
        ++report_.listeners;
        if (const auto* planned = find(&PortsAround::here, one.port)) {
            ++report_.planned;
            seen_.insert(one.port);
            return judge_planned(one, *planned);
        }
        if (is_allowed(one)) return;
        if (const auto* other = find(&PortsAround::elsewhere, one.port))
            return add_misplaced(one, *other);
        for (const PlanHost& host : hosts_)
            if (const auto unplaced = unplaced_at(host, one.port); !unplaced.empty())
                return add_misplaced(one, unplaced.front());
        if (is_in_other_protocol(one) || is_dynamic(one)) return;
        add_unknown(one);
    }

    [[nodiscard]] const PlannedPort* find(PlannedPorts PortsAround::*side,
                                          ProtocolPort port) const {
        for (const PortsAround& each : around_)
            if (const auto found = (each.*side).find(port); found != (each.*side).end())
                return &found->second;
        return nullptr;
    }

    [[nodiscard]] bool is_allowed(const Listening& one) const {
        return std::ranges::any_of(terms_.allowed, [&](const PortText& each) {
            return each.holds(one.port.first, one.port.second);
        });
    }

    /// Programs may register themselves there while they run.
    [[nodiscard]] bool is_dynamic(const Listening& one) const {
        return std::ranges::any_of(hosts_, [&](const PlanHost& host) {
            const auto& dynamic = host.plan->dynamic;
            return dynamic && dynamic->ports.contains(one.port.second) &&
                   (dynamic->environments.empty() ||
                    std::ranges::any_of(dynamic->environments, [&](const auto& each) {
                        return host.environment->is_called(each.value);
                    }));
        });
    }

    // --- where the plan has it ------------------------------------------------------------------

    void judge_planned(const Listening& one, const PlannedPort& planned) {
        if (terms_.is_remote) return;
        if (doubt(one, planned) || planned.is_group) return;
        const bool is_everywhere = one.any(&Listener::is_on_every_address);
        if (is_everywhere) on_every_address_.push_back(one);
        if (is_everywhere || has_own_address(one, *planned.at)) return;
        if (!one.all(&Listener::is_on_loopback)) {
            add(Severity::warning, "wrong-address", one, &planned,
                fmt::format("{} is {}, and {}, which the plan does not give to {}", one.number(),
                            planned.text(), listening_text(one), to_string(*planned.at)),
                fmt::format("Bind it to {}, or give the host that address in the plan.",
                            addresses_of(*planned.at)));
        } else if (planned.is_public) {
            add(Severity::warning, "loopback-only", one, &planned,
                fmt::format("{} is {}, and {}: no other host reaches it", one.number(),
                            planned.text(), listening_text(one)),
                fmt::format("Bind it to {}.", addresses_of(*planned.at)));
        }
    }

    static bool has_own_address(const Listening& one, const PlanHost& at) {
        return std::ranges::any_of(one.sockets, [&](const auto* socket) {
            return std::ranges::any_of(at.host->addresses, [&](const auto& each) {
                return each.value == socket->address;
            });
        });
    }

    static std::string addresses_of(const PlanHost& at) {
        std::string text;
        for (const auto& each : at.host->addresses)
            text += (text.empty() ? "" : " and ") + to_string(each.value);
        return text;
    }

    /// Its process bears another application's name.
    bool doubt(const Listening& one, const PlannedPort& planned) {
        std::vector<std::string_view> names;
        const auto& plan = *planned.at->plan;
        if (plan.convention)
            for (const auto name : registry::names_of(plan.convention->applications))
                names.push_back(name);
        for (const auto name : registry::names_of(plan.services)) names.push_back(name);
        std::erase(names, planned.subject);
        for (const Process& process : one.first().processes) {
            const auto hint = hint_of(process, planned.subject, names);
            if (!hint) continue;
            add(Severity::warning, "wrong-application", one, &planned,
                fmt::format("{} is {}, but {} seems to be {}: {}", one.number(), planned.text(),
                            holders_text(one.first()), hint->name, hint->where),
                fmt::format("Give {} its own port (portolan port {}), or correct the plan.",
                            hint->name, hint->name));
            return true;
        }
        return false;
    }

    // --- where the plan has something else ------------------------------------------------------

    void add_misplaced(const Listening& one, const PlannedPort& other) {
        const auto& host = other.at->host->name;
        const auto own = same_service_here(other);
        std::vector<std::string> places, ports;
        for (const auto* each : own) {
            places.push_back(each->instance == 0
                                 ? fmt::format("it at {}", each->port)
                                 : fmt::format("instance {}, at {}", each->instance, each->port));
            ports.push_back(std::to_string(each->port));
        }
        add(Severity::error, own.empty() ? "wrong-application" : "wrong-instance", one, &other,
            fmt::format("{} is {}, which the plan {}{}: {}", one.number(), other.text(),
                        other.host.empty() ? "places nowhere in " + other.at->environment->name
                                           : "has on " + hosts_of(other),
                        own.empty() ? fmt::format(", not on {}", host)
                                    : fmt::format("; {} has {}", host, fmt::join(places, ", and ")),
                        listening_text(one)),
            fmt::format("{}, or place {} on {} ({}).",
                        own.empty() ? std::string("Stop it")
                                    : fmt::format("Move it to {}", fmt::join(ports, " or ")),
                        placed_text(other), host, line_of(other)));
    }

    /// The same service, as it is placed on this host.
    [[nodiscard]] std::vector<const PlannedPort*> same_service_here(
        const PlannedPort& other) const {
        std::vector<const PlannedPort*> own;
        for (const PortsAround& each : around_)
            for (const auto& [port, planned] : each.here)
                if (planned.at->plan == other.at->plan && planned.service == other.service)
                    own.push_back(&planned);
        return own;
    }

    /// All that have it at that port, "app1, app2".
    [[nodiscard]] std::string hosts_of(const PlannedPort& other) const {
        std::vector<std::string> hosts;
        for (const PortsAround& each : around_) {
            const auto [first, last] = each.elsewhere.equal_range({other.protocol, other.port});
            for (auto at = first; at != last; ++at)
                if (std::ranges::find(hosts, at->second.host) == hosts.end())
                    hosts.push_back(at->second.host);
        }
        return fmt::format("{}", fmt::join(hosts, ", "));
    }

    bool is_in_other_protocol(const Listening& one) {
        const auto wanted = one.port.first == Protocol::tcp ? Protocol::udp : Protocol::tcp;
        const auto* planned = find(&PortsAround::here, {wanted, one.port.second});
        if (planned == nullptr) return false;
        add(Severity::warning, "wrong-protocol", one, planned,
            fmt::format("{}: the plan has {} there over {} alone: {}", one.number(),
                        planned->text(), to_string(wanted), listening_text(one)),
            fmt::format("Stop it, declare it, or pass --allow {}.", one.number()));
        return true;
    }

    void add_unknown(const Listening& one) {
        const bool is_private = one.all(&Listener::is_on_loopback);
        const bool is_client =
            one.port.first == Protocol::udp && terms_.ephemeral.contains(one.port.second);
        std::string ranges;
        for (const PlanHost& host : hosts_)
            for (const auto& range : host.plan->ranges)
                if (range.ports.contains(one.port.second))
                    ranges += fmt::format(", in the range \"{}\"", range.name);
        auto message =
            fmt::format("{} is in no plan{}: {}", one.number(), ranges, listening_text(one));
        if (is_client) message += "; perhaps a client's, for the port is ephemeral";
        if (!is_client && is_private) message += "; only this host reaches it";
        add(is_private || is_client ? Severity::note : Severity::warning, "unknown-listener", one,
            nullptr, std::move(message),
            fmt::format("Stop it, give it a port in the plan, or pass --allow {}.", one.number()));
    }

    // --- what is not there ----------------------------------------------------------------------

    /// One finding for all the ports of one instance.
    void add_missing() {
        std::map<std::tuple<const PlanHost*, std::string, unsigned>,
                 std::vector<const PlannedPort*>>
            missing;
        for (const PortsAround& each : around_)
            for (const auto& [port, planned] : each.here) {
                if (planned.is_group || seen_.contains(port)) continue;
                if (terms_.is_remote && planned.protocol != Protocol::tcp) continue;
                missing[{planned.at, planned.subject, planned.instance}].push_back(&planned);
            }
        for (const auto& [key, ports] : missing) add_missing(ports);
    }

    void add_missing(const std::vector<const PlannedPort*>& ports) {
        const PlannedPort& first = *ports.front();
        std::map<Protocol, std::vector<unsigned>> numbers;
        HostFinding finding;
        bool is_silent = false;
        for (const auto* each : ports) {
            numbers[each->protocol].push_back(each->port);
            finding.ports.push_back(fmt::format("{}/{}", each->port, to_string(each->protocol)));
            is_silent = is_silent || terms_.silent.contains(each->port);
        }
        std::string text;
        for (const auto& [protocol, each] : numbers)
            text += fmt::format("{}{}/{}", text.empty() ? "" : ", ", registry::compact_ranges(each),
                                to_string(protocol));
        finding.severity = Severity::warning;
        finding.rule = "missing";
        finding.message =
            fmt::format("{} is placed on {}, and {} {}", placed_text(first), first.at->host->name,
                        is_silent ? "does not answer, nor refuse, at" : "nobody listens at", text);
        finding.cure =
            is_silent ? fmt::format(
                            "Start it, let this machine through the firewall, or take {} off {} "
                            "({}).",
                            placed_text(first), first.at->host->name, line_of(first))
                      : fmt::format("Start it, or take {} off {} ({}).", placed_text(first),
                                    first.at->host->name, line_of(first));
        finding.service = ports.size() == 1 ? first.service : first.subject;
        finding.plan = first.at->plan;
        finding.place = first.place;
        report_.findings.push_back(std::move(finding));
    }

    /// One note for all the ports of one process.
    void add_every_address() {
        std::map<std::string, std::vector<const Listening*>> by_process;
        for (const Listening& each : on_every_address_)
            by_process[holders_text(each.first())].push_back(&each);
        for (const auto& [process, all] : by_process) {
            HostFinding finding;
            finding.severity = Severity::note;
            finding.rule = "every-address";
            for (const auto* each : all) {
                finding.ports.push_back(each->number());
                finding.listeners.insert(finding.listeners.end(), each->sockets.begin(),
                                         each->sockets.end());
            }
            finding.message = fmt::format("{} listens on every address at {}", process,
                                          fmt::join(finding.ports, ", "));
            finding.cure = fmt::format(
                "Bind it to {}, if other networks of the host should not "
                "reach it.",
                addresses_of(hosts_.front()));
            report_.findings.push_back(std::move(finding));
        }
    }

    // --- the sentences --------------------------------------------------------------------------

    [[nodiscard]] std::string listening_text(const Listening& one) const {
        if (terms_.is_remote) return "something listens there";
        std::string endpoints;
        for (const auto* each : one.sockets)
            endpoints += (endpoints.empty() ? "" : " and ") + endpoint_text(*each);
        return fmt::format("{} listens on {}", holders_text(one.first()), endpoints);
    }

    void add(Severity severity, std::string rule, const Listening& one, const PlannedPort* planned,
             std::string message, std::string cure) {
        report_.findings.push_back({severity,
                                    std::move(rule),
                                    std::move(message),
                                    std::move(cure),
                                    {one.number()},
                                    planned == nullptr ? "" : planned->service,
                                    planned == nullptr ? nullptr : planned->at->plan,
                                    planned == nullptr ? registry::Place{} : planned->place,
                                    one.sockets});
    }

    std::span<const PlanHost> hosts_;
    const HostTerms& terms_;
    std::vector<PortsAround> around_;          // of each host
    std::set<ProtocolPort> seen_;              // planned here, and somebody listens
    std::vector<Listening> on_every_address_;  // of those
    HostReport report_;
};

}  // namespace

HostReport judge_host(std::span<const PlanHost> hosts, std::span<const Listener> listeners,
                      const HostTerms& terms) {
    return Judge(hosts, terms).report(listeners);
}

std::vector<registry::Port> declared_ports(std::span<const PlanHost> hosts) {
    std::set<registry::Port> ports;
    for (const PlanHost& host : hosts) {
        const auto around = ports_around(host);
        for (const auto* side : {&around.here, &around.elsewhere})
            for (const auto& [port, planned] : *side)
                if (port.first == Protocol::tcp) ports.insert(port.second);
    }
    return {ports.begin(), ports.end()};
}

}  // namespace portolan::desk
