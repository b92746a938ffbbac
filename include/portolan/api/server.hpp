// The HTTP server: connections, their limits, and the handler that answers.
//
// With TLS, a client may show a certificate, whose names a handler finds in the request.
//
// It runs on the program's first thread, beside the engine: a handler may touch the registrar
// without a lock, and must not be long. Limits keep a client from holding the server: a head of at
// most 8 KiB and a body of at most 1 MiB (413), ten seconds for a request to arrive whole, a minute
// of silence between requests, and so many connections; beyond, the next is closed at once. A
// stream has its connection for as long as its client takes what it is sent.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <memory>

#include "portolan/api/http.hpp"
#include "portolan/net/tls.hpp"

namespace portolan::api {

struct ServerLimits {
    std::size_t head = 8 * 1024;                  // octets of request line and headers
    std::size_t body = 1024 * 1024;               // octets
    std::size_t connections = 1024;               // at a time
    std::chrono::milliseconds arrival{10'000};    // for a request, from its first octet to its last
    std::chrono::milliseconds silence{60'000};    // between two requests
    std::chrono::milliseconds departure{30'000};  // for a response to be taken, or a stream's text
    std::size_t unsent = 4 * 1024 * 1024;         // octets of a stream that wait to be sent
};

class Server {
public:
    /// Listens on an open, bound and listening TCP socket, which it takes over. `tls` outlives it;
    /// nullptr: in the clear.
    Server(boost::asio::io_context& io, int listening, Handler handler,
           const net::TlsServer* tls = nullptr, ServerLimits limits = {});
    ~Server();

    /// How many connections there are now.
    [[nodiscard]] std::size_t connections() const noexcept;

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace portolan::api
