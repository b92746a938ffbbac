// The plan: what one YAML file (and its includes) says about one zone.
//
// A Plan is plain data, built once by a source (source/plan_file.hpp), immutable afterwards, and
// read by everything else: arithmetic on ports (port_map.hpp), who serves what where
// (services.hpp), findings (findings.hpp), and the zone (zone/derive.hpp). It keeps the plan's
// own order and the place of everything that a finding may want to point at.
//
// Nearly all of a large plan is its environments, and a reload changes few of them. So plans share
// environments: a source that reads a file again puts the very same Environment into the new plan
// where its text stands as it stood. What an environment means depends on itself and on a few
// parts of the plan that all environments share (zone, TTLs, convention, services); never on
// another environment. Work on a new plan begins with two questions, and can often end there:
//
//     same_common_parts(before, after)         once
//     same_environment(*old_one, *new_one)     for each; constant time when it is shared
//
// Names in here (hosts, applications, types, environments, services) are labels in lower case.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/dns/name.hpp"
#include "portolan/registry/by_name.hpp"
#include "portolan/registry/check.hpp"
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

/// Who to ask, what it is and how long it is needed; every declared thing may carry them.
struct About {
    std::string owner;
    std::string description;
    std::optional<std::chrono::year_month_day> until{};  // its last day; none: for good
};

// --- health
// ---------------------------------------------------------------------------------------

/// One object for all that a place of the plan gives it to; nullptr: `none`.
using CheckPtr = std::shared_ptr<const Check>;

/// What a critical endpoint does: it leaves its set, or sinks below all tiers of it.
enum class WhenCritical : std::uint8_t { leave, sink };

/// What a set has when none of its endpoints serves: all, as if each were passing; none, so that
/// the service is known but empty (WhenEmpty); or what it had last.
enum class WhenAllDown : std::uint8_t { all, none, last_good };

/// What verdicts do to a set.
struct HealthPolicy {
    Verdict unknown = Verdict::passing;  // what it counts as: passing, warning or critical
    WhenCritical critical = WhenCritical::leave;
    std::uint8_t warning = 50;  // percent of its weight that a warning endpoint keeps, at least 1
    WhenAllDown all_down = WhenAllDown::all;
    friend bool operator==(const HealthPolicy&, const HealthPolicy&) = default;
};

/// What one type, service or override says in place of the plan's policy.
struct HealthTerms {
    std::optional<Verdict> unknown{};
    std::optional<WhenCritical> critical{};
    std::optional<std::uint8_t> warning{};
    std::optional<WhenAllDown> all_down{};
    friend bool operator==(const HealthTerms&, const HealthTerms&) = default;
};

/// What the plan says of health in general.
struct Health {
    HealthPolicy policy;
    bool is_by_instance = false;  // an application's ports on one instance share a verdict …
    std::string via;              // … which the check of this type finds
    /// Percent of an environment's checked endpoints: when more of them fail at once, the network
    /// is to blame, and they stay what they were (registry/preservation.hpp).
    std::uint8_t preserve = 50;
    friend bool operator==(const Health&, const Health&) = default;
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
    std::optional<CheckPtr> check{};  // in place of that of the type which decides for instances
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
    bool publish = true;           // false: a port to know, not one to advertise
    bool multicast = false;        // the target is the environment's group, mcast.ENV
    bool across = false;           // also `_type._proto.env` over all applications (`union: yes`)
    std::optional<bool> browse{};  // in place of the plan's
    std::optional<unsigned> instance;  // a fixed instance for the arithmetic, whatever the instance
    std::optional<WhenEmpty> when_empty;
    About about;
    Place place;
    std::optional<CheckPtr> check{};  // none: the instance's, if that has a verdict
    HealthTerms health{};
};

struct Convention {
    Pattern pattern;
    Place pattern_place;
    PortRange bounds{1, 65535};
    unsigned first_instance = 1;
    unsigned last_instance = 1;
    ByName<Application, &Application::name> applications;
    ByName<PortType, &PortType::name> types;
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
    std::optional<CheckPtr> check{};  // in place of the service's
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
    std::optional<bool> browse{};  // in place of the plan's
    About about;
    Place place;
    CheckPtr check{};
    HealthTerms health{};
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
    std::shared_ptr<const About> about;  // few hosts have one; nullptr: nothing is written
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
    HealthTerms health{};
};

struct Environment {
    std::string name;
    std::vector<Placed<std::string>> aliases;
    std::vector<Placed<Network>> networks;
    std::optional<Placed<Address>> multicast;
    ByName<Host, &Host::name> hosts;
    ByName<Placement, &Placement::subject> placements;  // "default" first, when given
    Failover failover = Failover::ordered;
    ByName<Override, &Override::subject> overrides;
    About about;
    Place place;

    [[nodiscard]] bool is_called(std::string_view name_or_alias) const noexcept;
    [[nodiscard]] const Host* host(std::string_view name) const noexcept;
    /// The placement written for that subject itself ("default" included); nullptr when none is.
    [[nodiscard]] const Placement* own_placement(std::string_view subject) const noexcept;
    /// The application's own placement, else the default one; nullptr when neither is given.
    [[nodiscard]] const Placement* placement(std::string_view application) const noexcept;
    [[nodiscard]] const Override* override_of(std::string_view subject) const noexcept;
    /// Whether the networks say anything about addresses of that family, and leave this one out.
    [[nodiscard]] bool is_outside_networks(const Address& address) const noexcept;
};

/// A plan's environments, in its order. They are immutable, so that plans may share them; those
/// that call them see values: `for (const Environment& each : plan.environments)`.
class Environments {
public:
    class const_iterator {
    public:
        using iterator_category = std::forward_iterator_tag;
        using value_type = Environment;
        using difference_type = std::ptrdiff_t;
        using pointer = const Environment*;
        using reference = const Environment&;

        const_iterator() = default;
        explicit const_iterator(const std::shared_ptr<const Environment>* at) : at_(at) {}
        reference operator*() const noexcept { return **at_; }
        pointer operator->() const noexcept { return at_->get(); }
        const_iterator& operator++() noexcept {
            ++at_;
            return *this;
        }
        const_iterator operator++(int) noexcept { return const_iterator(at_++); }
        friend bool operator==(const_iterator, const_iterator) = default;

    private:
        const std::shared_ptr<const Environment>* at_ = nullptr;
    };
    using value_type = Environment;

    Environments() = default;
    Environments(std::initializer_list<Environment> all) {
        for (const Environment& each : all) push_back(each);
    }

    void push_back(Environment one) {
        push_back(std::make_shared<const Environment>(std::move(one)));
    }
    void push_back(std::shared_ptr<const Environment> one);
    void clear() noexcept;
    /// A copy of that environment takes its place, for the caller to write to; its name must stay.
    [[nodiscard]] Environment& edit(std::size_t position);

    [[nodiscard]] const Environment* find(std::string_view name) const noexcept;  // no alias
    [[nodiscard]] const std::shared_ptr<const Environment>& shared(std::size_t position) const {
        return all_.at(position);
    }
    [[nodiscard]] const Environment& operator[](std::size_t i) const { return *all_[i]; }
    [[nodiscard]] const Environment& at(std::size_t i) const { return *all_.at(i); }
    [[nodiscard]] const Environment& front() const { return *all_.front(); }
    [[nodiscard]] const Environment& back() const { return *all_.back(); }
    [[nodiscard]] const_iterator begin() const noexcept { return const_iterator(all_.data()); }
    [[nodiscard]] const_iterator end() const noexcept {
        return const_iterator(all_.data() + all_.size());
    }
    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }
    [[nodiscard]] bool empty() const noexcept { return all_.empty(); }

private:
    std::vector<std::shared_ptr<const Environment>> all_;
    NameIndex index_;
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

/// Where keys for transfers are (source/key_file.hpp); the plan itself holds no secret.
using KeyPath = std::optional<Placed<std::string>>;

/// What a client must bring to a transfer beside its address.
struct TransferTerms {
    KeyPath keys;                // none: no key
    std::optional<bool> is_tls;  // whether it must come over TLS; false: it need not
    /// DNS names in lower case without a final dot, of which its certificate proves one (which it
    /// can over TLS alone); empty: no certificate.
    std::vector<std::string> certificates{};
};

/// A secondary name server, which is told of changes (NOTIFY) and may transfer the zone.
struct Secondary {
    Address address;
    Port port = 53;
    TransferTerms terms;  // each in place of the zone's
    Place place;
};

/// Who else may transfer the zone.
struct TransferClients {
    Network network;      // a single address has the longest prefix
    TransferTerms terms;  // each in place of the zone's
    Place place;
};

/// Who may have the zone as a whole, and who is told when it changes.
struct Transfer {
    std::vector<Secondary> to;
    std::vector<TransferClients> allow;
    TransferTerms terms;  // none: the address alone decides
};

/// Who may announce endpoints by UPDATE (RFC 2136), and withdraw them: the holders of a key.
struct UpdateClients {
    Placed<std::string> keys;                       // a path, as of KeyPath
    std::vector<Placed<std::string>> services;      // labels; empty: all
    std::vector<Placed<std::string>> environments;  // names or aliases; empty: all
    Place place;
};

enum class SigningAlgorithm : std::uint8_t { ecdsap256sha256, ed25519 };
enum class Denial : std::uint8_t { nsec, nsec3 };

/// How the zone is signed (DNSSEC). Keys are not in the plan: they live in the state folder.
struct Dnssec {
    SigningAlgorithm algorithm = SigningAlgorithm::ecdsap256sha256;  // of keys yet to be made
    bool has_two_keys = false;     // KSK and ZSK, in place of one key for both
    Denial denial = Denial::nsec;  // NSEC3 with 0 iterations and no salt (RFC 9276 3.1)
    // Seconds.
    std::uint32_t validity = 1209600;   // of a new signature; up to a tenth less, by chance
    std::uint32_t refresh = 432000;     // a signature that ends sooner is renewed
    std::uint32_t propagation = 300;    // until all servers have what this one has
    std::uint32_t parent_delay = 3600;  // until all of the parent's have what one has
    std::uint32_t ds_ttl = 86400;       // of the DS set in the parent
    Place place;
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
    bool browse = false;  // whether the fleet is listed for browsing (RFC 6763)
    Health health;
    std::optional<Convention> convention;
    std::vector<Range> ranges;
    ByName<NamedService, &NamedService::name> services;
    std::optional<Dynamic> dynamic;
    Environments environments;
    std::optional<Transfer> transfer;
    std::vector<UpdateClients> updates;
    std::optional<Dnssec> dnssec;
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

// --- sameness -----------------------------------------------------------------------------------

/// Whether two environments say the same, wherever it is written. Constant time when they are one
/// that plans share; linear in their size otherwise.
bool same_environment(const Environment& a, const Environment& b) noexcept;

/// Of two environments that agree on names, hosts and failover: whose placement or override
/// differs, each named once ("default" may be among them). nullopt when they do not agree.
std::optional<std::vector<std::string_view>> differing_subjects(const Environment& a,
                                                                const Environment& b);

/// Whether two plans agree on everything that an environment's services, endpoints and records
/// depend on besides the environment itself: zone, TTLs, weight scale, what is empty, convention,
/// registry; wherever it is written. Linear in those parts.
bool same_common_parts(const Plan& a, const Plan& b) noexcept;

}  // namespace portolan::registry
