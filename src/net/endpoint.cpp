#include "portolan/net/endpoint.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>

#include <charconv>
#include <optional>

namespace portolan::net {
namespace {

EndpointError refuse(std::string_view text, std::string_view why) {
    return {fmt::format("cannot listen on '{}': {}", text, why)};
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return port;
}

bool read_v4(const std::string& address, Endpoint& endpoint) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    if (inet_pton(AF_INET, address.c_str(), &v4.sin_addr) != 1) return false;
    std::memcpy(&endpoint.storage, &v4, sizeof v4);
    endpoint.size = sizeof v4;
    return true;
}

/// `address` may end in a zone id, "%eth0" or "%2" (RFC 4007 11).
bool read_v6(const std::string& address, Endpoint& endpoint) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    const auto percent = address.find('%');
    if (inet_pton(AF_INET6, address.substr(0, percent).c_str(), &v6.sin6_addr) != 1) return false;
    if (percent != std::string::npos) {
        const std::string zone = address.substr(percent + 1);
        v6.sin6_scope_id = if_nametoindex(zone.c_str());
        if (v6.sin6_scope_id == 0) v6.sin6_scope_id = parse_port(zone).value_or(0);
        if (v6.sin6_scope_id == 0) return false;
    }
    std::memcpy(&endpoint.storage, &v6, sizeof v6);
    endpoint.size = sizeof v6;
    return true;
}

}  // namespace

bool Endpoint::is_wildcard() const noexcept {
    if (is_v6()) {
        return IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_addr);
    }
    return reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr.s_addr == htonl(INADDR_ANY);
}

std::uint16_t Endpoint::port() const noexcept {
    return ntohs(is_v6() ? reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port
                         : reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

void Endpoint::set_port(std::uint16_t port) noexcept {
    if (is_v6()) {
        reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port = htons(port);
    } else {
        reinterpret_cast<sockaddr_in*>(&storage)->sin_port = htons(port);
    }
}

Endpoint endpoint_of(const sockaddr_storage& peer) noexcept {
    const bool is_v6 = peer.ss_family == AF_INET6;
    return {peer, is_v6 ? socklen_t{sizeof(sockaddr_in6)} : socklen_t{sizeof(sockaddr_in)}};
}

boost::system::result<Endpoint, EndpointError> parse_endpoint(std::string_view text) {
    const auto colon = text.rfind(':');
    const bool bracketed = !text.empty() && text.front() == '[';
    const auto bracket = text.find(']');
    if (bracketed && bracket == std::string_view::npos) {
        return refuse(text, "the bracket is not closed; write [::1]:53");
    }
    if (colon == std::string_view::npos || (bracketed && colon < bracket)) {
        return refuse(text, "the port is missing; write 127.0.0.1:53 or [::1]:53");
    }
    if (!bracketed && text.find(':') != colon) {
        return refuse(text, "an IPv6 address needs brackets; write [::1]:53");
    }
    if (colon == 0) {
        return refuse(text,
                      "the address is missing; write 0.0.0.0:53 for all IPv4 addresses and "
                      "[::]:53 for all IPv6 addresses");
    }
    if (bracketed && bracket + 1 != colon) {
        return refuse(text, "a colon and the port must follow the bracket; write [::1]:53");
    }
    const auto port = parse_port(text.substr(colon + 1));
    if (!port) return refuse(text, "the port is not a number from 0 to 65535");
    Endpoint endpoint;
    const std::string address(bracketed ? text.substr(1, bracket - 1) : text.substr(0, colon));
    if (bracketed ? !read_v6(address, endpoint) : !read_v4(address, endpoint)) {
        return refuse(text, bracketed ? "this is not an IPv6 address, or its zone does not exist"
                                      : "this is not an IPv4 address; names are not resolved, so "
                                        "write the address itself, like 127.0.0.1:53");
    }
    endpoint.set_port(*port);
    return endpoint;
}

std::string to_string(const Endpoint& endpoint) {
    char text[INET6_ADDRSTRLEN] = {};
    if (!endpoint.is_v6()) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(&endpoint.storage);
        inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
        return fmt::format("{}:{}", text, endpoint.port());
    }
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&endpoint.storage);
    inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
    char zone[IF_NAMESIZE] = {};
    if (v6->sin6_scope_id == 0) return fmt::format("[{}]:{}", text, endpoint.port());
    if (if_indextoname(v6->sin6_scope_id, zone) == nullptr) {
        return fmt::format("[{}%{}]:{}", text, v6->sin6_scope_id, endpoint.port());
    }
    return fmt::format("[{}%{}]:{}", text, zone, endpoint.port());
}

}  // namespace portolan::net
