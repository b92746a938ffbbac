// What a change of the registry touches in the zone: its own units, found without a walk.
//
//     a service's verdicts    its SRV at all its owners, the union of its type, its published
//                             owners, what is browsed under its service type
//     and its endpoints       also PTR at the ports that came or went, and the hosts that are named
//                             after the addresses which endpoints announced
//     a host's addresses      its A and AAAA, and those of the instances that live on it; SRV of
//                             those alone that announced themselves at such an address, because
//                             answers take the addresses along from where they stand
//
// The units are derived before and after, as `changes` does with all of them (derive.hpp), so what
// they have to say is said in one place. Only a port's PTR set, which all services of an
// environment share, is edited as it stands: one owner more or less.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <tuple>
#include <vector>

#include "portolan/zone/derive.hpp"
#include "portolan/zone/units.hpp"

namespace portolan::zone {

/// The set that is now at (owner, type); nullptr when none is.
using FindRrset = std::function<const dns::Rrset*(dns::NameView owner, dns::Type type)>;

/// Made before the registry takes the changes, and asked when it has taken them, or some of them.
/// Names that the plan does not have touch nothing. The plan must outlive it.
class Touched {
public:
    Touched(const registry::Registry& before, std::span<const registry::Change> changes);

    /// What they do to the zone of `before`, whose sets `served` finds; as `changes` tells it.
    /// `after` must be of the same plan.
    [[nodiscard]] std::vector<Change> changes(const registry::Registry& after,
                                              const FindRrset& served) const;

private:
    /// That a service is found at a number of its environment.
    struct Held {
        const registry::Environment* environment;
        unsigned number;
        registry::Protocol protocol;
        dns::PackedName service;
        friend auto operator<=>(const Held&, const Held&) = default;
    };
    struct State {
        Units units;
        std::set<Held> ports;
    };

    void touch(const registry::Registry& registry, const registry::EndpointsChange& change);
    void touch(const registry::Registry& registry, const registry::VerdictsChange& change);
    void touch(const registry::Registry& registry, const registry::AddressesChange& change);
    void touch_service(const registry::Registry& registry, const registry::Environment& environment,
                       std::string_view label, registry::Protocol protocol);
    void touch_addresses(const registry::Registry& registry,
                         const registry::Environment& environment,
                         std::span<const registry::Address> addresses);
    [[nodiscard]] State state(const registry::Registry& registry) const;
    void add_port_changes(const registry::Registry& after, const std::set<Held>& now,
                          const FindRrset& served, std::vector<Change>& changes) const;

    template <class Thing>
    using Within = std::set<std::pair<const registry::Environment*, const Thing*>>;
    std::set<std::pair<const registry::Environment*, registry::ServiceKey>> services_;
    Within<registry::PortType> unions_;
    std::set<std::pair<const registry::Environment*, registry::ServiceType>> service_types_;
    std::set<const registry::NamedService*> published_;
    Within<registry::Host> hosts_;
    Within<registry::Application> applications_;
    std::set<std::pair<const registry::Environment*, registry::Address>> announced_;
    State before_;
};

}  // namespace portolan::zone
