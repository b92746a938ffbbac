// A listening socket: clients come.
#pragma once

#include "portolan/net/counters.hpp"
#include "portolan/net/loop.hpp"
#include "seldom_warning.hpp"
#include "tcp_serving.hpp"

namespace portolan::net {

/// Hands the clients of one endpoint to the worker's TcpServing. When the descriptors have run
/// out, the clients stay in the backlog, and the listener rests until it is woken.
class TcpListener final : public Watcher {
public:
    /// With `tls`, clients are to shake hands.
    TcpListener(Loop& loop, Descriptor socket, const TlsServer* tls, TcpServing& serving,
                Counters& counters)
        : loop_(loop), socket_(std::move(socket)), tls_(tls), serving_(serving),
          counters_(counters) {}

    void start();  // throws SocketError
    void ready() noexcept override;
    [[nodiscard]] bool is_resting() const { return resting_; }
    void wake() noexcept;
    /// Accepts all who wait, and listens no more.
    void close() noexcept;

private:
    void accept(int limit) noexcept;
    void rest(int error) noexcept;

    Loop& loop_;
    Descriptor socket_;
    const TlsServer* tls_;
    TcpServing& serving_;
    Counters& counters_;
    SeldomWarning warning_;
    bool resting_ = false;
};

}  // namespace portolan::net
