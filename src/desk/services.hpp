// Services of imported facts.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "desk/places.hpp"

namespace portolan::desk {

/// The facts of one name, in the files' order.
struct NamedFacts {
    std::string name;  // as the files have it
    std::string label;
    std::vector<const ImportedPort*> ports;

    /// Whether the service will own a label below its environment (`type:`, `ports:`).
    [[nodiscard]] bool owns_label() const;
};

/// Gathers facts by service name; ranges are left out.
std::vector<NamedFacts> by_name(const std::vector<const ImportedPort*>& ports,
                                registry::Findings& findings, const Imported& imported);

/// Adds a service, or several where one could not say it all. `shared` are the numbers that several
/// services have: those are written at the endpoints, so that they may be the same on two hosts.
class ServiceWriter {
public:
    ServiceWriter(const Places& places, const std::vector<NamedFacts>& all, registry::Plan& plan);
    void add(const NamedFacts& facts);

private:
    using Ports = std::vector<const ImportedPort*>;
    using NumberKey = std::pair<registry::Port, registry::Protocol>;

    void add_many_ports(const NamedFacts& facts, const std::vector<Ports>& groups);
    void add_one_port(const std::string& label, const Ports& ports);
    void add_without_hosts(const std::string& label, const Ports& ports);
    [[nodiscard]] bool are_alike(const std::vector<Ports>& groups) const;
    [[nodiscard]] bool has_spot(const ImportedPort& port) const;
    registry::NamedService start(const std::string& label, const Ports& ports);
    void add_endpoints(registry::NamedService& service, const Ports& ports, bool with_port);
    void finish(registry::NamedService service);

    const Places& places_;
    registry::Plan& plan_;
    std::map<NumberKey, std::set<std::string>> holders_;  // labels of the services of a number
    Labels labels_;
};

/// Categories of the facts that are ranges.
void add_ranges(const std::vector<const ImportedPort*>& ports, registry::Plan& plan);

}  // namespace portolan::desk
