// The plan: what one YAML file (and its includes) says about one zone.
//
// A Plan is plain data, built once by a source (source/plan_file.hpp), immutable afterwards, and
// read by everything else: arithmetic on ports (convention.hpp), who serves what where
// (services.hpp), findings (findings.hpp), and the zone (zone/derive.hpp). It keeps the plan's
// own order and the place of everything that a finding may want to point at.
//
// Names in here (hosts, applications, types, environments, services) are labels in lower case.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/dns/name.hpp"
#include "portolan/registry/finding.hpp"

namespace portolan::registry {

using Port = std::uint16_t;

enum class Protocol : std::uint8_t { tcp, udp, sctp, dccp };
const char* to_string(Protocol protocol) noexcept;                       // "tcp"
std::optional<Protocol> parse_protocol(std::string_view text) noexcept;  // exact, lower case

/// An IPv4 or IPv6 address in network byte order; `size` is 4 or 16.
struct Address {
    std::array<std::uint8_t, 16> octets{};
    std::uint8_t size = 4;
    [[nodiscard]] bool is_v6() const noexcept { return size == 16; }
    [[nodiscard]] bool is_multicast()
        const noexcept;  // 224.0.0.0/4 (RFC 5771), ff00::/8 (RFC 4291 2.7)
    friend auto operator<=>(const Address&, const Address&) = default;
};
std::string to_string(const Address& address);
std::optional<Address> parse_address(std::string_view text) noexcept;  // no brackets, no zone id

struct Network {
    Address base;
    std::uint8_t prefix = 0;  // bits
    [[nodiscard]] bool contains(const Address& address) const noexcept;
    [[nodiscard]] bool overlaps(const Network& other) const noexcept;
};
std::string to_string(const Network& network);
std::optional<Network> parse_network(std::string_view text) noexcept;  // "10.1.0.0/16"

/// Inclusive on both ends.
struct PortRange {
    Port first = 0;
    Port last = 65535;
    [[nodiscard]] bool contains(unsigned port) const noexcept {
        return port >= first && port <= last;
    }
};

/// Who to ask and what it is; every declared thing may carry both.
struct About {
    std::string owner;
    std::string description;
};

// --- the convention -----------------------------------------------------------------------------

enum class FieldKind : std::uint8_t { instance, application, type };
const char* to_string(FieldKind kind) noexcept;

/// One field of the pattern: `digits` decimal digits whose last has the value `scale`.
/// In XYYZZ, YY is {application, 2, 100}.
struct Field {
    FieldKind kind = FieldKind::instance;
    unsigned digits = 1;
    unsigned scale = 1;  // port = sum of id * scale over the fields, plus Pattern::literal
    [[nodiscard]] unsigned limit() const noexcept {  // the largest id that fits
        unsigned power = 1;
        for (unsigned i = 0; i < digits; ++i) power *= 10;
        return power - 1;
    }
};

struct Pattern {
    std::string text;           // "XYYZZ"
    std::vector<Field> fields;  // left to right; each kind at most once
    unsigned literal = 0;       // from digits written in the pattern itself: "1YYZZ" is 10000
    [[nodiscard]] const Field* field(FieldKind kind) const noexcept;
};

struct Application {
    std::string name;
    unsigned id = 0;
    About about;
    Place place;
};

/// What a service answers when no endpoint lives (design: known but empty).
enum class WhenEmpty : std::uint8_t { nodata, dot, nxdomain };

struct PortType {
    struct PerEnvironment {
        std::string environment;  // its name or an alias
        unsigned id = 0;
        Place place;
    };
    std::string name;
    std::optional<unsigned> id;       // one id everywhere …
    std::vector<PerEnvironment> ids;  // … or one for each environment
    Protocol protocol = Protocol::tcp;
    bool publish = true;     // false: a port to know, not one to advertise
    bool multicast = false;  // the target is the environment's group, mcast.ENV
    bool across = false;     // also `_type._proto.env` over all applications (`union: yes`)
    std::optional<unsigned> instance;  // a fixed instance for the arithmetic, whatever the instance
    std::optional<WhenEmpty> when_empty;
    About about;
    Place place;
};

struct Convention {
    Pattern pattern;
    Place pattern_place;
    PortRange bounds{1, 65535};
    unsigned first_instance = 1;
    unsigned last_instance = 1;
    std::vector<Application> applications;
    std::vector<PortType> types;
    Place place;
};

// --- the registry -------------------------------------------------------------------------------

struct Range {
    std::string name;  // a category: "API services"
    PortRange ports;
    About about;
    Place place;
};

/// One endpoint as the plan spells it. Exactly one of host and target is set.
struct PlannedEndpoint {
    std::string host;  // "db1" in whichever environments have it, or "db1.prod"
    std::optional<dns::PackedName> target;  // a foreign target, outside the zone
    std::optional<Port> port;               // else the service's
    std::optional<std::uint16_t> priority;
    std::optional<std::uint16_t> weight;
    Place place;
};

/// One port of a named service. A service with `port:` has one, whose name is empty.
struct NamedPort {
    std::string name;          // "management", or ""
    std::optional<Port> port;  // none: every endpoint brings its own
    Protocol protocol = Protocol::tcp;
    Place place;
};

struct NamedService {
    std::string name;
    std::vector<NamedPort> ports;  // at least one
    std::string type;              // service label of its own, "mongodb": _mongodb._tcp.orders.prod
    Placed<std::string> range;     // the category its port must lie in; "" for none
    std::vector<PlannedEndpoint> endpoints;
    std::vector<Placed<std::string>> environments;  // where it is declared; empty: everywhere
    std::vector<Placed<dns::PackedName>> publish;   // owners at the apex, absolute names
    std::string publish_environment;  // whose endpoints `publish` shows; "": all of them
    std::vector<std::pair<std::string, std::string>>
        mongodb;  // TXT options at SERVICE.ENV, in order
    std::optional<WhenEmpty> when_empty;
    About about;
    Place place;
};

/// Where registrations may come from (issue: registration); its ports are taken as far as proofs
/// go.
struct Dynamic {
    std::vector<std::string> names;
    PortRange ports;
    std::vector<Placed<std::string>> environments;
    Place place;
};

// --- environments -------------------------------------------------------------------------------

struct Host {
    std::string name;
    std::vector<Placed<Address>> addresses;
    About about;
    Place place;
};

enum class Failover : std::uint8_t { ordered, balanced, leader };
const char* to_string(Failover failover) noexcept;

/// One instance of an application, or of a named service, on a host.
struct PlacedInstance {
    unsigned instance = 1;
    std::string host;  // in the same environment
    std::optional<std::uint16_t> priority;
    std::optional<std::uint16_t> weight;
    Place place;
};

struct Placement {
    std::string subject;                    // an application's or a named service's name; "default"
    std::vector<PlacedInstance> instances;  // by rising instance number; empty: placed nowhere
    Place place;
};

struct Override {
    std::string subject;  // an application's or a named service's name
    std::optional<Failover> failover;
    std::optional<unsigned> leader;    // instance
    std::optional<std::uint32_t> ttl;  // seconds, for its SRV sets
    Place place;
};

struct Environment {
    std::string name;
    std::vector<Placed<std::string>> aliases;
    std::vector<Placed<Network>> networks;
    std::optional<Placed<Address>> multicast;
    std::vector<Host> hosts;
    std::vector<Placement> placements;  // "default" first, when given
    Failover failover = Failover::ordered;
    std::vector<Override> overrides;
    About about;
    Place place;

    [[nodiscard]] bool is_called(std::string_view name_or_alias) const noexcept;
    [[nodiscard]] const Host* host(std::string_view name) const noexcept;
    /// The placement written for that subject itself ("default" included); nullptr when none is.
    [[nodiscard]] const Placement* own_placement(std::string_view subject) const noexcept;
    /// The application's own placement, else the default one; nullptr when neither is given.
    [[nodiscard]] const Placement* placement(std::string_view application) const noexcept;
    [[nodiscard]] const Override* override_of(std::string_view subject) const noexcept;
};

// --- the whole ----------------------------------------------------------------------------------

struct NameServer {
    std::string label;                       // "ns1" in the zone; "" when `name` is foreign
    dns::PackedName name;                    // absolute
    std::vector<Placed<Address>> addresses;  // empty for a foreign one
    Place place;
};

struct Ttls {  // seconds
    std::uint32_t service = 10;
    std::uint32_t host = 300;
    std::uint32_t infrastructure = 3600;
    std::uint32_t negative = 5;  // SOA TTL and MINIMUM both (RFC 2308 4)
};

struct SoaTimers {  // seconds
    std::uint32_t refresh = 60;
    std::uint32_t retry = 10;
    std::uint32_t expire = 1209600;
    friend bool operator==(const SoaTimers&, const SoaTimers&) = default;
};

enum class WeightScale : std::uint8_t {
    plain,
    haproxy,  // HAProxy takes weight / 256 + 1: publish w as 256 w - 1, so that 1-256 arrive as
              // 1-256
};

struct Plan {
    std::vector<std::string> files;  // [0] the plan, then its includes; Place::file points here
    Placed<dns::PackedName> zone;
    std::vector<NameServer> nameservers;
    dns::PackedName contact;  // RNAME form: dns.corp.example
    Ttls ttls;
    SoaTimers soa;
    WeightScale weight_scale = WeightScale::plain;
    WhenEmpty when_empty = WhenEmpty::nodata;
    std::optional<Convention> convention;
    std::vector<Range> ranges;
    std::vector<NamedService> services;
    std::optional<Dynamic> dynamic;
    std::vector<Environment> environments;
    std::optional<Placed<std::string>>
        records;  // path of the master file, resolved against the plan's folder

    /// True for `zone:` and `records:` alone: the master file is the zone, SOA and NS included.
    [[nodiscard]] bool is_master_file_only() const noexcept;
    [[nodiscard]] const Environment* environment(std::string_view name_or_alias) const noexcept;
    [[nodiscard]] const Application* application(std::string_view name) const noexcept;
    [[nodiscard]] const PortType* type(std::string_view name) const noexcept;
    [[nodiscard]] const NamedService* service(std::string_view name) const noexcept;
    [[nodiscard]] std::string text(const Place& place) const;  // "file:line:column"
    /// A finding at a place of this plan.
    [[nodiscard]] Finding finding(Severity severity, std::string rule, const Place& place,
                                  std::string message, std::string cure) const;
};

}  // namespace portolan::registry
