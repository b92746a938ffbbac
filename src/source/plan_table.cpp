#include "source/plan_table.hpp"

namespace portolan::source::plan {
namespace {

// --- single values -------------------------------------------------------------------------------

const Shape text{.kind = Kind::text, .noun = "a text", .example = "web-team"};
const Shape path{.kind = Kind::path, .noun = "a path", .example = "svc.corp.example.zone"};
const Shape flag{.kind = Kind::flag, .noun = "yes or no", .example = "no"};
const Shape label{.kind = Kind::label, .noun = "a name", .example = "hydrogen"};
const Shape host_reference{
    .kind = Kind::host_reference, .noun = "a host, or host.environment", .example = "db1"};
const Shape duration{.kind = Kind::duration, .noun = "a duration", .example = "10s"};
const Shape wait{.kind = Kind::wait, .noun = "a time to wait", .example = "10s"};
const Shape port{
    .kind = Kind::number, .noun = "a port", .example = "5001", .least = 0, .most = 65535};
const Shape port_range{.kind = Kind::port_range, .noun = "a port range", .example = "5000-5099"};
const Shape id{.kind = Kind::number, .noun = "an id", .example = "12", .least = 0, .most = 99999};
const Shape instance{
    .kind = Kind::number, .noun = "an instance", .example = "1", .least = 0, .most = 99999};
const Shape instance_key{
    .kind = Kind::instance_key, .noun = "an instance", .example = "1", .least = 0, .most = 99999};
const Shape priority{
    .kind = Kind::number, .noun = "a priority", .example = "10", .least = 0, .most = 65535};
const Shape weight{
    .kind = Kind::number, .noun = "a weight", .example = "100", .least = 0, .most = 65535};
const Shape count{
    .kind = Kind::number, .noun = "a number of checks", .example = "3", .least = 1, .most = 1000};
const Shape status{
    .kind = Kind::number, .noun = "an HTTP status", .example = "200", .least = 100, .most = 599};
const Shape instances{.kind = Kind::instances, .noun = "a range of instances", .example = "1-4"};
const Shape address{.kind = Kind::address, .noun = "an address", .example = "10.1.0.11"};
const Shape network{.kind = Kind::network, .noun = "a network", .example = "10.1.0.0/16"};
const Shape domain{.kind = Kind::domain, .noun = "a domain name", .example = "svc.corp.example"};
const Shape nameserver{.kind = Kind::nameserver, .noun = "a name server", .example = "ns1"};
const Shape contact{.kind = Kind::contact, .noun = "a mail address", .example = "dns@corp.example"};
const Shape owner{.kind = Kind::owner, .noun = "an owner below the apex", .example = "_ldap._tcp"};
const Shape pattern{.kind = Kind::pattern, .noun = "a pattern", .example = "XYYZZ"};
const Shape date{.kind = Kind::date, .noun = "a date", .example = "2027-01-31"};
const Shape letters{.kind = Kind::letters, .noun = "a letter's run", .example = "YY"};

const Shape protocol{.kind = Kind::word,
                     .noun = "a protocol",
                     .example = "udp",
                     .words = {"tcp", "udp", "sctp", "dccp"}};
const Shape field{.kind = Kind::word,
                  .noun = "a field",
                  .example = "application",
                  .words = {"instance", "application", "type"}};
const Shape when_empty{.kind = Kind::word,
                       .noun = "an answer",
                       .example = "nodata",
                       .words = {"nodata", "dot", "nxdomain"}};
const Shape failover{.kind = Kind::word,
                     .noun = "a way of failover",
                     .example = "ordered",
                     .words = {"ordered", "balanced", "leader"}};
const Shape weight_scale{
    .kind = Kind::word, .noun = "a scale", .example = "haproxy", .words = {"plain", "haproxy"}};
const Shape verdict{.kind = Kind::word,
                    .noun = "what a verdict is about",
                    .example = "instance",
                    .words = {"instance", "endpoint"}};
const Shape check_word{.kind = Kind::word,
                       .noun = "a kind of check",
                       .example = "tcp",
                       .words = {"none", "tcp", "http", "https", "grpc"}};

// --- what everything may carry -------------------------------------------------------------------

constexpr Key owner_key{"owner", &text, "Who to ask."};
constexpr Key description_key{"description", &text, "What it is."};
constexpr Key until_key{"until", &date,
                        "The last day on which it is needed; it is served after it too, and check "
                        "says so.",
                        false, "for good"};

const Shape words{.kind = Kind::list,
                  .noun = "a program and its arguments",
                  .example = "[/usr/lib/nagios/plugins/check_ldap, -H, ldap1]",
                  .value = &text};
const Shape command{.kind = Kind::any, .choices = {&path, &words}};
const Shape headers{.kind = Kind::names,
                    .noun = "headers",
                    .example = "{X-Probe: portolan}",
                    .key = &text,
                    .value = &text};
const Shape check_mapping{
    .kind = Kind::mapping,
    .noun = "a health check",
    .example = "{http: /health}",
    .keys = {
        {"tcp", &flag, "Connect."},
        {"http", &text, "Path to ask for."},
        {"https", &text, "Path to ask for over TLS."},
        {"grpc", &text, "Service to ask by grpc.health.v1."},
        {"dns", &text, "Name to ask for."},
        {"exec", &command,
         "Program to run: status 0 is passing, 1 a warning, all else critical. A path from the "
         "root, alone or with arguments."},
        {"ttl", &wait, "Longest silence of a service that reports by itself."},
        {"port", &port, "Port to probe.", false, "the endpoint's own"},
        {"method", &text, "Method of http and https.", false, "GET"},
        {"host", &text, "Host header, and SNI of https.", false, "the address"},
        {"headers", &headers, "Further headers of http and https."},
        {"status", &status, "Status to expect.", false, "any 2xx"},
        {"body", &text, "Text that the body must hold."},
        {"verify", &flag, "Whether the certificate of https must prove itself.", false, "yes"},
        {"interval", &wait, "Time between two checks.", false, "health's"},
        {"timeout", &wait, "When to give up.", false, "health's"},
        {"fall", &count, "Failures in a row that make it critical.", false, "health's"},
        {"rise", &count, "Successes in a row that make it passing.", false, "health's"},
    }};
const Shape check{.kind = Kind::any, .choices = {&check_word, &check_mapping}};
constexpr Key check_key{"check", &check, "How to probe it; none where nothing may."};

const Shape unknown{.kind = Kind::word,
                    .noun = "what unknown counts as",
                    .example = "passing",
                    .words = {"passing", "warning", "critical"}};
const Shape critical{.kind = Kind::word,
                     .noun = "what a critical endpoint does",
                     .example = "sink",
                     .words = {"leave", "sink"}};
const Shape percent{
    .kind = Kind::number, .noun = "a percentage", .example = "50", .least = 0, .most = 100};
const Shape all_down{.kind = Kind::word,
                     .noun = "what a set has when all are down",
                     .example = "none",
                     .words = {"all", "none", "last-good"}};
constexpr Key unknown_key{"unknown", &unknown, "What counts as known of who was never probed."};
constexpr Key critical_key{"critical", &critical,
                           "A critical endpoint leaves the set, or sinks below all tiers of it."};
constexpr Key warning_key{"warning", &percent,
                          "Percent of its weight that an endpoint with a warning keeps, at least "
                          "1."};
constexpr Key all_down_key{"all_down", &all_down,
                           "What a set has when nobody serves: all, as if they were passing; none; "
                           "or what it had last."};
Key with_default(Key key, std::string_view otherwise) {
    key.otherwise = otherwise;
    return key;
}
const Shape health_terms{.kind = Kind::mapping,
                         .noun = "what health does to a set",
                         .example = "{critical: sink, all_down: none}",
                         .keys = {
                             with_default(unknown_key, "the plan's"),
                             with_default(critical_key, "the plan's"),
                             with_default(warning_key, "the plan's"),
                             with_default(all_down_key, "the plan's"),
                         }};
constexpr Key health_terms_key{"health", &health_terms, "What differs from the plan's health."};
constexpr Key browse_key{"browse", &flag,
                         "Whether its endpoints are listed for browsing (DNS-SD, RFC 6763).", false,
                         "the plan's"};
constexpr Key when_empty_key{
    "when_empty", &when_empty,
    "What a known service without a live endpoint answers: nodata; dot (SRV 0 0 0 ., RFC 2782); "
    "or nxdomain.",
    false, "the plan's"};

// --- name servers, SOA, TTLs ---------------------------------------------------------------------

const Shape address_list{
    .kind = Kind::list, .noun = "addresses", .example = "[10.1.0.12]", .value = &address};
const Shape addresses{.kind = Kind::any, .choices = {&address, &address_list}};
const Shape nameservers{.kind = Kind::names,
                        .noun = "name servers",
                        .example = "{ns1: [192.0.2.53, \"2001:db8::53\"], ns.other.example.: []}",
                        .key = &nameserver,
                        .value = &addresses};

const Shape ttls{
    .kind = Kind::mapping,
    .noun = "TTLs",
    .example = "{service: 10s, host: 5m, infrastructure: 1h, negative: 5s}",
    .keys = {
        {"service", &duration, "SRV and TXT of services.", false, "10s"},
        {"host", &duration, "A and AAAA of hosts.", false, "5m"},
        {"infrastructure", &duration, "NS, and addresses of name servers.", false, "1h"},
        {"negative", &duration, "SOA TTL and MINIMUM both: how long a \"no\" is kept.", false,
         "5s"},
    }};
const Shape soa{.kind = Kind::mapping,
                .noun = "SOA timers",
                .example = "{refresh: 60s, retry: 10s, expire: 14d}",
                .keys = {
                    {"refresh", &duration, "How often secondaries ask.", false, "60s"},
                    {"retry", &duration, "How soon they ask again.", false, "10s"},
                    {"expire", &duration, "When they stop answering.", false, "14d"},
                }};

// --- convention ----------------------------------------------------------------------------------

const Shape fields{.kind = Kind::names,
                   .noun = "the pattern's fields",
                   .example = "{X: instance, YY: application, ZZ: type}",
                   .key = &letters,
                   .value = &field};

const Shape application_mapping{.kind = Kind::mapping,
                                .noun = "an application",
                                .example = "{id: 2, owner: web-team}",
                                .keys = {
                                    {"id", &id, "Its number in the pattern.", true},
                                    owner_key,
                                    description_key,
                                    until_key,
                                    {"check", &check,
                                     "How its instances are probed, in place of the check of the "
                                     "port type that health's via names; none: not at all."},
                                }};
const Shape application{.kind = Kind::any, .choices = {&id, &application_mapping}};
const Shape applications{.kind = Kind::names,
                         .noun = "applications",
                         .example = "{hydrogen: 1, helium: {id: 2, owner: web-team}}",
                         .key = &label,
                         .value = &application};

const Shape environment_ids{.kind = Kind::names,
                            .noun = "ids by environment",
                            .example = "{dev: 7, prod: 11}",
                            .key = &label,
                            .value = &id};
const Shape type_id{.kind = Kind::any, .choices = {&id, &environment_ids}};
const Shape type_mapping{
    .kind = Kind::mapping,
    .noun = "a port type",
    .example = "{id: 5, proto: udp}",
    .keys = {
        {"id", &type_id, "Its number in the pattern: one, or one for each environment.", true},
        {"proto", &protocol, "Transport protocol.", false, "tcp"},
        {"publish", &flag, "no: a port to know, not one to advertise or to probe.", false, "yes"},
        {"multicast", &flag, "The target is the environment's multicast group.", false, "no"},
        {"instance", &instance, "A fixed instance for the arithmetic, whatever the instance."},
        {"union", &flag, "Also one SRV set over all applications: _jmx._tcp.prod.", false, "no"},
        browse_key,
        when_empty_key,
        owner_key,
        description_key,
        until_key,
        check_key,
        health_terms_key,
    }};
const Shape type{.kind = Kind::any, .choices = {&id, &type_mapping}};
const Shape types{.kind = Kind::names,
                  .noun = "port types",
                  .example = "{http: 3, snmp: {id: 5, proto: udp}}",
                  .key = &label,
                  .value = &type};

const Shape convention{
    .kind = Kind::mapping,
    .noun = "a convention",
    .example = "{pattern: XYYZZ, fields: {X: instance, YY: application, ZZ: type}}",
    .keys = {
        {"pattern", &pattern,
         "A digit of the port each: letters are fields, digits are themselves.", true},
        {"fields", &fields, "What each letter's run counts.", true},
        {"bounds", &port_range, "Ports that the convention may use.", false, "1-65535"},
        {"instances", &instances, "The instances there may be: 1-4, or 4 for 1-4.", false, "1"},
        {"applications", &applications, "Applications and their ids."},
        {"types", &types, "Port types and their ids."},
    }};

// --- registry ------------------------------------------------------------------------------------

const Shape range_mapping{.kind = Kind::mapping,
                          .noun = "a range",
                          .example = "{ports: 5000-5099, owner: accounts}",
                          .keys = {
                              {"ports", &port_range, "Its first and last port.", true},
                              owner_key,
                              description_key,
                              until_key,
                          }};
const Shape range{.kind = Kind::any, .choices = {&port_range, &range_mapping}};
const Shape ranges{.kind = Kind::names,
                   .noun = "ranges",
                   .example = "{API services: 5000-5099, Databases: 27017-27099}",
                   .key = &text,
                   .value = &range};

const Shape named_port_mapping{
    .kind = Kind::mapping,
    .noun = "a port of a service",
    .example = "{port: 15672, proto: tcp}",
    .keys = {
        {"port", &port, "Its number.", true},
        {"proto", &protocol, "Transport protocol.", false, "the service's"},
    }};
const Shape named_port{.kind = Kind::any, .choices = {&port, &named_port_mapping}};
const Shape named_ports{.kind = Kind::names,
                        .noun = "ports by name",
                        .example = "{amqp: 5672, management: {port: 15672, proto: tcp}}",
                        .key = &label,
                        .value = &named_port};

const Shape endpoint{
    .kind = Kind::mapping,
    .noun = "an endpoint",
    .example = "{host: db2, port: 27018, priority: 10, weight: 100}",
    .keys = {
        {"host", &host_reference,
         "A host: db1 in whichever environments have it, or db1.prod. This or target."},
        {"target", &domain, "A foreign target: an absolute name outside the zone."},
        {"port", &port, "Its port.", false, "the service's"},
        {"priority", &priority, "Lower is asked first (RFC 2782).", false, "by failover"},
        {"weight", &weight, "Share among equals in priority (RFC 2782).", false, "by failover"},
        check_key,
    }};
const Shape endpoints{
    .kind = Kind::list, .noun = "endpoints", .example = "[{host: db1}]", .value = &endpoint};

const Shape labels{.kind = Kind::list, .noun = "names", .example = "[dev, qa]", .value = &label};
const Shape owners{
    .kind = Kind::list, .noun = "owners", .example = "[_ldap._tcp]", .value = &owner};

const Shape mongodb{.kind = Kind::mapping,
                    .noun = "MongoDB options",
                    .example = "{replicaSet: rs0}",
                    .keys = {
                        {"replicaSet", &text, "Name of the replica set."},
                        {"authSource", &text, "Database that holds the users."},
                        {"loadBalanced", &flag, "The endpoints are load balancers."},
                    }};

const Shape service_mapping{
    .kind = Kind::mapping,
    .noun = "a service",
    .example = "{port: 5001, in: API services, owner: accounts}",
    .keys = {
        {"port", &port, "Its port. Without port and ports, every endpoint brings its own."},
        {"ports", &named_ports, "Several ports by name, instead of port."},
        {"proto", &protocol, "Transport protocol.", false, "tcp"},
        {"in", &text, "The range (its name under ranges:) that the port must lie in."},
        {"type", &label, "A service label of its own: mongodb gives _mongodb._tcp.orders.prod."},
        {"endpoints", &endpoints, "Where it is served."},
        {"environments", &labels, "Where it is declared.", false, "everywhere"},
        {"publish", &owners, "Owners at the apex that show the same endpoints."},
        {"publish_environment", &label, "Whose endpoints publish shows.", false,
         "those of all environments"},
        {"mongodb", &mongodb, "Options in the TXT that MongoDB drivers read."},
        browse_key,
        when_empty_key,
        owner_key,
        description_key,
        until_key,
        check_key,
        health_terms_key,
    }};
const Shape service{.kind = Kind::any, .choices = {&port, &service_mapping}};
const Shape services{.kind = Kind::names,
                     .noun = "services",
                     .example = "{user-api: {port: 5001, in: API services}}",
                     .key = &label,
                     .value = &service};

const Shape dynamic{.kind = Kind::mapping,
                    .noun = "what may register itself",
                    .example = "{names: [my-service], ports: 32768-60999, environments: [dev]}",
                    .keys = {
                        {"names", &labels, "Services that may register.", true},
                        {"ports", &port_range, "Ports that they may bring.", true},
                        {"environments", &labels, "Where.", false, "everywhere"},
                    }};

const Shape registry{.kind = Kind::mapping,
                     .noun = "a registry",
                     .example = "{ranges: {API services: 5000-5099}}",
                     .keys = {
                         {"ranges", &ranges, "Port ranges by category."},
                         {"services", &services, "Services whose ports are assigned."},
                         {"dynamic", &dynamic, "What may register itself at run time."},
                     }};

// --- environments --------------------------------------------------------------------------------

const Shape network_list{
    .kind = Kind::list, .noun = "networks", .example = "[10.1.0.0/16]", .value = &network};
const Shape networks{.kind = Kind::any, .choices = {&network, &network_list}};

const Shape host_mapping{.kind = Kind::mapping,
                         .noun = "a host",
                         .example = "{addresses: [10.1.0.12], owner: platform}",
                         .keys = {
                             {"addresses", &addresses, "Its addresses.", true},
                             owner_key,
                             description_key,
                             until_key,
                         }};
const Shape host{.kind = Kind::any, .choices = {&address, &address_list, &host_mapping}};
const Shape hosts{.kind = Kind::names,
                  .noun = "hosts",
                  .example = "{jb1: 10.1.0.11, jb2: [10.1.0.12, \"2001:db8:1::12\"]}",
                  .key = &label,
                  .value = &host};

const Shape placed_mapping{
    .kind = Kind::mapping,
    .noun = "a placed instance",
    .example = "{host: jb2, priority: 10, weight: 100}",
    .keys = {
        {"host", &label, "A host of this environment.", true},
        {"priority", &priority, "Lower is asked first (RFC 2782).", false, "by failover"},
        {"weight", &weight, "Share among equals in priority.", false, "by failover"},
    }};
const Shape placed{.kind = Kind::any, .choices = {&label, &placed_mapping}};
const Shape placed_list{.kind = Kind::list,
                        .noun = "hosts of instances 1, 2, …",
                        .example = "[jb1, jb2]",
                        .value = &placed};
const Shape placed_names{.kind = Kind::names,
                         .noun = "hosts by instance",
                         .example = "{1: jb1, 2: jb2}",
                         .key = &instance_key,
                         .value = &placed};
const Shape placement{.kind = Kind::any, .choices = {&label, &placed_list, &placed_names}};
const Shape place{.kind = Kind::names,
                  .noun = "placements",
                  .example = "{default: {1: jb1, 2: jb2}, oxygen: [jb2, jb2, jb1, jb1]}",
                  .key = &label,
                  .value = &placement};

const Shape override_mapping{
    .kind = Kind::mapping,
    .noun = "an override",
    .example = "{failover: balanced, leader: 2}",
    .keys = {
        {"failover", &failover, "Order of its endpoints.", false, "the environment's"},
        {"leader", &instance, "The instance that leads.", false, "the lowest placed one"},
        {"ttl", &duration, "TTL of its SRV sets.", false, "ttls: service"},
        health_terms_key,
    }};
const Shape overrides{.kind = Kind::names,
                      .noun = "overrides",
                      .example = "{hydrogen: {failover: balanced, leader: 2}}",
                      .key = &label,
                      .value = &override_mapping};

const Shape environment{
    .kind = Kind::mapping,
    .noun = "an environment",
    .example = "{hosts: {jb1: 10.1.0.11}, place: {default: {1: jb1}}}",
    .keys = {
        {"aliases", &labels, "Other names that people and registrations use for it."},
        {"networks", &networks, "Networks that its hosts must lie in."},
        {"multicast", &address, "Its multicast group, mcast.ENVIRONMENT."},
        {"hosts", &hosts, "Its hosts and their addresses."},
        {"place", &place,
         "Which host holds which instance, for each application or service; default for the "
         "applications that are not named."},
        {"failover", &failover,
         "ordered: the lowest instance first, the others behind it; balanced: all alike; leader: "
         "one first, the others alike behind it.",
         false, "ordered"},
        {"override", &overrides, "What differs for one application or service."},
        owner_key,
        description_key,
        until_key,
    }};
const Shape environments{.kind = Kind::names,
                         .noun = "environments",
                         .example = "{prod: {hosts: {jb1: 10.1.0.11}}}",
                         .key = &label,
                         .value = &environment};

// --- transfers -----------------------------------------------------------------------------------

const Shape key_mapping{
    .kind = Kind::mapping,
    .noun = "keys",
    .example = "{file: transfer.key}",
    .keys = {
        {"file", &path,
         "A file of TSIG keys as `portolan key tsig` and BIND write them, relative to this file. "
         "Any of its keys will do; NOTIFY is signed with the first.",
         true},
    }};
const Shape transport{.kind = Kind::word,
                      .noun = "a transport of transfers",
                      .example = "tls",
                      .words = {"tls", "any"}};
const Shape domain_list{
    .kind = Kind::list, .noun = "domain names", .example = "[ns2.corp.example]", .value = &domain};
const Shape certificates{.kind = Kind::any, .choices = {&domain, &domain_list}};
const Shape secondary{
    .kind = Kind::secondary, .noun = "a secondary server", .example = "192.0.2.54"};
const Shape secondary_mapping{
    .kind = Kind::mapping,
    .noun = "a secondary server",
    .example = "{address: 192.0.2.54, key: {file: ns2.key}}",
    .keys = {
        {"address", &secondary, "Its address, with a port if that is not 53.", true},
        {"key", &key_mapping, "Its own key.", false, "the zone's"},
        {"over", &transport, "Whether it must come over TLS.", false, "the zone's"},
        {"certificate", &certificates, "The name that its certificate must have.", false,
         "the zone's"},
    }};
const Shape secondary_form{.kind = Kind::any, .choices = {&secondary, &secondary_mapping}};
const Shape secondaries{.kind = Kind::list,
                        .noun = "secondary servers",
                        .example = "[192.0.2.54]",
                        .value = &secondary_form};
const Shape prefix{
    .kind = Kind::prefix, .noun = "an address or a network", .example = "10.1.0.0/16"};
const Shape clients_mapping{
    .kind = Kind::mapping,
    .noun = "clients that may transfer",
    .example = "{network: 10.1.0.0/16, key: {file: audit.key}}",
    .keys = {
        {"network", &prefix, "Their address or network.", true},
        {"key", &key_mapping, "The key that they must have.", false, "the zone's"},
        {"over", &transport, "Whether they must come over TLS.", false, "the zone's"},
        {"certificate", &certificates, "The names, of which their certificates must have one.",
         false, "the zone's"},
    }};
const Shape clients_form{.kind = Kind::any, .choices = {&prefix, &clients_mapping}};
const Shape clients{.kind = Kind::list,
                    .noun = "clients that may transfer",
                    .example = "[10.1.0.0/16]",
                    .value = &clients_form};
const Shape transfer{
    .kind = Kind::mapping,
    .noun = "transfer settings",
    .example = "{to: [192.0.2.54], key: {file: transfer.key}}",
    .keys = {
        {"to", &secondaries,
         "Secondary servers: told of every change, and allowed to transfer the zone."},
        {"allow", &clients, "Who else may transfer the zone."},
        {"key", &key_mapping, "Keys, one of which a client must have (TSIG, RFC 8945).", false,
         "none: the address alone decides"},
        {"over", &transport,
         "tls: transfers over TLS alone (RFC 9103). A certificate wants TLS by itself.", false,
         "any"},
        {"certificate", &certificates,
         "DNS names, of which a client's certificate must have one (--tls-client-ca).", false,
         "none: clients may do without"},
    }};

// --- updates -------------------------------------------------------------------------------------

const Shape update_clients{
    .kind = Kind::mapping,
    .noun = "clients that may update",
    .example = "{key: {file: update.key}, services: [my-service], environments: [dev]}",
    .keys = {
        {"key", &key_mapping, "Keys, one of which a client must have (TSIG, RFC 8945).", true},
        {"services", &labels, "Whose endpoints they may announce.", false, "all"},
        {"environments", &labels, "Where.", false, "everywhere"},
    }};
const Shape updates{.kind = Kind::list,
                    .noun = "clients that may update",
                    .example = "[{key: {file: update.key}}]",
                    .value = &update_clients};

// --- signing -------------------------------------------------------------------------------------

const Shape algorithm{.kind = Kind::word,
                      .noun = "an algorithm",
                      .example = "ed25519",
                      .words = {"ecdsap256sha256", "ed25519"}};
const Shape keys_word{.kind = Kind::word,
                      .noun = "how many keys",
                      .example = "ksk-and-zsk",
                      .words = {"one", "ksk-and-zsk"}};
const Shape denial{
    .kind = Kind::word, .noun = "a way to deny", .example = "nsec3", .words = {"nsec", "nsec3"}};
const Shape parent{
    .kind = Kind::mapping,
    .noun = "what the parent zone does",
    .example = "{delay: 1h, ds_ttl: 1d}",
    .keys = {
        {"delay", &duration,
         "Until all of the parent's servers have what one of them has: a DS that came or went.",
         false, "1h"},
        {"ds_ttl", &duration, "TTL of the DS set in the parent.", false, "1d"},
    }};
const Shape dnssec_mapping{
    .kind = Kind::mapping,
    .noun = "how to sign",
    .example = "{algorithm: ed25519, keys: ksk-and-zsk}",
    .keys = {
        {"algorithm", &algorithm,
         "Of keys that are made from now on; those there are roll with `portolan key roll`.", false,
         "ecdsap256sha256"},
        {"keys", &keys_word, "One key for all, or a KSK for the keys and a ZSK for the rest.",
         false, "one"},
        {"denial", &denial,
         "How what is not there is denied: nsec, or nsec3 (no salt, 0 iterations, RFC 9276).",
         false, "nsec"},
        {"validity", &duration, "How long a new signature holds; up to a tenth less, by chance.",
         false, "14d"},
        {"refresh", &duration, "A signature that ends sooner than this is made anew.", false,
         "5d, or half of the validity if that is less"},
        {"propagation", &duration, "Until all of the zone's servers have what this one has.", false,
         "5m"},
        {"parent", &parent, "What the parent zone does, which key roll-overs wait for."},
    }};
const Shape dnssec{.kind = Kind::any, .choices = {&flag, &dnssec_mapping}};

// --- the rest ------------------------------------------------------------------------------------

const Shape health{
    .kind = Kind::mapping,
    .noun = "health settings",
    .example = "{verdict: instance, via: http, interval: 10s, timeout: 2s, fall: 3, rise: 2}",
    .keys = {
        {"verdict", &verdict,
         "One verdict for an instance's ports together, or each endpoint its own. A type with a "
         "check of its own has its own verdict in any case.",
         false, "endpoint"},
        {"via", &label, "The port type whose check decides for the whole instance."},
        {"interval", &wait, "Time between two checks.", false, "10s"},
        {"timeout", &wait, "When to give up.", false, "2s, or the interval if that is less"},
        {"fall", &count, "Failures in a row that make it critical.", false, "3"},
        {"rise", &count, "Successes in a row that make it passing.", false, "2"},
        with_default(unknown_key, "passing"),
        with_default(critical_key, "leave"),
        with_default(warning_key, "50"),
        with_default(all_down_key, "all"),
        {"preserve", &percent,
         "When more than so many percent of an environment's checked endpoints, and three at "
         "least, fail at once, they stay what they were.",
         false, "50"},
    }};

const Shape paths{.kind = Kind::list, .noun = "paths", .example = "[hosts.yaml]", .value = &path};
const Shape include{.kind = Kind::any, .choices = {&path, &paths}};

constexpr Key zone_key{"zone", &domain, "The zone's name: the apex.", true};

std::vector<Key> keys_of_a_part() {
    return {
        {"nameservers", &nameservers,
         "The zone's name servers: a label in the zone with its addresses, or a foreign absolute "
         "name (with its final dot) with none. Needed unless the plan is zone and records alone."},
        {"contact", &contact, "Mailbox of who answers for the zone (SOA RNAME).", false,
         "hostmaster at the zone"},
        {"ttls", &ttls, "TTLs by kind of record."},
        {"soa", &soa, "Timers for secondaries."},
        {"weight_scale", &weight_scale,
         "haproxy: publish weight w as 256 w - 1, since HAProxy takes weight / 256 + 1.", false,
         "plain"},
        {"when_empty", &when_empty,
         "What a known service without a live endpoint answers: nodata; dot (SRV 0 0 0 ., "
         "RFC 2782); or nxdomain.",
         false, "nodata"},
        {"browse", &flag, "Whether the fleet is listed for browsing (DNS-SD, RFC 6763).", false,
         "no"},
        {"convention", &convention, "Ports that are composed of instance, application and type."},
        {"registry", &registry, "Ports that are assigned."},
        {"environments", &environments, "Environments: hosts, and who runs on them."},
        {"health", &health, "Health checks in general."},
        {"transfer", &transfer, "Secondary servers, and who else may transfer the zone.", false,
         "nobody may"},
        {"updates", &updates, "Who may announce endpoints by DNS UPDATE (RFC 2136).", false,
         "nobody may"},
        {"dnssec", &dnssec,
         "Sign the zone: yes, or how. Keys are made and kept in the state folder.", false, "no"},
        {"records", &path,
         "An RFC 1035 master file for whatever is not derived, relative to this "
         "file."},
        {"include", &include, "Other files whose keys belong to this plan, relative to this file."},
    };
}

Shape whole_plan() {
    Shape shape{.kind = Kind::mapping, .noun = "a plan", .example = "zone: svc.corp.example"};
    shape.keys = keys_of_a_part();
    shape.keys.insert(shape.keys.begin(), zone_key);
    return shape;
}

}  // namespace

bool is_scalar(Kind kind) noexcept { return kind < Kind::list; }

const Shape& plan_shape() {
    static const Shape shape = whole_plan();
    return shape;
}

}  // namespace portolan::source::plan
