// A worker: one thread that answers on sockets of its own.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "portolan/answer/respond.hpp"
#include "portolan/app/conduct.hpp"
#include "portolan/app/published.hpp"
#include "portolan/app/settings.hpp"
#include "portolan/net/counters.hpp"

namespace portolan::app {

/// What the workers answer from. Replaced as a whole, never edited.
struct Snapshot {
    answer::View view;
    answer::Moment moment;  // points into `conduct`
    ConductPtr conduct;
};

class Transfers;
class Updates;

class Worker {
public:
    /// Opens the worker's sockets on every endpoint, which throws net::SocketError. `reader` is its
    /// seat; all that is referred to must outlive the worker. `tls`: where settings.listen_tls has
    /// any. Without `updates` UPDATE is not taken.
    Worker(const ServeSettings& settings, Published<Snapshot>::Reader reader, Transfers& transfers,
           net::ConnectionCounts& counts, const net::TlsServer* tls = nullptr,
           std::optional<QueryLog::Seat> log = std::nullopt, Updates* updates = nullptr);
    ~Worker();

    void start();
    /// From any thread: answer what has been received, take no more, and end. Returns at once.
    void drain();
    void join();
    [[nodiscard]] const net::Counters& counters() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace portolan::app
