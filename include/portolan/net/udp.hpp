// DNS over UDP: batches in, batches out.
//
// The loop says when a socket is readable; recvmmsg then takes up to a batch of datagrams, one call
// of the Responder answers them, and sendmmsg sends the replies. That is three calls for up to
// 64 queries, with no allocation and no callback per datagram. A busy socket is drained for a
// bounded number of batches before the worker turns to its other sockets.
#pragma once

#include <memory>

#include "portolan/net/counters.hpp"
#include "portolan/net/responder.hpp"
#include "portolan/net/socket.hpp"

namespace portolan::net {

class Loop;

/// The buffers of a batch. One a worker, shared by all its UDP sockets, because it serves one
/// socket at a time.
class UdpBatch;
std::shared_ptr<UdpBatch> make_udp_batch();

/// Serves one socket on one worker. All calls but the constructor come on the worker's thread.
class UdpServer {
public:
    /// `endpoint` is what `socket` is bound to. The references must outlive the server.
    UdpServer(Loop& loop, Descriptor socket, const Endpoint& endpoint,
              std::shared_ptr<UdpBatch> batch, Responder& responder, Counters& counters);
    UdpServer(UdpServer&&) noexcept;
    ~UdpServer();

    void start();  // throws SocketError
    /// Answers what has been received, then closes.
    void drain();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace portolan::net
