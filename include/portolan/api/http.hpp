// HTTP as the handlers see it: a request, a response, and a way to give it later. Sockets, parsing
// and limits are the server's (server.hpp).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "portolan/registry/plan.hpp"

namespace portolan::api {

struct Request {
    std::string method;                                      // "PUT"
    std::vector<std::string> path;                           // segments, decoded: {"v1", "agent"}
    std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
    std::string body;
    std::string token;                   // of X-Consul-Token or Authorization: Bearer; "" without
    std::string if_none_match;           // the tags of what the client has; "" without
    std::vector<std::string> certified;  // DNS names that a client's certificate proves
    registry::Address peer;

    /// The first value of that key; nullopt without it, "" for `?passing`.
    [[nodiscard]] std::optional<std::string_view> argument(std::string_view key) const;
    /// Whether the key is there, and not as "false" or "0".
    [[nodiscard]] bool flag(std::string_view key) const;
};

/// Splits and decodes "/v1/agent/service/deregister/service%3Aweb?x=1" into path and query. False
/// for a target that is none: not absolute, or with a broken escape.
bool read_target(std::string_view target, Request& request);

/// The body of a response that goes on for as long as both sides want, on the server's thread.
class Stream {
public:
    Stream() = default;
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    virtual ~Stream() = default;

    /// Sends the text when what was written before is sent. A client that does not take it in time,
    /// or lets too much of it wait, is left.
    virtual void write(std::shared_ptr<const std::string> text) = 0;
    /// False when the client is gone, or was left.
    [[nodiscard]] virtual bool is_open() const noexcept = 0;
};
using StreamPtr = std::shared_ptr<Stream>;

struct Response {
    unsigned status = 200;
    std::string body;
    const char* type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers;
    /// Is given the stream that follows the head, in place of a body; the end of the connection is
    /// its end.
    std::function<void(StreamPtr)> goes_on{};
};
/// Takes the response, now or later, on the same thread; once.
using Respond = std::function<void(Response)>;
using Handler = std::function<void(const Request&, Respond)>;

/// A sentence as Consul gives it: in plain text.
Response text_response(unsigned status, std::string sentence);

}  // namespace portolan::api
