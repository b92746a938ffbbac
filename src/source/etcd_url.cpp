#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "portolan/source/etcd.hpp"

namespace portolan::source {
namespace {

constexpr std::uint16_t usual_port = 2379;

/// "10.0.0.1", "10.0.0.1:2379", "[::1]:2379", "etcd1.corp.example:2379".
OrEtcdError<EtcdSettings::Place> place_from(std::string_view text) {
    const auto wrong = [text] {
        return EtcdError{EtcdError::Kind::refused,
                         fmt::format("\"{}\" is no place of an etcd like 10.0.0.1:2379", text)};
    };
    std::string_view host = text, port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return wrong();
        host = text.substr(1, end - 1);
        port = text.substr(end + 1);
        if (!port.empty() && !port.starts_with(':')) return wrong();
    } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
        host = text.substr(0, colon);
        port = text.substr(colon);
        if (host.empty()) return wrong();
    }
    const auto is_odd = [](char c) { return c <= ' ' || c == '/' || c == '@' || c == '?'; };
    if (host.empty() || std::ranges::any_of(host, is_odd)) return wrong();
    EtcdSettings::Place place{std::string(host), usual_port};
    if (port.empty()) return place;
    port.remove_prefix(1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), place.port);
    if (error != std::errc() || end != port.data() + port.size() || place.port == 0) return wrong();
    return place;
}

}  // namespace

OrEtcdError<EtcdSettings> parse_etcd_url(std::string_view text) {
    EtcdSettings settings;
    settings.is_tls = text.starts_with("etcds://");
    if (!settings.is_tls && !text.starts_with("etcd://"))
        return EtcdError{
            EtcdError::Kind::refused,
            fmt::format("\"{}\" is no store like etcd://10.0.0.1:2379,10.0.0.2:2379", text)};
    text.remove_prefix(text.find("//") + 2);
    if (text.ends_with('/')) text.remove_suffix(1);
    for (bool is_last = false; !is_last;) {
        const auto comma = text.find(',');
        auto place = place_from(text.substr(0, comma));
        if (!place) return place.error();
        settings.places.push_back(*std::move(place));
        is_last = comma == std::string_view::npos;
        text.remove_prefix(is_last ? text.size() : comma + 1);
    }
    return settings;
}

}  // namespace portolan::source
