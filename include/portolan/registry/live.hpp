// What has been said since the plan was written: the endpoints that announced themselves, what
// checks found of endpoints, the addresses that a host now has.
//
//     the plan's file ──────▶ Plan ──┐
//                                    ├──▶ Registry ──▶ services, units, the zone
//     …, … ──▶ Change ──▶ Live ──────┘
//
// Whoever learns something while the server runs (a health check, a registration, its lease that
// ended) says so as a Change: a plain value that replaces all of what was known of one service in
// one environment in that respect, or of one host. Live keeps the last word on each, beside the
// plan and by name, so a plan that is loaded again meets what was said before, and the zone of plan
// and Live is the same whichever came last. A word about something that the plan does not have, or
// has no more, means nothing until the plan has it.
//
// What follows from it for a set (who is in it, with which priority and weight) is not said here:
// that is derived from plan and Live (services.hpp).
//
// Which instance runs where stays the plan's to say: `1.hydrogen.prod` follows the placement.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "portolan/registry/check.hpp"
#include "portolan/registry/plan.hpp"

namespace portolan::registry {

/// An endpoint that the plan does not list. Its target is the host of the environment that has the
/// address, else a host of its own, named after the address (services.hpp). At the host and port
/// of a planned endpoint it is that endpoint.
struct AnnouncedEndpoint {
    Address address;
    Port port = 0;
    std::optional<std::uint16_t> priority{};  // none: behind the plan's, as failover orders it
    std::optional<std::uint16_t> weight{};    // before weight_scale; none: as the plan's have
    Verdict verdict = Verdict::passing;       // of those who know it by its registration
    friend auto operator<=>(const AnnouncedEndpoint&, const AnnouncedEndpoint&) = default;
};

/// The endpoints that announced themselves, beside those of the plan. Empty: none any more.
struct EndpointsChange {
    std::string environment;
    std::string service;  // its label, "hydrogen-ajp" or "user-api"
    Protocol protocol = Protocol::tcp;
    std::vector<AnnouncedEndpoint> endpoints{};
    friend bool operator==(const EndpointsChange&, const EndpointsChange&) = default;
};

/// What is known of the endpoint at that port of a host: its label ("h1", "ip-10-0-0-5"), or the
/// text of a foreign target ("far.example.").
struct EndpointVerdict {
    std::string host;
    Port port = 0;
    Verdict verdict = Verdict::unknown;
    friend bool operator==(const EndpointVerdict&, const EndpointVerdict&) = default;
};
using Verdicts = std::vector<EndpointVerdict>;

/// What is known of a service's endpoints. One that is not listed is unknown when the plan has a
/// check for it, and passing when it has none.
struct VerdictsChange {
    std::string environment;
    std::string service;
    Protocol protocol = Protocol::tcp;
    Verdicts verdicts{};
    /// The verdicts before the last endpoint failed. Who says a verdict leaves that to Live, which
    /// knows; it is here for the change that takes another back.
    std::optional<Verdicts> last_good{};
    friend bool operator==(const VerdictsChange&, const VerdictsChange&) = default;
};

/// The addresses that a host has from now on; nullopt: those of the plan again.
struct AddressesChange {
    std::string environment;
    std::string host;
    std::optional<std::vector<Address>> addresses;
    friend bool operator==(const AddressesChange&, const AddressesChange&) = default;
};

using Change = std::variant<EndpointsChange, VerdictsChange, AddressesChange>;

class Live {
public:
    using Endpoints = std::vector<AnnouncedEndpoint>;
    using Addresses = std::vector<Address>;
    using ServiceName = std::pair<std::string, Protocol>;  // label, protocol

    struct Known {
        Verdicts verdicts;
        Verdicts last_good;  // before the last endpoint failed; of no matter while one serves
        friend bool operator==(const Known&, const Known&) = default;
    };

    /// Whether anything was said of that environment. By its name, as everywhere here.
    [[nodiscard]] bool speaks_of(std::string_view environment) const;

    // nullptr: nothing was said. Good until the next change.

    /// By rising address and port; none twice.
    [[nodiscard]] const Endpoints* endpoints(std::string_view environment, std::string_view service,
                                             Protocol protocol) const;
    [[nodiscard]] const Known* verdicts(std::string_view environment, std::string_view service,
                                        Protocol protocol) const;
    [[nodiscard]] const Addresses* addresses(std::string_view environment,
                                             std::string_view host) const;
    /// Of the hosts of an environment.
    [[nodiscard]] const std::map<std::string, Addresses, std::less<>>* addresses(
        std::string_view environment) const;
    /// Who announced endpoints at which address of an environment.
    using Announcers = std::map<Address, std::set<ServiceName>>;
    [[nodiscard]] const Announcers* announcers(std::string_view environment) const;

    /// Takes the change's word, and returns the change that would take it back.
    Change take(Change change);

    static const Live& nothing();

private:
    template <class Said>
    using ByName = std::map<std::string, Said, std::less<>>;
    struct Local {                                   // to one environment
        std::array<ByName<Endpoints>, 4> endpoints;  // of services, by protocol
        std::array<ByName<Known>, 4> verdicts;
        ByName<Addresses> addresses;  // of hosts
        Announcers announcers;
        [[nodiscard]] bool is_empty() const noexcept;
    };
    [[nodiscard]] const Local* local(std::string_view environment) const;
    EndpointsChange take(EndpointsChange change, Local& local);
    VerdictsChange take(VerdictsChange change, Local& local);
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
