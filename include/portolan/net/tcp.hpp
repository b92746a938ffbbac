// DNS over TCP (RFC 7766): pipelined queries answered burst by burst.
//
// A connection that is idle costs a small object and nothing else: the buffers for reading,
// answering and gathering belong to the worker and are lent for the length of a burst. Only what
// a burst leaves behind is kept with the connection: the beginning of a message that is still
// arriving, or replies that the client has not yet taken.
//
// Three things cannot take for ever, and each has its limit: being silent, sending one message,
// and taking one burst of replies. None is extended by dribbling octets.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

#include "portolan/net/counters.hpp"
#include "portolan/net/responder.hpp"
#include "portolan/net/socket.hpp"

namespace boost::asio {
class io_context;
}

namespace portolan::net {

struct TcpLimits {
    std::size_t connections = 10000;           // in all workers
    std::size_t connections_per_client = 250;  // an IPv4 address, or an IPv6 /64
    std::chrono::milliseconds idle{10000};     // without a message (RFC 7766 6.2.3)
    std::chrono::milliseconds message{5000};   // for a message once its first octet is here
    std::chrono::milliseconds write{10000};    // for a client to take its replies
};

/// Who a connection is counted for. IPv6 clients have a whole /64 to themselves.
struct ClientKey {
    std::array<std::uint8_t, 8> octets{};
    bool is_v6 = false;
    friend auto operator<=>(const ClientKey&, const ClientKey&) = default;
};
ClientKey client_key(const sockaddr_storage& peer) noexcept;

/// Connections by client, shared by all workers. Asked once when a connection opens and once
/// when it closes, never while it is served; hence a plain mutex.
class ConnectionCounts {
public:
    enum class Verdict : std::uint8_t { admitted, client_full, all_full };

    explicit ConnectionCounts(const TcpLimits& limits) : limits_(limits) {}
    /// Counts the connection in when it is admitted. A client at its limit hears so first, so
    /// that one client cannot push the others out.
    Verdict enter(const ClientKey& client);
    void leave(const ClientKey& client);
    [[nodiscard]] std::size_t total() const;

private:
    const TcpLimits limits_;
    mutable std::mutex mutex_;
    std::size_t total_ = 0;
    std::map<ClientKey, std::size_t> clients_;
};

/// The connections of one worker, from any number of listeners. All calls but the constructor
/// come on the worker's thread; the references must outlive the server.
class TcpServer {
public:
    TcpServer(boost::asio::io_context& io, const TcpLimits& limits, ConnectionCounts& counts,
              Responder& responder, Counters& counters);
    ~TcpServer();

    void add_listener(Descriptor listener);  // before start
    void start();
    /// Accepts what waits, closes the listeners, answers what has been received and lets the
    /// replies go out, for at most `patience`. Then no work is left on the io_context.
    void drain(std::chrono::milliseconds patience);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace portolan::net
