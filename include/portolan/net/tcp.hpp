// DNS over TCP (RFC 7766) and TLS (RFC 7858): pipelined queries answered burst by burst.
//
// A connection that is idle costs a small object and nothing else: the buffers for reading,
// answering and gathering belong to the worker and are lent for the length of a burst. Only what
// a burst leaves behind is kept with the connection: the beginning of a message that is still
// arriving, or replies that the client has not yet taken.
//
// Four things cannot take for ever, and each has its limit: shaking hands, being silent, sending
// one message, and taking one burst of replies. None is extended by dribbling octets.
#pragma once

#include <chrono>
#include <memory>

#include "portolan/net/counters.hpp"
#include "portolan/net/responder.hpp"
#include "portolan/net/socket.hpp"
#include "portolan/net/tcp_limits.hpp"
#include "portolan/net/tls.hpp"

namespace portolan::net {

class Loop;

/// The connections of one worker, from any number of listeners. All calls but the constructor
/// come on the worker's thread; the references must outlive the server.
class TcpServer {
public:
    TcpServer(Loop& loop, const TcpLimits& limits, ConnectionCounts& counts, Responder& responder,
              Counters& counters);
    ~TcpServer();

    void add_listener(Descriptor listener);                        // before start
    void add_tls_listener(Descriptor listener, const TlsServer&);  // likewise
    void start();                                                  // throws SocketError
    /// Accepts what waits, closes the listeners, answers what has been received and lets the
    /// replies go out, for at most `patience`. Then the loop watches nothing of it any more.
    void drain(std::chrono::milliseconds patience);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace portolan::net
