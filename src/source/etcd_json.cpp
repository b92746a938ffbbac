#include "source/etcd_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <iterator>
#include <optional>

#include "dns/presentation_codecs.hpp"

namespace portolan::source::etcd {
namespace {

namespace json = boost::json;

constexpr std::size_t page_size = std::size_t{4} << 20;  // octets that a page should have, within …
constexpr std::size_t fewest_keys = 10;
constexpr std::size_t most_keys = 10000;

/// Thrown and caught in this file: a reply that is none.
struct Wrong {
    std::string reason;
};

// --- to JSON ------------------------------------------------------------------------------------

std::string base64(std::string_view octets) {
    std::string text;
    dns::codec::print_base64({reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size()},
                             text);
    return text;
}

std::string full(std::string_view prefix, std::string_view key) {
    return std::string(prefix).append(key);
}

/// The first key behind all that begin with the text.
std::string end_of(std::string text) {
    while (!text.empty() && text.back() == '\xff') text.pop_back();
    if (text.empty()) return std::string(1, '\0');  // there is none: all keys
    ++text.back();
    return text;
}

json::object keys_json(std::string_view key, bool is_prefix, std::string_view prefix) {
    const std::string start = full(prefix, key);
    json::object out{{"key", base64(start)}};
    if (is_prefix) out["range_end"] = base64(end_of(start));
    return out;
}

json::object to_json(const Put& put, std::string_view prefix) {
    json::object out{{"key", base64(full(prefix, put.key))}, {"value", base64(put.value)}};
    if (put.lease != 0) out["lease"] = std::to_string(put.lease);
    return {{"request_put", std::move(out)}};
}
json::object to_json(const Delete& gone, std::string_view prefix) {
    return {{"request_delete_range", keys_json(gone.key, gone.is_prefix, prefix)}};
}
json::object to_json(const Get& get, std::string_view prefix) {
    return {{"request_range", keys_json(get.key, get.is_prefix, prefix)}};
}
json::array to_json(const std::vector<Operation>& operations, std::string_view prefix) {
    json::array out;
    for (const auto& each : operations)
        out.push_back(std::visit([&](const auto& one) { return to_json(one, prefix); }, each));
    return out;
}

json::object to_json(const Compare& compare, std::string_view prefix) {
    const bool is_created = compare.what == Compare::What::created;
    return {{"key", base64(full(prefix, compare.key))},
            {"target", is_created ? "CREATE" : "MOD"},
            {"result", "EQUAL"},
            {is_created ? "create_revision" : "mod_revision", std::to_string(compare.revision)}};
}

// --- from JSON ----------------------------------------------------------------------------------

json::value parse(std::string_view text) {
    boost::system::error_code error;
    auto value = json::parse({text.data(), text.size()}, error);
    if (error) throw Wrong{"it is no JSON"};
    return value;
}

const json::object& object(const json::value& value) {
    if (!value.is_object()) throw Wrong{"it is no object"};
    return value.get_object();
}

/// The object under a key; an empty one where there is none.
const json::object& object(const json::object& outer, const char* key) {
    static const json::object empty;
    const auto* found = outer.if_contains(key);
    return found == nullptr ? empty : object(*found);
}

const json::array& list(const json::object& outer, const char* key) {
    static const json::array empty;
    const auto* found = outer.if_contains(key);
    if (found == nullptr) return empty;
    if (!found->is_array()) throw Wrong{fmt::format("{} is no list", key)};
    return found->get_array();
}

std::string text(const json::object& outer, const char* key) {
    const auto* found = outer.if_contains(key);
    if (found == nullptr) return "";
    if (!found->is_string()) throw Wrong{fmt::format("{} is no text", key)};
    return std::string(found->get_string());
}

bool flag(const json::object& outer, const char* key) {
    const auto* found = outer.if_contains(key);
    return found != nullptr && found->is_bool() && found->get_bool();
}

std::uint64_t number(const json::object& outer, const char* key) {
    const auto* found = outer.if_contains(key);
    if (found == nullptr) return 0;
    std::uint64_t value = 0;
    if (found->is_string()) {
        const auto& said = found->get_string();
        const auto [end, error] = std::from_chars(said.data(), said.data() + said.size(), value);
        if (error == std::errc() && end == said.data() + said.size()) return value;
    } else {
        boost::system::error_code error;
        value = found->to_number<std::uint64_t>(error);
        if (!error) return value;
    }
    throw Wrong{fmt::format("{} is no number", key)};
}

std::string octets(const json::object& outer, const char* key) {
    std::vector<std::uint8_t> out;
    if (!dns::codec::read_base64(text(outer, key), out))
        throw Wrong{fmt::format("{} is not in base64", key)};
    return {out.begin(), out.end()};
}

KeyValue key_value(const json::object& said, std::string_view prefix) {
    std::string key = octets(said, "key");
    if (!key.starts_with(prefix)) throw Wrong{"it tells of a key that was not asked for"};
    key.erase(0, prefix.size());
    return {std::move(key), octets(said, "value"), number(said, "create_revision"),
            number(said, "mod_revision"), number(said, "lease")};
}

std::vector<KeyValue> key_values(const json::object& said, std::string_view prefix) {
    std::vector<KeyValue> out;
    for (const auto& each : list(said, "kvs")) out.push_back(key_value(object(each), prefix));
    return out;
}

std::uint64_t revision(const json::object& reply) {
    return number(object(reply, "header"), "revision");
}

Event event(const json::object& said, std::string_view prefix) {
    return {text(said, "type") == "DELETE", key_value(object(said, "kv"), prefix)};
}

/// What a line of a stream holds; what the gateway has against it stands beside.
const json::object& result(const json::object& line) {
    if (const auto* error = line.if_contains("error")) {
        const auto* told = error->if_object();
        throw Wrong{told == nullptr ? "it ended the stream" : text(*told, "message")};
    }
    return object(line, "result");
}

template <class Read>
auto reading(std::string_view body, const Read& read)
    -> OrEtcdError<decltype(read(json::object()))> {
    try {
        return read(object(parse(body)));
    } catch (const Wrong& wrong) {
        return EtcdError{EtcdError::Kind::unknown,
                         fmt::format("etcd's answer is not understood: {}", wrong.reason)};
    }
}

}  // namespace

std::string txn_json(const Txn& txn, std::string_view prefix) {
    json::array when;
    for (const auto& each : txn.when) when.push_back(to_json(each, prefix));
    return json::serialize(json::object{{"compare", std::move(when)},
                                        {"success", to_json(txn.then, prefix)},
                                        {"failure", to_json(txn.otherwise, prefix)}});
}

std::string page_json(const Page& page, std::string_view prefix) {
    auto out = keys_json(page.start, true, prefix);
    if (!page.after.empty()) out["key"] = base64(full(prefix, page.after).append(1, '\0'));
    if (page.revision != 0) out["revision"] = std::to_string(page.revision);
    if (page.most != 0) out["limit"] = std::to_string(page.most);
    return json::serialize(out);
}

std::string beat_json(std::string_view prefix) {
    auto out = keys_json("", true, prefix);
    out["count_only"] = true;
    return json::serialize(out);
}

std::string watch_json(std::string_view start, std::uint64_t revision, std::string_view prefix) {
    auto out = keys_json(start, true, prefix);
    out["start_revision"] = std::to_string(revision);
    return json::serialize(json::object{{"create_request", std::move(out)}});
}

std::string grant_json(std::chrono::seconds ttl) {
    return json::serialize(json::object{{"TTL", std::to_string(ttl.count())}});
}

std::string lease_json(std::uint64_t id) {
    return json::serialize(json::object{{"ID", std::to_string(id)}});
}

std::string authenticate_json(std::string_view user, std::string_view password) {
    return json::serialize(json::object{{"name", user}, {"password", password}});
}

OrEtcdError<Committed> read_committed(std::string_view body, std::string_view prefix) {
    return reading(body, [&](const json::object& reply) {
        Committed out{flag(reply, "succeeded"), revision(reply), {}};
        for (const auto& each : list(reply, "responses")) {
            for (auto& one : key_values(object(object(each), "response_range"), prefix))
                out.found.push_back(std::move(one));
        }
        return out;
    });
}

OrEtcdError<PageRead> read_page(std::string_view body, std::string_view prefix) {
    return reading(body, [&](const json::object& reply) {
        return PageRead{{revision(reply), key_values(reply, prefix)}, flag(reply, "more")};
    });
}

OrEtcdError<bool> Pages::take(std::string_view body) {
    auto read = read_page(body, prefix_);
    if (!read) return read.error();
    if (page_.revision == 0) page_.revision = state_.revision = read->state.revision;
    const auto& keys = read->state.keys;
    if (read->is_more && !keys.empty()) {
        page_.after = keys.back().key;
        page_.most = std::clamp(keys.size() * page_size / body.size(), fewest_keys, most_keys);
    }
    const bool is_last = !read->is_more || keys.empty();
    std::ranges::move(read->state.keys, std::back_inserter(state_.keys));
    return is_last;
}

OrEtcdError<WatchLine> read_watch_line(std::string_view line, std::string_view prefix) {
    return reading(line, [&](const json::object& said) {
        const auto& reply = result(said);
        WatchLine out{flag(reply, "created"),
                      flag(reply, "canceled"),
                      number(reply, "compact_revision"),
                      text(reply, "cancel_reason"),
                      {}};
        for (const auto& each : list(reply, "events"))
            out.events.push_back(event(object(each), prefix));
        return out;
    });
}

OrEtcdError<Grant> read_grant(std::string_view body) {
    return reading(body, [](const json::object& reply) {
        return Grant{number(reply, "ID"),
                     std::chrono::seconds(static_cast<std::int64_t>(number(reply, "TTL")))};
    });
}

OrEtcdError<Grant> read_kept_alive(std::string_view line) {
    return reading(line, [](const json::object& said) {
        const auto& reply = result(said);
        return Grant{number(reply, "ID"),
                     std::chrono::seconds(static_cast<std::int64_t>(number(reply, "TTL")))};
    });
}

OrEtcdError<std::string> read_token(std::string_view body) {
    return reading(body, [](const json::object& reply) { return text(reply, "token"); });
}

Fault read_fault(unsigned status, std::string_view body) {
    const auto read = reading(body, [](const json::object& reply) {
        return Fault{number(reply, "code"), text(reply, "message")};
    });
    if (read && !read->text.empty()) return *read;
    return {0, fmt::format("HTTP status {}", status)};
}

// The codes of gRPC: 3 invalid argument, 4 deadline exceeded, 11 out of range (a revision that was
// compacted while its pages were read), 14 unavailable, 16 unauthenticated.

bool Fault::is_of_token() const {
    return code == 16 || (code == 3 && text.find("auth store is old") != std::string::npos) ||
           (code == 3 && text.find("user name is empty") != std::string::npos);
}

bool Fault::is_passing() const { return code == 0 || code == 4 || code == 11 || code == 14; }

}  // namespace portolan::source::etcd
