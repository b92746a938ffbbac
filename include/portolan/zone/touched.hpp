// What a change of the registry touches in the zone: its own units, found without a walk.
//
//     a service's endpoints   its SRV at all its owners, the union of its type, its published
//                             owners, PTR at the ports that came or went
//     a host's addresses      its A and AAAA, and those of the instances that live on it; no SRV,
//                             because answers take the addresses along from where they stand
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
    /// By identity: a convention's service has the first two, a registry's the others.
    struct ServiceKey {
        const registry::Environment* environment = nullptr;
        const registry::Application* application = nullptr;
        const registry::PortType* type = nullptr;
        const registry::NamedService* named = nullptr;
        const registry::NamedPort* port = nullptr;
        friend auto operator<=>(const ServiceKey&, const ServiceKey&) = default;
    };
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
    void touch(const registry::Registry& registry, const registry::AddressesChange& change);
    [[nodiscard]] State state(const registry::Registry& registry) const;
    void add_port_changes(const registry::Registry& after, const std::set<Held>& now,
                          const FindRrset& served, std::vector<Change>& changes) const;

    template <class Thing>
    using Within = std::set<std::pair<const registry::Environment*, const Thing*>>;
    std::set<ServiceKey> services_;
    Within<registry::PortType> unions_;
    std::set<const registry::NamedService*> published_;
    Within<registry::Host> hosts_;
    Within<registry::Application> applications_;
    State before_;
};

}  // namespace portolan::zone
