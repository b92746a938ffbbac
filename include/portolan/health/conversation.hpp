// What is said to a target over one connection, and what its answer means.
//
// Octets in and out: no sockets, no time. The same conversation goes over TCP, over TLS, and
// through a fuzzer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "portolan/registry/check.hpp"
#include "portolan/registry/plan.hpp"

namespace portolan::health {

/// What one probe found: passing, warning or critical, and a few words on why. `unknown` says that
/// the probe could not be made, which is no fault of the target.
struct Observation {
    registry::Verdict verdict = registry::Verdict::unknown;
    std::string text;  // "HTTP 503"; empty when there is nothing to say
    friend bool operator==(const Observation&, const Observation&) = default;
};

class Conversation {
public:
    virtual ~Conversation() = default;
    /// What is to be sent now; empty when there is nothing more. What is returned is not said
    /// again.
    virtual std::string take_words() = 0;
    /// Octets that came; nullopt: there must be more.
    virtual std::optional<Observation> hear(std::string_view octets) = 0;
    /// The target has ended the connection.
    virtual Observation hear_end() = 0;
};

/// Where the target is, as its own protocol spells it: "192.0.2.1:80", "[2001:db8::1]:80".
std::string authority(const registry::Address& address, registry::Port port);

/// HTTP/1.1, one request. 429 is a warning, as it is in Consul: the target lives and has too much
/// to do. Reads no more of the body than is wanted, and never beyond its first 64 KiB.
std::unique_ptr<Conversation> http_conversation(const registry::HttpCheck& check,
                                                const std::string& authority);

/// HTTP/2 with prior knowledge, one call of grpc.health.v1.Health/Check.
std::unique_ptr<Conversation> grpc_conversation(const registry::GrpcCheck& check,
                                                const std::string& authority);

}  // namespace portolan::health
