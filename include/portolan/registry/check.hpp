// What is done to learn whether an endpoint serves, and what is concluded from it.
//
// A Check is plain data: the plan writes it at a type, a service or an endpoint, a registration
// brings its own. health/ runs it; here it is only said. A Verdict is what came of it, and enters
// the zone where that is derived (live.hpp): never when a query comes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace portolan::registry {

/// What is known of an endpoint now. `draining` and `maintenance` are a person's word, the others a
/// check's; `unknown` is an endpoint that nobody has concluded anything about yet.
enum class Verdict : std::uint8_t { unknown, passing, warning, critical, draining, maintenance };
const char* to_string(Verdict verdict) noexcept;                       // "passing"
std::optional<Verdict> parse_verdict(std::string_view text) noexcept;  // exact, lower case

/// It takes connections.
struct TcpCheck {
    friend bool operator==(const TcpCheck&, const TcpCheck&) = default;
};

struct HttpCheck {
    std::string path = "/";
    std::string method = "GET";
    bool is_tls = false;
    bool verifies = true;  // the certificate, when over TLS
    std::string host;      // Host header, and SNI when over TLS; "": the address
    std::vector<std::pair<std::string, std::string>> headers;
    std::uint16_t first_status = 200;  // both ends count as passing
    std::uint16_t last_status = 299;
    std::string body;  // a text that the first 64 KiB of the body must hold; "": any body
    friend bool operator==(const HttpCheck&, const HttpCheck&) = default;
};

/// grpc.health.v1.Health/Check, over HTTP/2 in clear.
struct GrpcCheck {
    std::string service;  // "": the server as a whole
    friend bool operator==(const GrpcCheck&, const GrpcCheck&) = default;
};

/// A question for A over UDP; any answer with NOERROR passes.
struct DnsCheck {
    std::string name;
    friend bool operator==(const DnsCheck&, const DnsCheck&) = default;
};

/// A program: exit status 0 is passing, 1 warning, any other critical (as monitoring plug-ins do).
struct ExecCheck {
    std::vector<std::string> command;  // a path and its arguments
    friend bool operator==(const ExecCheck&, const ExecCheck&) = default;
};

/// The service reports by itself; it is critical when it was silent for that long.
struct HeartbeatCheck {
    std::chrono::milliseconds ttl{};
    friend bool operator==(const HeartbeatCheck&, const HeartbeatCheck&) = default;
};

struct Check {
    std::variant<TcpCheck, HttpCheck, GrpcCheck, DnsCheck, ExecCheck, HeartbeatCheck> how;
    std::optional<std::uint16_t> port;  // none: the endpoint's own
    std::chrono::milliseconds interval{10'000};
    std::chrono::milliseconds timeout{2'000};
    unsigned fall = 3;  // failures in a row that make it critical
    unsigned rise = 2;  // successes in a row that make it passing again
    friend bool operator==(const Check&, const Check&) = default;
};

}  // namespace portolan::registry
