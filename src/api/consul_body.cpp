#include "api/consul_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/value.hpp>
#include <charconv>
#include <set>

#include "portolan/registry/registration_json.hpp"

namespace portolan::api {
namespace {

namespace json = boost::json;
using registry::Address;
using registry::Announcement;
using registry::OrRefusal;
using registry::Refusal;
using registry::RegisteredCheck;
using registry::Verdict;
using std::chrono::milliseconds;

// What Consul has, and some bounds against nonsense.
constexpr milliseconds least_interval{1000};
constexpr milliseconds least_gone_after{60'000};
constexpr milliseconds usual_timeout{10'000};
constexpr std::size_t most_checks = 32;
constexpr std::size_t most_tags = 64;
constexpr std::size_t most_meta = 64;
constexpr std::size_t most_text = 512;  // octets of one tag, key, value, id

/// Thrown and caught in this file.
struct Wrong {
    std::string reason;
};

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// "DeregisterCriticalServiceAfter" and "deregister_critical_service_after" as one.
std::string folded(std::string_view key) {
    std::string text;
    for (const char c : key) {
        if (c == '_') continue;
        text += lower(c);
    }
    return text;
}

/// The readable part of an object, by folded keys. Null is as good as absent.
class Fields {
public:
    Fields(const json::value& value, std::string what) : what_(std::move(what)) {
        if (!value.is_object()) throw Wrong{what_ + " must be an object"};
        object_ = &value.get_object();
    }

    [[nodiscard]] const json::value* find(std::string_view key) const {
        for (const auto& each : *object_) {
            if (folded(each.key()) == key) return each.value().is_null() ? nullptr : &each.value();
        }
        return nullptr;
    }

    [[nodiscard]] std::string text(std::string_view key) const {
        const auto* value = find(key);
        if (value == nullptr) return "";
        if (!value->is_string()) throw Wrong{named(key) + " must be a text"};
        return bounded(value->get_string(), key);
    }

    [[nodiscard]] bool flag(std::string_view key) const {
        const auto* value = find(key);
        if (value == nullptr) return false;
        if (!value->is_bool()) throw Wrong{named(key) + " must be true or false"};
        return value->get_bool();
    }

    [[nodiscard]] std::optional<std::uint16_t> number(std::string_view key) const {
        const auto* value = find(key);
        if (value == nullptr) return std::nullopt;
        boost::system::error_code error;
        const auto number = value->to_number<std::uint16_t>(error);
        if (error) throw Wrong{fmt::format("{} must be a number from 0 to 65535", named(key))};
        return number;
    }

    /// 0 when absent.
    [[nodiscard]] milliseconds duration(std::string_view key) const {
        const auto* value = find(key);
        if (value == nullptr) return milliseconds(0);
        const auto read = value->is_string() && !value->get_string().empty()
                              ? registry::parse_duration(value->get_string())
                              : std::nullopt;
        if (read) return *read;
        if (value->is_string() && value->get_string().empty()) return milliseconds(0);
        throw Wrong{fmt::format("{} must be a duration like \"10s\"", named(key))};
    }

    [[nodiscard]] std::vector<const json::value*> list(std::string_view key,
                                                       std::size_t most) const {
        const auto* value = find(key);
        std::vector<const json::value*> all;
        if (value == nullptr) return all;
        if (!value->is_array()) throw Wrong{named(key) + " must be a list"};
        for (const auto& each : value->get_array()) all.push_back(&each);
        if (all.size() > most)
            throw Wrong{fmt::format("{} has {} entries; at most {}", named(key), all.size(), most)};
        return all;
    }

    [[nodiscard]] std::string named(std::string_view key) const {
        for (const auto& each : *object_) {
            if (folded(each.key()) == key)
                return fmt::format("{} of {}", std::string_view(each.key()), what_);
        }
        return fmt::format("{} of {}", key, what_);
    }

    /// Control characters would break lines of logs, headers and replies.
    [[nodiscard]] std::string bounded(std::string_view text, std::string_view key) const {
        if (text.size() > most_text)
            throw Wrong{fmt::format("{} is longer than {} octets", named(key), most_text)};
        if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
            throw Wrong{named(key) + " holds a control character"};
        return std::string(text);
    }

private:
    const json::object* object_ = nullptr;
    std::string what_;
};

// --- checks -------------------------------------------------------------------------------------

struct Target {
    std::string host;
    std::string port;  // "" when there is none
};

/// "host:port", "[v6]:port", "host".
Target split_target(std::string_view text) {
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) throw Wrong{fmt::format("{} has no ]", text)};
        Target target{std::string(text.substr(1, close - 1)), ""};
        if (close + 1 < text.size() && text[close + 1] == ':') target.port = text.substr(close + 2);
        return target;
    }
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return {std::string(text), ""};
    return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

registry::Port read_port(std::string_view text, std::string_view whole) {
    unsigned value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || stop != text.data() + text.size() || value == 0 || value > 65535)
        throw Wrong{fmt::format("{} needs a port from 1 to 65535", whole)};
    return static_cast<registry::Port>(value);
}

bool is_loopback(const Address& address) noexcept {
    if (!address.is_v6()) return address.octets[0] == 127;
    return std::ranges::all_of(address.octets.begin(), address.octets.end() - 1,
                               [](auto o) { return o == 0; }) &&
           address.octets[15] == 1;
}

/// A check is of the registration's own address: whoever may register must not make the server
/// knock at doors elsewhere.
bool is_own(const std::string& host, const Address& own) {
    if (host.empty() || host == "localhost") return true;
    const auto address = registry::parse_address(host);
    return address && (*address == own || is_loopback(*address));
}

void refuse_elsewhere(const std::string& host, const Address& own) {
    if (is_own(host, own)) return;
    throw Wrong{
        fmt::format("a check of {} is not possible: a registration's checks go to its own "
                    "address, {}",
                    host, registry::to_string(own))};
}

void read_tcp(std::string_view text, const Address& own, registry::Check& check) {
    const Target target = split_target(text);
    refuse_elsewhere(target.host, own);
    check.how = registry::TcpCheck{};
    check.port = read_port(target.port, text);
}

void read_grpc(const Fields& fields, std::string_view text, const Address& own,
               registry::Check& check) {
    if (fields.flag("grpcusetls")) throw Wrong{"gRPC checks over TLS are not possible"};
    const auto slash = text.find('/');
    const Target target = split_target(text.substr(0, slash));
    refuse_elsewhere(target.host, own);
    check.how = registry::GrpcCheck{
        slash == std::string_view::npos ? "" : std::string(text.substr(slash + 1))};
    check.port = read_port(target.port, text);
}

void read_headers(const Fields& fields, registry::HttpCheck& http) {
    const auto* headers = fields.find("header");
    if (headers == nullptr) return;
    if (!headers->is_object()) throw Wrong{fields.named("header") + " must be an object"};
    for (const auto& each : headers->get_object()) {
        if (!each.value().is_array()) throw Wrong{fields.named("header") + " must hold lists"};
        for (const auto& value : each.value().get_array()) {
            if (!value.is_string()) throw Wrong{fields.named("header") + " must hold texts"};
            const std::string name = fields.bounded(each.key(), "header");
            if (name.find_first_of(" :") != std::string::npos)
                throw Wrong{fmt::format("{} is no name of a header", name)};
            std::string text = fields.bounded(value.get_string(), "header");
            if (folded(name) == "host") {
                http.host = std::move(text);
            } else {
                http.headers.emplace_back(name, std::move(text));
            }
        }
    }
}

void read_http(const Fields& fields, std::string_view url, const Address& own,
               registry::Check& check) {
    if (url.find_first_of(" \x7f") != std::string_view::npos)
        throw Wrong{fmt::format("{} is no URL: it holds a blank", url)};
    registry::HttpCheck http;
    std::string_view rest = url;
    if (rest.starts_with("https://")) {
        http.is_tls = true;
        rest.remove_prefix(8);
    } else if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
    } else {
        throw Wrong{fmt::format("{} is no http:// or https:// URL", url)};
    }
    const auto slash = rest.find_first_of("/?");
    const std::string_view authority = rest.substr(0, slash);
    if (slash != std::string_view::npos) {
        http.path = rest.substr(slash);
        if (http.path.front() == '?') http.path.insert(0, "/");
        http.path = http.path.substr(0, http.path.find('#'));
    }
    const Target target = split_target(authority);
    // A name is what the server there calls itself; an address must be the registration's own.
    if (registry::parse_address(target.host)) {
        refuse_elsewhere(target.host, own);
    } else if (target.host != "localhost") {
        http.host = target.host;
    }
    check.port = target.port.empty() ? (http.is_tls ? 443 : 80) : read_port(target.port, url);
    if (std::string method = fields.text("method"); !method.empty()) {
        if (!std::ranges::all_of(method, [](char c) { return c >= 'A' && c <= 'Z'; }))
            throw Wrong{fmt::format("{} is no method like GET", method)};
        http.method = std::move(method);
    }
    if (std::string name = fields.text("tlsservername"); !name.empty()) http.host = std::move(name);
    if (!fields.text("body").empty()) throw Wrong{"an HTTP check with a Body is not possible"};
    http.verifies = !fields.flag("tlsskipverify");
    read_headers(fields, http);
    check.how = std::move(http);
}

/// Kinds that Consul has and that are not done here.
void refuse_other_kinds(const Fields& fields) {
    for (const auto* key : {"args", "script", "scriptargs", "dockercontainerid", "shell"}) {
        if (fields.find(key) != nullptr)
            throw Wrong{"a check that runs a program is not taken over HTTP: write it in the plan"};
    }
    for (const auto* key : {"udp", "h2ping", "aliasservice", "aliasnode", "osservice"}) {
        if (!fields.text(key).empty())
            throw Wrong{
                fmt::format("{} is a kind of check that is not done here: use TCP, HTTP, "
                            "GRPC or TTL",
                            fields.named(key))};
    }
}

Verdict read_status(const std::string& text) {
    const auto verdict = registry::parse_verdict(text);
    if (verdict == Verdict::passing || verdict == Verdict::warning || verdict == Verdict::critical)
        return *verdict;
    throw Wrong{
        fmt::format("Invalid check status: '{}'; it is passing, warning or critical", text)};
}

void read_pace(const Fields& fields, registry::Check& check) {
    const auto interval = fields.duration("interval");
    if (interval.count() == 0) throw Wrong{"Interval must be > 0 for HTTP, TCP and GRPC checks"};
    check.interval = std::max(interval, least_interval);
    const auto timeout = fields.duration("timeout");
    check.timeout = timeout.count() == 0 ? usual_timeout : timeout;
    check.rise = std::max<unsigned>(1, fields.number("successbeforepassing").value_or(1));
    check.fall = std::max<unsigned>(1, fields.number("failuresbeforecritical").value_or(1));
}

RegisteredCheck read_check(const json::value& value, const Announcement& service) {
    const Fields fields(value, "the check");
    RegisteredCheck out;
    out.id = fields.text("checkid");
    if (out.id.empty()) out.id = fields.text("id");
    out.name = fields.text("name");
    if (out.name.empty()) out.name = fmt::format("Service '{}' check", service.service);
    out.notes = fields.text("notes");
    refuse_other_kinds(fields);
    const std::array kinds{fields.text("tcp"), fields.text("http"), fields.text("grpc")};
    const auto ttl = fields.duration("ttl");
    const auto given = std::ranges::count_if(kinds, [](const auto& k) { return !k.empty(); }) +
                       (ttl.count() != 0 ? 1 : 0);
    if (given != 1) throw Wrong{"a check must have one of TTL, TCP, HTTP and GRPC"};
    if (ttl.count() != 0) {
        out.check.how = registry::HeartbeatCheck{ttl};
    } else {
        if (!kinds[0].empty()) read_tcp(kinds[0], service.address, out.check);
        if (!kinds[1].empty()) read_http(fields, kinds[1], service.address, out.check);
        if (!kinds[2].empty()) read_grpc(fields, kinds[2], service.address, out.check);
        read_pace(fields, out.check);
    }
    if (const std::string status = fields.text("status"); !status.empty())
        out.initially = read_status(status);
    const auto gone_after = fields.duration("deregistercriticalserviceafter");
    if (gone_after.count() != 0) out.gone_after = std::max(gone_after, least_gone_after);
    return out;
}

void read_checks(const Fields& fields, Announcement& said) {
    std::vector<const json::value*> all;
    if (const auto* one = fields.find("check")) all.push_back(one);
    for (const auto* each : fields.list("checks", most_checks)) all.push_back(each);
    std::set<std::string> ids;
    for (std::size_t i = 0; i < all.size(); ++i) {
        RegisteredCheck check = read_check(*all[i], said);
        if (check.id.empty()) {
            check.id = all.size() == 1 ? fmt::format("service:{}", said.id)
                                       : fmt::format("service:{}:{}", said.id, i + 1);
        }
        if (!ids.insert(check.id).second)
            throw Wrong{fmt::format("two checks have the id {}", check.id)};
        said.checks.push_back(std::move(check));
    }
}

// --- services -----------------------------------------------------------------------------------

std::optional<std::uint16_t> number_of_meta(const Announcement& said, const char* key) {
    const auto found = said.meta.find(key);
    if (found == said.meta.end()) return std::nullopt;
    const auto& text = found->second;
    std::uint16_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || stop != text.data() + text.size())
        throw Wrong{fmt::format("Meta {} must be a number from 0 to 65535, not \"{}\"", key, text)};
    return value;
}

void read_meta(const Fields& fields, Announcement& said) {
    const auto* meta = fields.find("meta");
    if (meta == nullptr) return;
    if (!meta->is_object()) throw Wrong{fields.named("meta") + " must be an object"};
    if (meta->get_object().size() > most_meta)
        throw Wrong{
            fmt::format("Meta has {} keys; at most {}", meta->get_object().size(), most_meta)};
    for (const auto& each : meta->get_object()) {
        if (!each.value().is_string())
            throw Wrong{fmt::format("Meta {} must be a text", std::string_view(each.key()))};
        said.meta.emplace(fields.bounded(each.key(), "meta"),
                          fields.bounded(each.value().get_string(), "meta"));
    }
}

/// What SRV needs and Consul has no field for.
void read_from_meta(Announcement& said) {
    said.priority = number_of_meta(said, "srv_priority");
    if (const auto weight = number_of_meta(said, "srv_weight")) said.weight = weight;
    if (const auto found = said.meta.find("environment"); found != said.meta.end())
        std::ranges::transform(found->second, std::back_inserter(said.environment), lower);
    if (const auto found = said.meta.find("protocol"); found != said.meta.end()) {
        said.protocol = registry::parse_protocol(found->second);
        if (!said.protocol) throw Wrong{"Meta protocol must be tcp, udp, sctp or dccp"};
    }
}

Announcement read_service(const json::value& value, const Address& peer) {
    const Fields fields(value, "the service");
    const std::string name = fields.text("name");
    if (name.empty()) throw Wrong{"Missing service name"};
    const auto label = registry::read_service_label(name);
    if (!label) throw Wrong{label.error().reason};
    Announcement said;
    said.service = *label;
    said.id = fields.text("id");
    if (said.id.empty()) said.id = name;
    const std::string address = fields.text("address");
    const auto read = address.empty() ? std::optional(peer) : registry::parse_address(address);
    if (!read) throw Wrong{fmt::format("Address \"{}\" is no IP address", address)};
    said.address = *read;
    const auto port = fields.number("port");
    said.port = port.value_or(0);
    for (const auto* each : fields.list("tags", most_tags)) {
        if (!each->is_string()) throw Wrong{fields.named("tags") + " must hold texts"};
        said.tags.push_back(fields.bounded(each->get_string(), "tags"));
    }
    read_meta(fields, said);
    if (const auto* weights = fields.find("weights"))
        said.weight = Fields(*weights, "Weights").number("passing");
    read_from_meta(said);
    read_checks(fields, said);
    return said;
}

template <class Read>
auto guarded(std::string_view body, const Read& read) -> OrRefusal<decltype(read(json::value()))> {
    const auto value = registry::parse_json(body);
    if (!value)
        return Refusal{Refusal::Kind::malformed, "Request decode failed: " + value.error().reason};
    try {
        return read(*value);
    } catch (const Wrong& wrong) {
        return Refusal{Refusal::Kind::malformed, wrong.reason};
    }
}

}  // namespace

OrRefusal<Announcement> read_consul_service(std::string_view body, const Address& peer) {
    return guarded(body, [&](const json::value& value) {
        const auto* wrapped = Fields(value, "the body").find("service");
        const bool is_wrapped = wrapped != nullptr && wrapped->is_object();
        return read_service(is_wrapped ? *wrapped : value, peer);
    });
}

OrRefusal<std::string> service_id_of_check(std::string_view body) {
    return guarded(body, [](const json::value& value) {
        std::string id = Fields(value, "the check").text("serviceid");
        if (id.empty())
            throw Wrong{"a check without ServiceID is not possible: there are no node checks here"};
        return id;
    });
}

OrRefusal<RegisteredCheck> read_consul_check(std::string_view body, const Announcement& service) {
    return guarded(body, [&](const json::value& value) {
        RegisteredCheck check = read_check(value, service);
        if (check.id.empty()) check.id = Fields(value, "the check").text("name");
        if (check.id.empty()) throw Wrong{"Missing check name"};
        return check;
    });
}

OrRefusal<ConsulUpdate> read_consul_update(std::string_view body) {
    return guarded(body, [](const json::value& value) {
        const Fields fields(value, "the update");
        const auto* output = fields.find("output");
        ConsulUpdate update;
        update.verdict = read_status(fields.text("status"));
        if (output != nullptr && output->is_string())
            update.output = std::string(output->get_string()).substr(0, 4096);
        return update;
    });
}

}  // namespace portolan::api
