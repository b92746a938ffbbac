// A plan's ports in the words of other tools, by the name of the format.
//
//     Plan ── collect ──▶ ExportedPort, a row a port and place ── ExportFormat::write ──▶ text
//
// Names in a plan are labels and harmless everywhere; owners and descriptions may hold anything,
// so each writer quotes or leaves out what its format could take for something else.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/registry/plan.hpp"

namespace portolan::desk {

/// One port of a service at one host; or, when nothing serves it, the port alone.
struct ExportedPort {
    const registry::Plan* plan = nullptr;
    const registry::Environment* environment = nullptr;  // nullptr in a plan that has none
    std::string service;                                 // its label, "hydrogen-ajp"
    std::string application;                             // with `type` and instance: a convention's
    std::string type;                                    // "ajp", "mongodb"; may be ""
    std::optional<unsigned> instance;
    registry::Port port = 0;
    registry::Protocol protocol = registry::Protocol::tcp;
    std::string host;    // its label, "jb1"; "" for none, and for foreign ones
    std::string target;  // a name for it, without a final dot; "" for none
    std::vector<registry::Address> addresses;  // of the host; of a group, the group's
    bool is_group = false;                     // a multicast group that the host joins
    std::string srv;                           // the owner of its SRV set; "" when it has none
    std::uint16_t priority = 0;                // in that set
    std::uint16_t weight = 0;
    registry::About about;

    [[nodiscard]] std::string environment_name() const {
        return environment == nullptr ? "" : environment->name;
    }
};

/// What to leave out; "" leaves out nothing.
struct ExportFilter {
    std::string environment;  // a name or an alias
    std::string host;
    std::string application;  // an application's or a named service's name
    std::string type;
};

struct ExportInput {
    std::vector<const registry::Plan*> plans;
    ExportFilter filter;
    std::vector<ExportedPort> ports;  // by plan, environment, service and instance
};
ExportInput collect(const std::vector<const registry::Plan*>& plans, const ExportFilter& filter);

struct ExportFormat {
    const char* name;
    const char* summary;
    std::string (*write)(const ExportInput& input);
};
std::span<const ExportFormat> export_formats();
const ExportFormat* find_export_format(std::string_view name);

}  // namespace portolan::desk
