// A client of the API, for the commands: one request at a time, and it waits for the answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace portolan::api {

/// The server could not be reached, or did not speak HTTP; what() says which and why.
struct ClientError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Answer {
    unsigned status = 0;
    std::string body;
    std::uint64_t index = 0;  // X-Consul-Index; 0 without
};

/// How a client proves who it is, and knows the server. Paths of files in PEM; "" for none.
struct Credentials {
    std::string token;
    std::string ca;  // roots of the server's certificate; "": the system's
    std::string certificate;
    std::string key;
};

class Client {
public:
    /// `server` is ADDR:PORT or NAME:PORT, or either behind https://.
    explicit Client(std::string server, Credentials credentials = {})
        : server_(std::move(server)), credentials_(std::move(credentials)) {}

    /// Throws ClientError.
    [[nodiscard]] Answer ask(const std::string& method, const std::string& target,
                             const std::string& body = "",
                             std::chrono::milliseconds patience = std::chrono::seconds(30)) const;

private:
    std::string server_;
    Credentials credentials_;
};

}  // namespace portolan::api
