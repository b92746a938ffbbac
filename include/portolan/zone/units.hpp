// The units of derivation: what a plan has to say, cut into pieces that change on their own.
//
// A unit is a value that holds all its RRsets depend on, and nothing else: one service in one
// environment, the addresses of one name, the holders of one port. Equal units give equal
// RRsets, whatever plan they came from, so two plans are compared unit by unit and only what
// differs is derived anew (derive.hpp). Units name owners, never places in a file.
//
// There are thousands in an environment and millions in a plan, so they are listed section by
// section: a Units holds one section, and the names that its units speak of stand in memory that
// comes and goes with it. Listing a section costs a few allocations in all.
#pragma once

#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "portolan/registry/browsing.hpp"
#include "portolan/registry/services.hpp"
#include "portolan/zone/soa.hpp"
#include "portolan/zone/zone.hpp"

namespace portolan::zone {

/// SOA and NS of the zone. The serial is not part of it: it follows from the change.
struct ApexUnit {
    dns::NameView owner, mname, rname;
    std::span<const dns::NameView> nameservers;
    registry::SoaTimers timers;
    std::uint32_t ttl = 0;       // of NS, seconds
    std::uint32_t negative = 0;  // SOA TTL and MINIMUM
};

/// A and AAAA of one name: a host, a name server, an instance, a multicast group.
struct AddressUnit {
    dns::NameView owner;
    std::span<const registry::Address> addresses;
    std::uint32_t ttl = 0;
};

/// One service: its SRV set and the TXT that keeps it known while it is empty, at all its owners.
/// Or one endpoint of it, under the name that a browser finds.
struct ServiceUnit {
    struct Member {
        dns::NameView target;
        std::uint16_t port = 0, priority = 0, weight = 0;
        friend bool operator==(const Member&, const Member&) = default;
    };
    std::span<const dns::NameView> owners;  // the main form first; they share the sets
    std::span<const Member> members;
    dns::OctetView text;  // RDATA of the TXT record
    registry::WhenEmpty when_empty = registry::WhenEmpty::nodata;
    std::uint32_t ttl = 0;
};

/// PTR from `10104._tcp._port.prod` to the main owner of each service on that port.
struct PortUnit {
    dns::NameView owner;
    std::span<const dns::NameView> services;
    std::uint32_t ttl = 0;
};

/// What a browser is told at one name (RFC 6763): PTR to the instances of a service type, to the
/// service types of an environment, to the environments that have any.
struct BrowseUnit {
    dns::NameView owner;
    std::span<const dns::NameView> listed;
    dns::OctetView text;  // RDATA of the TXT that keeps an empty list known; empty: no such record
    std::uint32_t ttl = 0;
};

/// A TXT record at a service's own name: MongoDB's connection options.
struct TextUnit {
    dns::NameView owner;
    dns::OctetView text;  // RDATA
    std::uint32_t ttl = 0;
};

using Unit = std::variant<ApexUnit, AddressUnit, ServiceUnit, PortUnit, BrowseUnit, TextUnit>;

/// As values, wherever their octets stand.
bool operator==(const Unit& a, const Unit& b) noexcept;

/// What a unit is of, for the words of findings: "host jb1 of prod".
struct Subject {
    enum class Kind : std::uint8_t {
        zone,
        name_server,
        host,
        group,
        service,
        published,
        across,
        instance,
        application,
        options,
        port,
        service_type,
        listed,
        browsing,
    };
    Kind kind = Kind::zone;
    registry::Protocol protocol = registry::Protocol::tcp;  // of a port
    unsigned number = 0;                                    // of an instance or a port
    std::string_view name{};                                // "hydrogen" …
    std::string_view port{};  // … and, of a service, what follows it: "ajp"
    std::string_view environment{};
    dns::NameView owner{};  // of a zone, or where a service is published
};
std::string words(const Subject& subject);

/// A unit with the plan's spot that it comes from (findings point there).
struct PlacedUnit {
    Unit unit;
    registry::Place place;
    Subject subject;
};

/// Units in plan order, most often those of one section. They refer to it and to the plan, so both
/// must outlive them; moving it does not hurt them.
class Units {
public:
    Units()
        : memory_(std::make_unique<std::pmr::monotonic_buffer_resource>(std::size_t{1} << 16)) {}

    [[nodiscard]] auto begin() const noexcept { return units_.begin(); }
    [[nodiscard]] auto end() const noexcept { return units_.end(); }
    [[nodiscard]] std::size_t size() const noexcept { return units_.size(); }
    [[nodiscard]] const PlacedUnit& operator[](std::size_t i) const noexcept { return units_[i]; }

    void add(Unit unit, const registry::Place& place, const Subject& subject) {
        units_.push_back({unit, place, subject});
    }
    void reserve(std::size_t count) { units_.reserve(count); }

    /// `count` elements that live as long as this.
    template <class T>
    std::span<T> room(std::size_t count) {
        auto* first = static_cast<T*>(memory_->allocate(count * sizeof(T), alignof(T)));
        std::uninitialized_value_construct_n(first, count);
        return {first, count};
    }
    template <class T>
    std::span<const T> keep(std::span<const T> elements) {
        const auto copy = room<T>(elements.size());
        std::ranges::copy(elements, copy.begin());
        return copy;
    }
    std::string_view keep(std::string_view text) {
        const auto copy = keep(std::span(text.data(), text.size()));
        return {copy.data(), copy.size()};
    }
    /// One label; `underscored` puts the sign of a service label (RFC 8552) in front of its text.
    struct Label {
        std::string_view text;
        bool underscored = false;
    };
    /// The name with `labels` before `parent`, or nullopt when it would be too long (a finding
    /// says so elsewhere).
    std::optional<dns::NameView> name(std::initializer_list<Label> labels, dns::NameView parent);

private:
    std::unique_ptr<std::pmr::monotonic_buffer_resource> memory_;
    std::vector<PlacedUnit> units_;
};

/// What a plan says, in sections that can be derived and compared on their own; no two environments
/// share an owner. A plan that is a master file alone says nothing.
Units apex_units(const registry::Plan& plan);
Units environment_units(const registry::Registry& registry,
                        const registry::Environment& environment);
Units published_units(const registry::Registry& registry);
/// An environment without `_port`, most of its names, none of which is an owner of anything else
/// that is derived.
Units named_units(const registry::Registry& registry, const registry::Environment& environment);

/// Of those, what one thing has, added to `units`: a service (but for PTR of its ports), the union
/// of a type over all applications, what is browsed under a service type, a service at its
/// published owners, a host, one that is named after an announced address, an application's
/// instances.
void add_service_units(const registry::Registry& registry, const registry::Service& service,
                       Units& units);
void add_union_units(const registry::Registry& registry, const registry::Environment& environment,
                     const registry::PortType& type, Units& units);
void add_browse_units(const registry::Registry& registry, const registry::Environment& environment,
                      const registry::ServiceType& type, Units& units);
void add_published_units(const registry::Registry& registry, const registry::NamedService& service,
                         Units& units);
void add_host_units(const registry::Registry& registry, const registry::Environment& environment,
                    const registry::Host& host, Units& units);
void add_announced_units(const registry::Registry& registry,
                         const registry::Environment& environment, const registry::Address& address,
                         Units& units);
void add_instance_units(const registry::Registry& registry,
                        const registry::Environment& environment,
                        const registry::Application& application, Units& units);

/// The numbers under which a service is found in `_port`, rising; and their owner there.
std::vector<unsigned> ports_of(const registry::Service& service);
std::optional<dns::Name> port_owner(const registry::Plan& plan,
                                    const registry::Environment& environment, unsigned number,
                                    registry::Protocol protocol);

/// The owner that identifies the unit among those of its kind.
dns::NameView key_of(const Unit& unit) noexcept;

}  // namespace portolan::zone
