#include "portolan/net/tcp.hpp"

#include <algorithm>
#include <vector>

#include "portolan/net/loop.hpp"
#include "tcp_listener.hpp"
#include "tcp_serving.hpp"

namespace portolan::net {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// How often to look for connections that have run out of time.
milliseconds tick_of(const TcpLimits& limits) {
    const auto shortest = std::min({limits.handshake, limits.idle, limits.message, limits.write});
    return std::clamp(shortest / 8, milliseconds(5), milliseconds(250));
}

}  // namespace

struct TcpServer::State final : Watcher {
    State(Loop& worker_loop, const TcpLimits& limits, ConnectionCounts& counts,
          Responder& responder, Counters& worker_counters)
        : loop(worker_loop), counters(worker_counters),
          serving(worker_loop, limits, counts, responder, worker_counters) {
        loop.set_tick(tick_of(limits), *this);
    }

    void add(Descriptor listener, const TlsServer* tls) {
        listeners.push_back(
            std::make_unique<TcpListener>(loop, std::move(listener), tls, serving, counters));
    }

    /// The loop has ticked.
    void ready() noexcept override {
        serving.close_overdue();
        if (draining && Clock::now() >= patience_ends) serving.close_all();
        for (auto& listener : listeners) listener->wake();
        if (serving.is_empty()) loop.stop_ticking();
    }

    void drain(milliseconds patience) {
        for (auto& listener : listeners) listener->close();
        listeners.clear();
        draining = true;
        patience_ends = Clock::now() + patience;
        serving.finish();
    }

    Loop& loop;
    Counters& counters;
    TcpServing serving;
    std::vector<std::unique_ptr<TcpListener>> listeners;
    bool draining = false;
    Clock::time_point patience_ends;
};

TcpServer::TcpServer(Loop& loop, const TcpLimits& limits, ConnectionCounts& counts,
                     Responder& responder, Counters& counters)
    : state_(std::make_unique<State>(loop, limits, counts, responder, counters)) {}

TcpServer::~TcpServer() = default;

void TcpServer::add_listener(Descriptor listener) { state_->add(std::move(listener), nullptr); }

void TcpServer::add_tls_listener(Descriptor listener, const TlsServer& tls) {
    state_->add(std::move(listener), &tls);
}

void TcpServer::start() {
    for (auto& listener : state_->listeners) listener->start();
}

void TcpServer::drain(milliseconds patience) { state_->drain(patience); }

}  // namespace portolan::net
