#include "portolan/desk/judge_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "desk/declared_ports.hpp"
#include "desk/file_collisions.hpp"
#include "desk/labels.hpp"
#include "desk/planned_ports.hpp"

namespace portolan::desk {
namespace {

using registry::Findings;
using registry::Port;
using registry::Severity;

/// What a kind of statement means for the plan.
struct Meaning {
    bool takes = false;     // a port of a host: somebody else cannot have it
    bool is_named = false;  // its subject may be a service of the plan
};

Meaning meaning_of(UseKind kind) {
    switch (kind) {
        case UseKind::published:
        case UseKind::host:
        case UseKind::node:
        case UseKind::listening:
        case UseKind::definition:
            return {true, true};
        case UseKind::connector:
            return {true, false};
        case UseKind::exposed:
        case UseKind::container:
        case UseKind::service:
        case UseKind::target:
        case UseKind::variable:
            return {false, true};
        case UseKind::peer:
            return {};
    }
    return {};
}

std::string numbered(const PortUse& use, unsigned port) {
    return fmt::format("{}/{}", port, to_string(use.protocol));
}

std::string numbered(const PortUse& use) {
    if (use.ports.first == use.ports.last) return numbered(use, use.ports.first);
    return fmt::format("{}-{}/{}", use.ports.first, use.ports.last, to_string(use.protocol));
}

/// "web's published port", "the variable user_api_port", "a connector".
std::string speaker(const PortUse& use) {
    if (use.kind == UseKind::variable) return fmt::format("the variable {}", use.name);
    if (use.subject.empty()) return fmt::format("a {}", to_string(use.kind));
    return fmt::format("{}'s {}", use.subject, to_string(use.kind));
}

class Judge {
public:
    Judge(std::span<const ReadFile> files, Plans plans)
        : files_(files), plans_(plans), declared_(plans) {}

    Findings findings() {
        for (const ReadFile& file : files_) {
            file_ = &file;
            tell_what_was_not_read();
            learn_subjects();
            for (const PortUse& use : file.reading.uses) judge(use);
            if (file.reading.format == "tomcat") judge_mixture();
        }
        tell_collisions();
        std::ranges::sort(findings_, {}, &Placed::order);
        Findings all;
        for (Placed& each : findings_) all.push_back(std::move(each.finding));
        return all;
    }

private:
    struct Placed {
        std::tuple<const ReadFile*, registry::Place, std::size_t> order;
        registry::Finding finding;
    };

    void tell(Severity severity, std::string rule, const ReadFile& file,
              const registry::Place& place, std::string message, std::string cure) {
        findings_.push_back({{&file, place, findings_.size()},
                             {severity, std::move(rule), file.path, place.line, place.column,
                              std::move(message), std::move(cure)}});
    }
    void tell(Severity severity, std::string rule, const PortUse& use, std::string message,
              std::string cure) {
        tell(severity, std::move(rule), *file_, use.place, std::move(message), std::move(cure));
    }

    void tell_what_was_not_read() {
        for (const Skipped& each : file_->reading.skipped)
            tell(Severity::warning, "skipped", *file_, each.place, each.what, each.cure);
        if (const auto& why = file_->reading.refused)
            tell(Severity::error, "unreadable", *file_, why->place, why->what, why->cure);
    }

    // --- one statement --------------------------------------------------------------------------

    void judge(const PortUse& use) {
        if (use.undecided == Undecided::random)
            return tell(Severity::note, "random-port", use,
                        fmt::format("{} is chosen when it starts ({})", speaker(use), use.text),
                        "Give it a number, if others must find it by the plan.");
        if (use.undecided == Undecided::expression)
            return tell(Severity::note, "undecided", use,
                        fmt::format("{} is decided elsewhere: {}", speaker(use), use.text), "");
        if (use.kind == UseKind::node && !registry::node_ports.contains(use.ports.first))
            tell(Severity::warning, "node-port-range", use,
                 fmt::format("{} {} is outside {}-{}, which Kubernetes gives by default",
                             speaker(use), numbered(use), registry::node_ports.first,
                             registry::node_ports.last),
                 "Choose one inside, or give the API server that --service-node-port-range.");
        if (plans_.empty()) return;
        if (use.kind == UseKind::peer) return judge_peer(use);
        if (meaning_of(use.kind).is_named) {
            const auto own = own_ports(use);
            if (!own.empty()) return judge_known(use, own);
        }
        if (meaning_of(use.kind).takes) judge_unknown(use);
    }

    [[nodiscard]] std::vector<DeclaredPort> own_ports(const PortUse& use) const {
        const auto label = to_label(use.subject);
        return label.empty() ? std::vector<DeclaredPort>{}
                             : declared_.of(label, to_label(use.name));
    }

    static bool has(const std::vector<DeclaredPort>& own, const PortUse& use, unsigned port) {
        return std::ranges::any_of(own, [&](const DeclaredPort& each) {
            return each.port == port && each.protocol == use.protocol;
        });
    }

    [[nodiscard]] const DeclaredPort* holder_of(const PortUse& use, unsigned port) const {
        for (const DeclaredPort& each : declared_.at(static_cast<Port>(port)))
            if (each.protocol == use.protocol) return &each;
        return nullptr;
    }

    /// A container may listen where it likes, when one of the statements leads to its planned port.
    void learn_subjects() {
        right_.clear();
        for (const PortUse& use : file_->reading.uses)
            if (use.undecided == Undecided::no && meaning_of(use.kind).is_named &&
                has(own_ports(use), use, use.ports.first))
                right_.insert(use.subject);
    }

    /// The plan knows who that is.
    void judge_known(const PortUse& use, const std::vector<DeclaredPort>& own) {
        const bool takes = meaning_of(use.kind).takes;
        if (!takes && use.kind != UseKind::variable && right_.contains(use.subject)) return;
        for (unsigned port = use.ports.first; port <= use.ports.last; ++port) {
            if (has(own, use, port)) continue;
            std::string numbers;
            for (std::size_t i = 0; i < own.size() && i < 4; ++i)
                numbers += fmt::format("{}{}/{}", i == 0 ? "" : ", ", own[i].port,
                                       to_string(own[i].protocol));
            if (own.size() > 4) numbers += ", …";
            const auto* holder = holder_of(use, port);
            const auto severity =
                takes || use.kind == UseKind::variable ? Severity::error : Severity::warning;
            const auto plans = fmt::format("{} ({})", zone_text(*own.front().plan),
                                           own.front().plan->text(own.front().place));
            if (holder != nullptr)
                return tell(
                    severity, "wrong-service", use,
                    fmt::format("{} is {}, which is {} by {}", speaker(use), numbered(use, port),
                                holder->text, zone_text(*holder->plan)),
                    fmt::format("Give it {}, as {} says.", numbers, plans));
            return tell(severity, "wrong-port", use,
                        fmt::format("{} is {}, and by {} it is {}", speaker(use),
                                    numbered(use, port), zone_text(*own.front().plan), numbers),
                        fmt::format("Give it {}, or change the plan ({}).", numbers,
                                    own.front().plan->text(own.front().place)));
        }
    }

    /// The plan knows the number at most.
    void judge_unknown(const PortUse& use) {
        for (unsigned port = use.ports.first; port <= use.ports.last; ++port) {
            const auto* holder = holder_of(use, port);
            if (holder == nullptr || use.kind == UseKind::connector) continue;
            return tell(
                Severity::warning, "wrong-service", use,
                fmt::format("{} is {}, which is {} by {}", speaker(use), numbered(use, port),
                            holder->text, zone_text(*holder->plan)),
                fmt::format("Call it {} if it is that, else give it another port.", holder->label));
        }
        if (holder_of(use, use.ports.first) != nullptr) return;
        tell(Severity::warning, "unknown-port", use,
             fmt::format("{} is {}, which is in no plan", speaker(use), numbered(use)),
             "Write it into the plan, so that nobody else takes it.");
    }

    // --- what it connects to --------------------------------------------------------------------

    void judge_peer(const PortUse& use) {
        const auto hosts = hosts_called(plans_, use.host);
        if (hosts.empty() || use.ports.first != use.ports.last) return;
        for (const PlanHost& host : hosts)
            if (around(host).here.contains({use.protocol, use.ports.first})) return;
        const auto* holder = holder_of(use, use.ports.first);
        tell(Severity::warning, "wrong-target", use,
             fmt::format("{} has nothing at {}{}", to_string(hosts.front()), numbered(use),
                         holder == nullptr ? "" : fmt::format(", which is {}", holder->text)),
             "Correct the target, or place it there in the plan.");
    }

    const PortsAround& around(const PlanHost& host) {
        const auto [known, is_new] = around_.try_emplace(host.host);
        if (is_new) {
            known->second.host = host;
            known->second.ports = ports_around(known->second.host);
        }
        return known->second.ports;
    }

    // --- a server.xml ---------------------------------------------------------------------------

    using Whose = std::pair<const registry::Application*, unsigned>;

    [[nodiscard]] std::set<Whose> owners_of(const PortUse& use) const {
        std::set<Whose> owners;
        for (const DeclaredPort& each : declared_.at(use.ports.first))
            if (each.application != nullptr && each.protocol == use.protocol && each.instance != 0)
                owners.emplace(each.application, each.instance);
        return owners;
    }

    /// The ports of one server are those of one instance: of whom most are.
    void judge_mixture() {
        std::map<Whose, int> votes;
        for (const PortUse& use : file_->reading.uses)
            for (const Whose& each : owners_of(use)) ++votes[each];
        if (votes.empty()) return;
        const auto most =
            std::ranges::max_element(votes, {}, [](const auto& each) { return each.second; });
        if (most->second < 2) return;
        const auto& [application, instance] = most->first;
        for (const PortUse& use : file_->reading.uses) {
            const auto owners = owners_of(use);
            if (owners.empty() || owners.contains(most->first)) continue;
            tell(Severity::error, "wrong-instance", use,
                 fmt::format("{} is {} instance {}, and the other ports of this server are {}'s "
                             "instance {}",
                             numbered(use), owners.begin()->first->name, owners.begin()->second,
                             application->name, instance),
                 fmt::format("Ask for the right one: portolan port {} {} {}.", application->name,
                             use.name, instance));
        }
    }

    // --- among the files ------------------------------------------------------------------------

    void tell_collisions() {
        std::vector<Stated> all;
        for (const ReadFile& file : files_)
            for (const PortUse& use : file.reading.uses) all.push_back({&file, &use});
        for (const auto& [first, second] : collisions(all)) {
            const auto& other = *first.use;
            tell(
                Severity::error, "port-collision", *second.file, second.use->place,
                fmt::format("{} is {}{}, which {} takes already ({}:{}:{})", speaker(*second.use),
                            numbered(*second.use),
                            second.use->host.empty() ? "" : " on " + second.use->host,
                            speaker(other), first.file->path, other.place.line, other.place.column),
                "Give one of them another port, or an address of its own.");
        }
    }

    struct HostPorts {
        PlanHost host;  // that the ports point to
        PortsAround ports;
    };

    std::span<const ReadFile> files_;
    Plans plans_;
    DeclaredPorts declared_;
    const ReadFile* file_ = nullptr;  // that is judged
    std::set<std::string> right_;     // subjects of it that have a planned port
    std::map<const registry::Host*, HostPorts> around_;
    std::vector<Placed> findings_;
};

}  // namespace

Findings judge_files(std::span<const ReadFile> files, Plans plans) {
    return Judge(files, plans).findings();
}

}  // namespace portolan::desk
