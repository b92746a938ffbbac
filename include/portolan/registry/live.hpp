// What has been said since the plan was written: the endpoints that a service now has, the
// addresses that a host now has.
//
//     the plan's file ──────▶ Plan ──┐
//                                    ├──▶ Registry ──▶ services, units, the zone
//     …, … ──▶ Change ──▶ Live ──────┘
//
// Whoever learns something while the server runs (a health check, a registration, its lease that
// ended) says so as a Change: a plain value that replaces all of what was known of one service in
// one environment, or of one host. Live keeps the last word on each, beside the plan and by name,
// so a plan that is loaded again meets what was said before, and the zone of plan and Live is the
// same whichever came last. A word about something that the plan does not have, or has no more,
// means nothing until the plan has it.
//
// Which instance runs where stays the plan's to say: `1.hydrogen.prod` follows the placement.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "portolan/registry/plan.hpp"

namespace portolan::registry {

/// One endpoint as it will be published: nothing is ranked or scaled any more.
struct LiveEndpoint {
    std::string host;                       // a host of the service's environment …
    std::optional<dns::PackedName> target;  // … or, when that is empty, a name outside the zone
    Port port = 0;
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    friend bool operator==(const LiveEndpoint&, const LiveEndpoint&) = default;
};

/// The endpoints that a service has from now on; nullopt: those of the plan again.
struct EndpointsChange {
    std::string environment;
    std::string service;  // its label, "hydrogen-ajp" or "user-api"
    Protocol protocol = Protocol::tcp;
    std::optional<std::vector<LiveEndpoint>> endpoints;
    friend bool operator==(const EndpointsChange&, const EndpointsChange&) = default;
};

/// The addresses that a host has from now on; nullopt: those of the plan again.
struct AddressesChange {
    std::string environment;
    std::string host;
    std::optional<std::vector<Address>> addresses;
    friend bool operator==(const AddressesChange&, const AddressesChange&) = default;
};

using Change = std::variant<EndpointsChange, AddressesChange>;

class Live {
public:
    using Endpoints = std::vector<LiveEndpoint>;
    using Addresses = std::vector<Address>;

    /// Whether anything was said of that environment. By its name, as everywhere here.
    [[nodiscard]] bool speaks_of(std::string_view environment) const;
    /// nullptr: what the plan says holds. Good until the next change.
    [[nodiscard]] const Endpoints* endpoints(std::string_view environment, std::string_view service,
                                             Protocol protocol) const;
    [[nodiscard]] const Addresses* addresses(std::string_view environment,
                                             std::string_view host) const;

    /// Takes the change's word, and returns the change that would take it back.
    Change take(Change change);

    static const Live& nothing();

private:
    template <class Said>
    using ByName = std::map<std::string, Said, std::less<>>;
    struct Local {                                   // to one environment
        std::array<ByName<Endpoints>, 4> endpoints;  // of services, by protocol
        ByName<Addresses> addresses;                 // of hosts
        [[nodiscard]] bool is_empty() const noexcept;
    };
    EndpointsChange take(EndpointsChange change, Local& local);
    AddressesChange take(AddressesChange change, Local& local);

    ByName<Local> environments_;
};

/// The plan with what was said since: all that a zone is derived from. Two references, to be
/// passed as an argument; a plan alone is a registry of which nothing else was said.
struct Registry {
    const Plan& plan;
    const Live& live;
    Registry(const Plan& the_plan, const Live& said = Live::nothing())
        : plan(the_plan), live(said) {}
};

/// Why the change cannot be taken, as a sentence with the names at hand; nullopt when it can.
std::optional<std::string> refusal(const Registry& registry, const Change& change);

}  // namespace portolan::registry
