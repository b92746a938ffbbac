// The parameters of SVCB and HTTPS (RFC 9460 2): key, length, value, by rising key.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "presentation_codecs.hpp"
#include "rdata_odd.hpp"
#include "rdata_text.hpp"

namespace portolan::dns {
namespace {

enum Key : std::uint16_t {
    mandatory = 0,
    alpn = 1,
    no_default_alpn = 2,
    port = 3,
    ipv4hint = 4,
    ech = 5,
    ipv6hint = 6,
    dohpath = 7,
    ohttp = 8,
    invalid = 65535,
};

constexpr std::array<std::string_view, 9> key_names{"mandatory", "alpn",     "no-default-alpn",
                                                    "port",      "ipv4hint", "ech",
                                                    "ipv6hint",  "dohpath",  "ohttp"};

/// Keys up to here print by name: later ones are unknown to servers of today.
constexpr std::uint16_t last_printed_name = ipv6hint;

struct Parameter {
    std::uint16_t key = 0;
    OctetView value;
};

std::optional<Parameter> take_parameter(OctetView& tail) noexcept {
    if (tail.size() < 4) return std::nullopt;
    const std::uint16_t key = load_u16(tail.data());
    const std::size_t length = load_u16(tail.data() + 2);
    if (tail.size() < 4 + length) return std::nullopt;
    const Parameter parameter{key, tail.subspan(4, length)};
    tail = tail.subspan(4 + length);
    return parameter;
}

bool valid_key_list(OctetView value) noexcept {
    int previous = 0;  // "mandatory" itself must not be listed
    if (value.empty() || value.size() % 2 != 0) return false;
    for (std::size_t at = 0; at < value.size(); at += 2) {
        if (load_u16(&value[at]) <= previous) return false;
        previous = load_u16(&value[at]);
    }
    return true;
}

bool valid_protocols(OctetView value) noexcept {
    if (value.empty()) return false;
    while (!value.empty()) {
        const std::size_t length = value[0];
        if (length == 0 || value.size() < length + 1) return false;
        value = value.subspan(length + 1);
    }
    return true;
}

bool valid_value(const Parameter& parameter) noexcept {
    const auto size = parameter.value.size();
    switch (parameter.key) {
        case mandatory:
            return valid_key_list(parameter.value);
        case alpn:
            return valid_protocols(parameter.value);
        case no_default_alpn:
        case ohttp:
            return size == 0;
        case port:
            return size == 2;
        case ipv4hint:
            return size > 0 && size % 4 == 0;
        case ipv6hint:
            return size > 0 && size % 16 == 0;
        case ech:
        case dohpath:
            return size > 0;
        default:
            return parameter.key != invalid;
    }
}

/// Whether each key that "mandatory" lists is there (RFC 9460 8).
bool mandatory_keys_present(OctetView list, OctetView tail) noexcept {
    for (std::size_t at = 0; at < list.size(); at += 2) {
        auto rest = tail;
        bool found = false;
        while (!rest.empty() && !found) found = take_parameter(rest)->key == load_u16(&list[at]);
        if (!found) return false;
    }
    return true;
}

std::string key_text(std::uint16_t key) {
    return key <= last_printed_name ? std::string(key_names[key]) : fmt::format("key{}", key);
}

std::optional<std::uint16_t> key_number(std::string_view text) noexcept {
    for (std::uint16_t key = 0; key < key_names.size(); ++key)
        if (text == key_names[key]) return key;
    if (!text.starts_with("key")) return std::nullopt;
    const auto number = codec::number(text.substr(3), invalid - 1);
    return number ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
}

// -- values to text ------------------------------------------------------------------------------

/// A protocol id within a list within a string: commas and backslashes are escaped twice
/// (RFC 9460 A.1).
void print_protocols(OctetView value, std::string& text) {
    Octets list;
    while (!value.empty()) {
        if (!list.empty()) list.push_back(',');
        for (const auto octet : value.subspan(1, value[0])) {
            if (octet == ',' || octet == '\\') list.push_back('\\');
            list.push_back(octet);
        }
        value = value.subspan(value[0] + 1U);
    }
    codec::print_quoted(list, text);
}

void print_keys(OctetView value, std::string& text) {
    for (std::size_t at = 0; at < value.size(); at += 2)
        text += (at > 0 ? "," : "") + key_text(load_u16(&value[at]));
}

void print_addresses(OctetView value, std::size_t size, std::string& text) {
    for (std::size_t at = 0; at < value.size(); at += size) {
        if (at > 0) text += ',';
        const auto print = size == 4 ? codec::print_ipv4 : codec::print_ipv6;
        print(value.subspan(at, size), text);
    }
}

void print_parameter(const Parameter& parameter, std::string& text) {
    text += key_text(parameter.key);
    if (parameter.value.empty()) return;
    text += '=';
    switch (parameter.key) {
        case mandatory:
            return print_keys(parameter.value, text);
        case alpn:
            return print_protocols(parameter.value, text);
        case port:
            text += std::to_string(load_u16(parameter.value.data()));
            return;
        case ipv4hint:
            return print_addresses(parameter.value, 4, text);
        case ipv6hint:
            return print_addresses(parameter.value, 16, text);
        case ech:
            return codec::print_base64(parameter.value, text);
        default:
            return codec::print_quoted(parameter.value, text);
    }
}

// -- values from text ----------------------------------------------------------------------------

/// Splits at commas that no backslash stands before; takes that level of backslashes away.
std::vector<std::string> list_items(OctetView value) {
    std::vector<std::string> items(1);
    for (std::size_t at = 0; at < value.size(); ++at) {
        if (value[at] == '\\' && at + 1 < value.size())
            items.back() += static_cast<char>(value[++at]);
        else if (value[at] == ',')
            items.emplace_back();
        else
            items.back() += static_cast<char>(value[at]);
    }
    return items;
}

bool put_key_list(OctetView value, Octets& out) {
    std::vector<std::uint16_t> keys;
    for (const auto& item : list_items(value)) {
        const auto key = key_number(item);
        if (!key) return false;
        keys.push_back(*key);
    }
    std::sort(keys.begin(), keys.end());
    for (const auto key : keys) codec::put_u16(out, key);
    return true;
}

bool put_protocols(OctetView value, Octets& out) {
    for (const auto& item : list_items(value)) {
        if (item.empty() || item.size() > 255) return false;
        out.push_back(static_cast<std::uint8_t>(item.size()));
        out.insert(out.end(), item.begin(), item.end());
    }
    return true;
}

bool put_port(std::string_view value, Octets& out) {
    const auto number = codec::number(value, 0xffff);
    if (number) codec::put_u16(out, *number);
    return number.has_value();
}

bool put_addresses(OctetView value, bool v4, Octets& out) {
    for (const auto& item : list_items(value))
        if (!(v4 ? codec::read_ipv4(item, out) : codec::read_ipv6(item, out))) return false;
    return true;
}

/// The value's wire octets; `value` has its escapes undone.
bool put_value(std::uint16_t key, const Octets& value, Octets& out) {
    const std::string_view text(reinterpret_cast<const char*>(value.data()), value.size());
    switch (key) {
        case mandatory:
            return put_key_list(value, out);
        case alpn:
            return put_protocols(value, out);
        case port:
            return put_port(text, out);
        case ipv4hint:
            return put_addresses(value, true, out);
        case ipv6hint:
            return put_addresses(value, false, out);
        case ech:
            return codec::read_base64(text, out);
        default:
            codec::put(out, value);
            return true;
    }
}

struct OwnedParameter {
    std::uint16_t key = 0;
    Octets value;
};

/// key, key=value or key="value".
std::optional<OwnedParameter> parse_parameter(RdataText& text, std::string_view token) {
    const auto equals = std::min(token.find('='), token.size());
    const auto refuse = [&](std::string_view why) {
        text.fail(fmt::format("parameter {} {}", quoted_for_message(token), why));
        return std::nullopt;
    };
    const auto key = key_number(token.substr(0, equals));
    if (!key) return refuse("has no known key: write one such as alpn, or keyNNN up to key65534");
    auto written = token.substr(std::min(equals + 1, token.size()));
    if (written.size() >= 2 && written.front() == '"' && written.back() == '"')
        written = written.substr(1, written.size() - 2);
    Octets value;
    OwnedParameter parameter{*key, {}};
    if (codec::unescape(written, value)) return refuse("holds a broken escape");
    if (!put_value(*key, value, parameter.value) || parameter.value.size() > 0xffff ||
        !valid_value({*key, parameter.value}))
        return refuse("has a value that does not fit its key");
    return parameter;
}

}  // namespace

bool svcb_well_formed(OctetView tail) noexcept {
    const auto all = tail;
    OctetView needed;
    int previous = -1;
    while (!tail.empty()) {
        const auto parameter = take_parameter(tail);
        if (!parameter || parameter->key <= previous || !valid_value(*parameter)) return false;
        previous = parameter->key;
        if (parameter->key == mandatory) needed = parameter->value;
    }
    return mandatory_keys_present(needed, all);
}

void svcb_print(OctetView tail, std::string& text) {
    for (const char* blank = ""; !tail.empty(); blank = " ") {
        text += blank;
        print_parameter(*take_parameter(tail), text);
    }
}

bool svcb_parse(RdataText& text, Octets& out) {
    std::vector<OwnedParameter> parameters;
    while (!text.done()) {
        auto parameter = parse_parameter(text, text.take("parameters")->text);
        if (!parameter) return false;
        parameters.push_back(*std::move(parameter));
    }
    const auto by_key = [](const auto& a, const auto& b) { return a.key < b.key; };
    std::sort(parameters.begin(), parameters.end(), by_key);
    const auto start = out.size();
    for (const auto& parameter : parameters) {
        codec::put_u16(out, parameter.key);
        codec::put_u16(out, static_cast<std::uint32_t>(parameter.value.size()));
        codec::put(out, parameter.value);
    }
    return svcb_well_formed(OctetView(out).subspan(start)) ||
           text.fail("a parameter stands twice, or one that mandatory lists is missing");
}

}  // namespace portolan::dns
