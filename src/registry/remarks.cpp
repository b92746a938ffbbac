#include "registry/remarks.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <functional>

#include "portolan/registry/iana.hpp"

namespace portolan::registry {
namespace {

constexpr std::size_t most_iana = 8;  // ports whose names at IANA are told, each in its own line

std::string text(const PortRange& range) { return fmt::format("{}-{}", range.first, range.last); }

/// Some of the ports, as the subject of a sentence.
struct Some {
    std::vector<unsigned> ports;
    [[nodiscard]] const char* verb(const char* of_one, const char* of_several) const {
        return ports.size() == 1 ? of_one : of_several;
    }
    [[nodiscard]] std::string text() const { return compact_ranges(ports); }
};

Some those(const std::vector<unsigned>& ports, const PortRange& range) {
    Some some;
    std::ranges::copy_if(ports, std::back_inserter(some.ports),
                         [&](unsigned port) { return range.contains(port); });
    return some;
}

class Remarks {
public:
    Remarks(std::vector<unsigned> ports, bool assigned)
        : ports_(std::move(ports)), assigned_(assigned) {}

    std::vector<Remark> all() {
        on_zero();
        on_ephemeral_ports();
        on_node_ports();
        on_system_ports();
        on_iana();
        return std::move(remarks_);
    }

private:
    void add(std::string rule, std::string message, std::string cure) {
        remarks_.push_back({assigned_ ? Severity::warning : Severity::note, std::move(rule),
                            std::move(message), assigned_ ? std::move(cure) : ""});
    }

    void on_zero() {
        if (std::ranges::find(ports_, 0U) == ports_.end()) return;
        add("port-zero",
            "0 is reserved: no server listens on it, and binding it asks the system for a free "
            "port",
            "Choose another port.");
    }

    void on_ephemeral_ports() {
        const auto some = those(ports_, ephemeral_ports);
        if (some.ports.empty()) return;
        add("ephemeral-range",
            fmt::format("{} {} in Linux's ephemeral range {}: an outgoing connection may hold {} "
                        "when the server starts",
                        some.text(), some.verb("lies", "lie"), text(ephemeral_ports),
                        some.verb("it", "one")),
            fmt::format("Reserve {} on {} hosts: {}", some.verb("it", "them"),
                        some.verb("its", "their"), reserved_ports_line(some.ports)));
    }

    void on_node_ports() {
        const auto some = those(ports_, node_ports);
        if (some.ports.empty()) return;
        add("nodeport-range",
            fmt::format("{} {} in Kubernetes' NodePort range {}", some.text(),
                        some.verb("lies", "lie"), text(node_ports)),
            fmt::format("Keep clusters off {} hosts, or give the API server another "
                        "--service-node-port-range.",
                        some.verb("its", "their")));
    }

    void on_system_ports() {
        const auto some = those(ports_, system_ports);
        if (some.ports.empty()) return;
        remarks_.push_back({Severity::note, "system-port",
                            fmt::format("{} {} ({}): binding {} needs a privilege", some.text(),
                                        some.verb("is a system port", "are system ports"),
                                        text(system_ports), some.verb("it", "them")),
                            ""});
    }

    void on_iana() {
        std::size_t told = 0;
        for (const auto port : ports_) {
            if (port > 65535 || told == most_iana) continue;
            std::string names;
            for (const auto& each : iana::names_of(static_cast<Port>(port))) {
                std::string protocols;
                for (const auto protocol : each.protocols)
                    protocols += (protocols.empty() ? "" : ", ") + std::string(to_string(protocol));
                names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", each.name,
                                     protocols.empty() ? "no protocol given" : protocols);
            }
            if (names.empty()) continue;
            ++told;
            remarks_.push_back(
                {Severity::note, "iana-name",
                 fmt::format("IANA's name for {} is {}, as of {}", port, names, iana::date()), ""});
        }
    }

    std::vector<unsigned> ports_;
    bool assigned_;
    std::vector<Remark> remarks_;
};

}  // namespace

std::vector<Remark> remarks_on(std::vector<unsigned> ports, bool assigned) {
    std::ranges::sort(ports);
    ports.erase(std::unique(ports.begin(), ports.end()), ports.end());
    return Remarks(std::move(ports), assigned).all();
}

void remark_on_bounds(const Explanation& explanation, std::vector<Remark>& remarks) {
    const auto& convention = explanation.plan->convention;
    if (!convention || explanation.claims.empty() || convention->bounds.contains(explanation.port))
        return;
    remarks.push_back({Severity::error, "port-out-of-bounds",
                       fmt::format("{} is outside the convention's bounds {}", explanation.port,
                                   text(convention->bounds)),
                       "Change `bounds:`, or the ids that compose to it."});
}

}  // namespace portolan::registry
