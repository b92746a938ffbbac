// Zones given to secondaries: who asks, what they get, and who is told of changes.
//
//     engine ── steps, zones ─▶ FollowedZone (journal, policy) ◀── workers: requests
//                │                        ▲
//                ▼                        │ content, differences
//             Notifier             net::Streaming, on the transfer thread
//
// A worker checks a request's signature and right, which takes microseconds, and answers by itself
// what fits into one message: refusals, signed queries, IXFR over UDP. What a TCP client is to be
// sent beyond that is made and sent on the transfer thread, which has a seat of its own among the
// readers of the tables and leaves it between two readings (app/published.hpp).
#pragma once

#include <memory>
#include <string>

#include "portolan/app/follower.hpp"
#include "portolan/app/published.hpp"
#include "portolan/app/settings.hpp"
#include "portolan/app/worker.hpp"
#include "portolan/net/responder.hpp"

namespace portolan::app {

/// What was transferred and told, counted.
struct TransferCounts {
    std::uint64_t whole = 0;        // zones sent whole, for AXFR or IXFR
    std::uint64_t differences = 0;  // IXFR answered as such
    std::uint64_t refused = 0;      // by address, by key, or as malformed
    std::uint64_t failed = 0;       // not taken by the client in time
};

class Transfers final : public Follower {
public:
    /// `reader` is the transfer thread's seat.
    Transfers(const ServeSettings& settings, Published<Snapshot>::Reader reader);
    ~Transfers() override;

    void start();  // throws net::SocketError
    /// Breaks off what is being sent. Called before the workers go.
    void stop();
    [[nodiscard]] TransferCounts counts() const noexcept;

    // --- for the engine's thread ---

    void will_change(dns::NameView apex, transfer::Step step) noexcept override;
    void has_changed(dns::NameView apex) noexcept override;
    void serves(const std::vector<Zone>& zones) noexcept override;

    /// Why zones are given to nobody from now on; "": they are.
    void set_stale(std::string why);

    // --- for the workers: see net/responder.hpp ---

    std::unique_ptr<net::Stream> answer(answer::Exchange& exchange, const net::Client& client,
                                        const Snapshot& snapshot) noexcept;
    void send(std::shared_ptr<net::Channel> channel, std::unique_ptr<net::Stream> stream,
              net::Responder::StreamDone done);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace portolan::app
