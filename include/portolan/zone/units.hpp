// The units of derivation: what a plan has to say, cut into pieces that change on their own.
//
// A unit is a value that holds all its RRsets depend on, and nothing else: one service in one
// environment, the addresses of one name, the holders of one port. Equal units give equal
// RRsets, whatever plan they came from, so two plans are compared unit by unit and only what
// differs is derived anew (derive.hpp). Units name owners, never places in a file.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "portolan/registry/services.hpp"
#include "portolan/zone/derive.hpp"
#include "portolan/zone/soa.hpp"

namespace portolan::zone {

/// SOA and NS of the zone. The serial is not part of it: it follows from the change.
struct ApexUnit {
    dns::PackedName owner, mname, rname;
    std::vector<dns::PackedName> nameservers;
    registry::SoaTimers timers;
    std::uint32_t ttl = 0;       // of NS, seconds
    std::uint32_t negative = 0;  // SOA TTL and MINIMUM
    friend bool operator==(const ApexUnit&, const ApexUnit&) = default;
};

/// A and AAAA of one name: a host, a name server, an instance, a multicast group.
struct AddressUnit {
    dns::PackedName owner;
    std::vector<registry::Address> addresses;
    std::uint32_t ttl = 0;
    friend bool operator==(const AddressUnit&, const AddressUnit&) = default;
};

/// One service: its SRV set and the TXT that keeps it known while it is empty, at all its owners.
struct ServiceUnit {
    struct Member {
        dns::PackedName target;
        std::uint16_t port = 0, priority = 0, weight = 0;
        friend bool operator==(const Member&, const Member&) = default;
    };
    std::vector<dns::PackedName> owners;  // the main form first; they share the sets
    std::vector<Member> members;
    std::vector<std::string> text;  // strings of the TXT record
    registry::WhenEmpty when_empty = registry::WhenEmpty::nodata;
    std::uint32_t ttl = 0;
    friend bool operator==(const ServiceUnit&, const ServiceUnit&) = default;
};

/// PTR from `10104._tcp._port.prod` to the main owner of each service on that port.
struct PortUnit {
    dns::PackedName owner;
    std::vector<dns::PackedName> services;
    std::uint32_t ttl = 0;
    friend bool operator==(const PortUnit&, const PortUnit&) = default;
};

/// A TXT record of one string at a service's own name: MongoDB's connection options.
struct TextUnit {
    dns::PackedName owner;
    std::string text;
    std::uint32_t ttl = 0;
    friend bool operator==(const TextUnit&, const TextUnit&) = default;
};

/// A set of the master file, as it stands there.
struct RecordsUnit {
    dns::PackedName owner;
    dns::RrsetPtr rrset;
    friend bool operator==(const RecordsUnit& a, const RecordsUnit& b) {
        return a.owner.view() == b.owner.view() && *a.rrset == *b.rrset;
    }
};

using Unit = std::variant<ApexUnit, AddressUnit, ServiceUnit, PortUnit, TextUnit, RecordsUnit>;

/// A unit with the plan's spot that it comes from (findings point there).
struct PlacedUnit {
    Unit unit;
    registry::Place place;
    std::string what;  // "host jb1 of prod", "service hydrogen-ajp of prod"
};

/// What a plan says, in plan order, in sections that can be derived and compared on their own. A
/// plan that is a master file alone has none but its records.
std::vector<PlacedUnit> apex_units(const registry::Plan& plan);
/// Nothing for an environment that the plan does not have.
std::vector<PlacedUnit> environment_units(const registry::Registry& registry,
                                          std::string_view name);
std::vector<PlacedUnit> published_units(const registry::Registry& registry);
std::vector<PlacedUnit> record_units(const Records& extra);

/// Of those, what one thing has: a service (but for PTR of its ports), the union of a type over all
/// applications, a service at its published owners, a host, an application's instances.
std::vector<PlacedUnit> units_of(const registry::Registry& registry,
                                 const registry::Service& service);
std::vector<PlacedUnit> union_units(const registry::Registry& registry,
                                    const registry::Environment& environment,
                                    const registry::PortType& type);
std::vector<PlacedUnit> published_units(const registry::Registry& registry,
                                        const registry::NamedService& service);
std::vector<PlacedUnit> host_units(const registry::Registry& registry,
                                   const registry::Environment& environment,
                                   const registry::Host& host);
std::vector<PlacedUnit> instance_units(const registry::Registry& registry,
                                       const registry::Environment& environment,
                                       const registry::Application& application);

/// The numbers under which a service is found in `_port`, rising; and their owner there.
std::vector<unsigned> ports_of(const registry::Service& service);
std::optional<dns::Name> port_owner(const registry::Plan& plan,
                                    const registry::Environment& environment, unsigned number,
                                    registry::Protocol protocol);

/// The RRsets of one unit, each with its owner.
struct OwnedRrset {
    dns::PackedName owner;
    dns::RrsetPtr rrset;
};
std::vector<OwnedRrset> rrsets_of(const Unit& unit);

/// The sets of units that only one of two lists has, or that each has in its own way; in the order
/// of `changes` (derive.hpp).
std::vector<Change> differences(std::vector<PlacedUnit> before, std::vector<PlacedUnit> after);

/// The owner that identifies the unit among those of its kind.
dns::NameView key_of(const Unit& unit) noexcept;

}  // namespace portolan::zone
