#include "portolan/registry/registration_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>

#include "portolan/dns/presentation.hpp"
#include "registry/json_fields.hpp"

namespace portolan::registry {
namespace {

namespace json = boost::json;
using json_fields::Fields;
using json_fields::guarded;
using json_fields::Wrong;
using std::chrono::milliseconds;

constexpr std::size_t most_depth = 16;

// --- checks -------------------------------------------------------------------------------------

json::object how_to_json(const TcpCheck&) { return {}; }
json::object how_to_json(const GrpcCheck& check) { return {{"service", check.service}}; }
json::object how_to_json(const DnsCheck& check) { return {{"name", check.name}}; }
json::object how_to_json(const ExecCheck&) { return {}; }
json::object how_to_json(const HeartbeatCheck& check) {
    return {{"ttl", duration_text(check.ttl)}};
}
json::object how_to_json(const HttpCheck& check) {
    const HttpCheck usual;
    json::object out{{"path", check.path}};
    if (check.method != usual.method) out["method"] = check.method;
    if (check.is_tls) out["tls"] = true;
    if (!check.verifies) out["verifies"] = false;
    if (!check.host.empty()) out["host"] = check.host;
    if (!check.body.empty()) out["body"] = check.body;
    if (check.first_status != usual.first_status) out["first_status"] = check.first_status;
    if (check.last_status != usual.last_status) out["last_status"] = check.last_status;
    for (const auto& [name, value] : check.headers) {
        if (!out.contains("headers")) out["headers"] = json::array();
        out["headers"].get_array().push_back(json::array{name, value});
    }
    return out;
}

constexpr std::array<const char*, 6> how_words{"tcp", "http", "grpc", "dns", "exec", "heartbeat"};

json::object to_json(const RegisteredCheck& check) {
    const RegisteredCheck usual;
    json::object out{{"id", check.id}, {"name", check.name}};
    if (!check.notes.empty()) out["notes"] = check.notes;
    out[how_words[check.check.how.index()]] =
        std::visit([](const auto& how) { return how_to_json(how); }, check.check.how);
    if (check.check.port) out["port"] = *check.check.port;
    out["interval"] = duration_text(check.check.interval);
    out["timeout"] = duration_text(check.check.timeout);
    out["fall"] = check.check.fall;
    out["rise"] = check.check.rise;
    if (check.initially != usual.initially) out["initially"] = to_string(check.initially);
    if (check.gone_after.count() != 0) out["gone_after"] = duration_text(check.gone_after);
    return out;
}

HttpCheck http_from(Fields fields) {
    HttpCheck check;
    check.path = fields.text("path", check.path);
    check.method = fields.text("method", check.method);
    check.is_tls = fields.flag("tls", false);
    check.verifies = fields.flag("verifies", true);
    check.host = fields.text("host");
    const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (check.method.empty() || !std::ranges::all_of(check.method, is_upper))
        throw Wrong{fields.shown("method") + " must be a word like GET"};
    if (!check.path.starts_with('/') || check.path.find(' ') != std::string::npos)
        throw Wrong{fields.shown("path") + " must begin with / and hold no blank"};
    check.body = fields.text("body");
    check.first_status = fields.number<std::uint16_t>("first_status").value_or(check.first_status);
    check.last_status = fields.number<std::uint16_t>("last_status").value_or(check.last_status);
    if (const auto* headers = fields.list("headers")) {
        for (const auto& each : *headers) {
            const auto* pair = each.if_array();
            if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_string() ||
                !(*pair)[1].is_string())
                throw Wrong{fields.shown("headers") + " must hold pairs of texts"};
            if ((*pair)[0].get_string().find_first_of(" :") != json::string::npos)
                throw Wrong{fields.shown("headers") + " holds what is no name of a header"};
            check.headers.emplace_back(fields.plain((*pair)[0].get_string(), "headers"),
                                       fields.plain((*pair)[1].get_string(), "headers"));
        }
    }
    fields.end();
    return check;
}

template <class How, class Read>
bool take_how(Fields& fields, const char* key, Check& check, const Read& read) {
    const auto* value = fields.take(key);
    if (value == nullptr) return false;
    Fields inner(*value, fields.shown(key));
    How how = read(inner);
    inner.end();
    check.how = std::move(how);
    return true;
}

void read_how(Fields& fields, Check& check) {
    int ways = 0;
    ways += take_how<TcpCheck>(fields, "tcp", check, [](Fields&) { return TcpCheck{}; });
    ways += take_how<GrpcCheck>(fields, "grpc", check,
                                [](Fields& in) { return GrpcCheck{in.text("service")}; });
    ways += take_how<DnsCheck>(fields, "dns", check,
                               [](Fields& in) { return DnsCheck{in.text("name")}; });
    ways += take_how<HeartbeatCheck>(fields, "heartbeat", check, [](Fields& in) {
        const auto ttl = in.duration("ttl", milliseconds(0));
        if (ttl.count() == 0) throw Wrong{in.shown("ttl") + " is needed"};
        return HeartbeatCheck{ttl};
    });
    if (const auto* http = fields.take("http")) {
        check.how = http_from(Fields(*http, fields.shown("http")));
        ++ways;
    }
    if (ways == 1) return;
    throw Wrong{fields.shown("") + " must have one of tcp, http, grpc, dns and heartbeat"};
}

Verdict verdict_from(Fields& fields, std::string_view key, Verdict otherwise) {
    const std::string text = fields.text(key);
    if (text.empty()) return otherwise;
    const auto verdict = parse_verdict(text);
    if (!verdict) throw Wrong{fields.shown(key) + " must be passing, warning or critical"};
    return *verdict;
}

RegisteredCheck check_from(const json::value& value, const std::string& path) {
    Fields fields(value, path);
    RegisteredCheck check;
    check.id = fields.text("id");
    check.name = fields.text("name");
    check.notes = fields.text("notes");
    read_how(fields, check.check);
    check.check.port = fields.number<Port>("port");
    check.check.interval = fields.duration("interval", check.check.interval);
    check.check.timeout = fields.duration("timeout", check.check.timeout);
    check.check.fall = fields.number<std::uint16_t>("fall").value_or(1);
    check.check.rise = fields.number<std::uint16_t>("rise").value_or(1);
    check.initially = verdict_from(fields, "initially", check.initially);
    check.gone_after = fields.duration("gone_after", milliseconds(0));
    fields.end();
    if (check.check.interval < milliseconds(100) || check.check.timeout < milliseconds(1))
        throw Wrong{path + " has an interval below 100ms or a timeout of 0"};
    if (check.check.fall == 0 || check.check.rise == 0)
        throw Wrong{path + ": fall and rise count from 1"};
    return check;
}

// --- announcements ------------------------------------------------------------------------------

Address address_from(Fields& fields) {
    const std::string text = fields.text("address");
    const auto address = parse_address(text);
    if (!address) throw Wrong{fmt::format("address \"{}\" is no IP address", text)};
    return *address;
}

std::optional<Protocol> protocol_from(Fields& fields) {
    const std::string text = fields.text("protocol");
    if (text.empty()) return std::nullopt;
    const auto protocol = parse_protocol(text);
    if (!protocol) throw Wrong{"protocol must be tcp, udp, sctp or dccp"};
    return protocol;
}

void read_lists(Fields& fields, Announcement& said) {
    if (const auto* tags = fields.list("tags")) {
        for (const auto& each : *tags) {
            if (!each.is_string()) throw Wrong{"tags must be texts"};
            said.tags.push_back(fields.plain(each.get_string(), "tags"));
        }
    }
    if (const auto* meta = fields.take("meta")) {
        if (!meta->is_object()) throw Wrong{"meta must be an object"};
        for (const auto& each : meta->get_object()) {
            if (!each.value().is_string()) throw Wrong{"meta must hold texts"};
            said.meta.emplace(fields.plain(each.key(), "meta"),
                              fields.plain(each.value().get_string(), "meta"));
        }
    }
    if (const auto* checks = fields.list("checks")) {
        for (std::size_t i = 0; i < checks->size(); ++i)
            said.checks.push_back(check_from((*checks)[i], fmt::format("checks[{}]", i)));
    }
}

/// One check is service:ID, several are numbered from 1; as Consul has it.
void name_checks(Announcement& said) {
    std::set<std::string> ids;
    for (std::size_t i = 0; i < said.checks.size(); ++i) {
        auto& check = said.checks[i];
        if (check.id.empty()) {
            check.id = said.checks.size() == 1 ? fmt::format("service:{}", said.id)
                                               : fmt::format("service:{}:{}", said.id, i + 1);
        }
        if (check.name.empty()) check.name = fmt::format("Service '{}' check", said.service);
        if (!ids.insert(check.id).second) throw Wrong{"two checks have the id " + check.id};
    }
}

Announcement read_announcement(Fields& fields) {
    Announcement said;
    const auto service = read_service_label(fields.text("service"));
    if (!service) throw Wrong{service.error().reason};
    said.service = *service;
    said.id = fields.text("id", said.service);
    if (said.id.empty() || said.id.size() > 512) throw Wrong{"id must have 1 to 512 octets"};
    said.environment = fields.text("environment");
    said.protocol = protocol_from(fields);
    said.address = address_from(fields);
    said.port = fields.number<Port>("port").value_or(0);
    said.priority = fields.number<std::uint16_t>("priority");
    said.weight = fields.number<std::uint16_t>("weight");
    said.lease = fields.duration("lease", milliseconds(0));
    read_lists(fields, said);
    name_checks(said);
    return said;
}

}  // namespace

json::object to_json(const Announcement& said) {
    json::object out{{"service", said.service}, {"id", said.id}};
    if (!said.environment.empty()) out["environment"] = said.environment;
    if (said.protocol) out["protocol"] = to_string(*said.protocol);
    out["address"] = to_string(said.address);
    out["port"] = said.port;
    if (!said.tags.empty()) out["tags"] = json::array(said.tags.begin(), said.tags.end());
    for (const auto& [key, value] : said.meta) {
        if (!out.contains("meta")) out["meta"] = json::object();
        out["meta"].get_object()[key] = value;
    }
    if (said.priority) out["priority"] = *said.priority;
    if (said.weight) out["weight"] = *said.weight;
    if (said.lease.count() != 0) out["lease"] = duration_text(said.lease);
    for (const auto& check : said.checks) {
        if (!out.contains("checks")) out["checks"] = json::array();
        out["checks"].get_array().push_back(to_json(check));
    }
    return out;
}

json::object to_json(const Registration& registration) {
    json::object out = to_json(registration.said);
    out["zone"] = dns::to_text(registration.zone);
    out["environment"] = registration.environment;
    out["protocol"] = to_string(registration.protocol);
    if (!registration.token.empty()) out["token"] = registration.token;
    return out;
}

OrRefusal<Announcement> announcement_from(const json::value& value) {
    return guarded([&] {
        Fields fields(value, "");
        Announcement said = read_announcement(fields);
        fields.end();
        return said;
    });
}

OrRefusal<Registration> registration_from(const json::value& value) {
    return guarded([&] {
        Fields fields(value, "");
        Registration registration;
        registration.said = read_announcement(fields);
        const auto zone = dns::parse_name(fields.text("zone"));
        if (!zone) throw Wrong{"zone is no name"};
        registration.zone = *zone;
        registration.environment = registration.said.environment;
        registration.protocol = registration.said.protocol.value_or(Protocol::tcp);
        registration.token = fields.text("token");
        fields.end();
        return registration;
    });
}

json::object state_to_json(const Registered& registered) {
    json::object checks;
    for (std::size_t i = 0; i < registered.checks.size(); ++i) {
        checks[registered.said().checks[i].id] =
            json::object{{"verdict", to_string(registered.checks[i].verdict)},
                         {"since", registered.checks[i].since.count()}};
    }
    json::object out{{"checks", std::move(checks)}};
    if (registered.aside) {
        out["aside"] = json::object{{"verdict", to_string(registered.aside->verdict)},
                                    {"reason", registered.aside->reason},
                                    {"until", registered.aside->until.count()}};
    }
    return out;
}

OrRefusal<Registered> registered_from(Registration registration, const json::value& state) {
    return guarded([&] {
        Registered out;
        out.registration = std::move(registration);
        for (const auto& check : out.said().checks)
            out.checks.push_back({check.initially, Moment(0), Moment(0), ""});
        Fields fields(state, "state");
        if (const auto* checks = fields.take("checks")) {
            Fields by_id(*checks, "state.checks");
            for (std::size_t i = 0; i < out.checks.size(); ++i) {
                const auto* kept = by_id.take(out.said().checks[i].id);
                if (kept == nullptr) continue;
                Fields of_check(*kept, "state.checks." + out.said().checks[i].id);
                out.checks[i].verdict = verdict_from(of_check, "verdict", Verdict::critical);
                out.checks[i].since = Moment(of_check.number<std::int64_t>("since").value_or(0));
            }
        }
        if (const auto* aside = fields.take("aside")) {
            Fields word(*aside, "state.aside");
            out.aside =
                Aside{verdict_from(word, "verdict", Verdict::maintenance), word.text("reason"),
                      Moment(word.number<std::int64_t>("until").value_or(0))};
        }
        return out;
    });
}

std::string kept_text(const Registered& registered) {
    json::object out{{"registration", to_json(registered.registration)},
                     {"state", state_to_json(registered)}};
    if (!registered.keeper.empty()) out["keeper"] = registered.keeper;
    return json::serialize(out);
}

OrRefusal<Registered> kept_from(std::string_view text) {
    const auto said = parse_json(text);
    if (!said) return said.error();
    return guarded([&] {
        Fields fields(*said, "");
        const auto* registration = fields.take("registration");
        const auto* state = fields.take("state");
        if (registration == nullptr || state == nullptr)
            throw Wrong{"registration or state is missing"};
        auto read = registration_from(*registration);
        if (!read) throw Wrong{read.error().reason};
        auto registered = registered_from(*std::move(read), *state);
        if (!registered) throw Wrong{registered.error().reason};
        registered->keeper = fields.text("keeper");
        fields.end();
        return *std::move(registered);
    });
}

OrRefusal<json::value> parse_json(std::string_view text) {
    json::parse_options options;
    options.max_depth = most_depth;
    json::stream_parser parser({}, options);
    boost::system::error_code error;
    const auto read = parser.write_some(text.data(), text.size(), error);
    if (!error && read < text.size()) error = json::error::extra_data;
    if (!error) parser.finish(error);
    if (error) {
        return Refusal{Refusal::Kind::malformed, fmt::format("this is no JSON from octet {} on: {}",
                                                             read + 1, error.message())};
    }
    return parser.release();
}

}  // namespace portolan::registry
