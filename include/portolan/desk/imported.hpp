// What other tools' files say of ports: the facts that every importer finds, whatever its format.
//
//     compose, CSV, /etc/services, … ── import.hpp ──▶ Imported ── write_plan.hpp ──▶ a plan's text
//
// An importer keeps names as its file has them, and the place of each fact; it guesses nothing.
// What it cannot take it skips aloud: a finding with file, line and reason. So what a file says is
// in one of two lists, the facts or the findings. Names become labels, and facts become services,
// hosts and environments, only when the plan is written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "portolan/registry/plan.hpp"

namespace portolan::desk {

/// One port, or one range of ports, that a file speaks of. Text is as the file has it; "" is what
/// the file does not say.
struct ImportedPort {
    std::string service;          // "user-api"
    std::string port_name;        // of one of several ports of that service: "management"
    registry::PortRange ports{};  // one port: first == last; never 0
    registry::Protocol protocol = registry::Protocol::tcp;
    std::string environment;
    std::string host;                          // "jb1", or a domain name
    std::vector<registry::Address> addresses;  // the host's; without a host they make one
    std::optional<std::uint16_t> priority;     // of the endpoint at that host
    std::optional<std::uint16_t> weight;
    std::string application;  // the keys of a convention, where the file tells them apart …
    std::string type;         // … or, without an application, the service label of its own
    std::optional<unsigned> instance;
    bool is_published = true;  // false: a port to know, not one to advertise
    registry::About about;
    registry::Place place;  // `file` points into Imported::files

    [[nodiscard]] bool is_range() const noexcept { return ports.first != ports.last; }
};

struct Imported {
    std::vector<std::string> files;  // as the user named them
    std::vector<ImportedPort> ports;
    registry::Findings findings;  // warnings: what was skipped; errors: a file that is not taken
    std::string zone;             // what the file calls it, where it has a name for it
    std::string plan;             // a whole plan that the file carries, beside which facts are idle

    /// Says that what stands there is left out.
    void skip(const registry::Place& place, std::string message, std::string cure);
    /// Says that the file as a whole is not taken.
    void refuse(const registry::Place& place, std::string message, std::string cure);
};

}  // namespace portolan::desk
