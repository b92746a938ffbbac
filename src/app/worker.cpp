#include "portolan/app/worker.hpp"

#include <time.h>

#include <thread>

#include "net/signals_blocked.hpp"
#include "portolan/app/transfers.hpp"
#include "portolan/app/updates.hpp"
#include "portolan/net/loop.hpp"
#include "portolan/net/udp.hpp"

namespace portolan::app {
namespace {

constexpr int tcp_backlog = 4096;  // the system caps it (net.core.somaxconn)

/// To a few milliseconds, which costs no system call.
timespec time_of(clockid_t coarse_clock) noexcept {
    timespec time{};
    clock_gettime(coarse_clock, &time);
    return time;
}

std::int64_t milliseconds_of(const timespec& time) noexcept {
    return std::int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1000000;
}

/// Answers from the published snapshot. One read of it a batch, so a batch is never answered
/// half from one state and half from the next.
class SnapshotResponder : public net::Responder {
public:
    SnapshotResponder(Published<Snapshot>::Reader reader, const answer::RateLimits& rate,
                      Transfers& transfers, Updates* updates, std::optional<QueryLog::Seat> log)
        : reader_(reader), limiter_(rate), transfers_(transfers), updates_(updates), log_(log) {}
    void respond(std::span<answer::Exchange> batch) noexcept override {
        const Snapshot& snapshot = reader_.read();
        answer::Moment moment = snapshot.moment;
        const timespec now = time_of(CLOCK_REALTIME_COARSE);
        moment.now = static_cast<std::uint32_t>(now.tv_sec);
        answer::respond(batch, snapshot.view, moment);
        if (limiter_.is_on()) {
            const auto steady = milliseconds_of(time_of(CLOCK_MONOTONIC_COARSE));
            limiter_.limit(batch, static_cast<std::uint32_t>(steady));
        }
        if (log_) log_->note(batch, milliseconds_of(now));
    }
    std::unique_ptr<net::Stream> transfer(answer::Exchange& exchange,
                                          const net::Client& client) noexcept override {
        auto stream = transfers_.answer(exchange, client, reader_.read());
        if (log_) log_->note(exchange, milliseconds_of(time_of(CLOCK_REALTIME_COARSE)));
        return stream;
    }
    void update(answer::Exchange& exchange, const net::Client& client,
                net::LateReply back) noexcept override {
        if (updates_ == nullptr) return Responder::update(exchange, client, std::move(back));
        exchange.reply_class = answer::ReplyClass::answer;
        try {
            const auto way = std::make_shared<net::LateReply>(std::move(back));
            updates_->take(exchange.request, client,
                           [way](const dns::Octets& reply) { way->send(reply); });
        } catch (const std::exception&) {  // no memory: the client asks again
            exchange.outcome = answer::Outcome::drop;
        }
    }
    std::unique_ptr<net::Stream> update(answer::Exchange& exchange,
                                        const net::Client& client) noexcept override {
        if (updates_ == nullptr) return Responder::update(exchange, client);
        exchange.reply_class = answer::ReplyClass::answer;
        try {
            return updates_->stream(exchange.request, client);
        } catch (const std::exception&) {
            exchange.outcome = answer::Outcome::drop;
            return nullptr;
        }
    }
    void send(std::shared_ptr<net::Channel> channel, std::unique_ptr<net::Stream> stream,
              StreamDone done) override {
        struct Handover {
            std::shared_ptr<net::Channel> channel;
            std::unique_ptr<net::Stream> stream;
            StreamDone done;
        };
        auto* prepared = stream.get();
        const auto all = std::make_shared<Handover>(
            Handover{std::move(channel), std::move(stream), std::move(done)});
        prepared->prepare([all, &transfers = transfers_] {
            transfers.send(std::move(all->channel), std::move(all->stream), std::move(all->done));
        });
    }
    void rest() noexcept override { reader_.rest(); }

private:
    Published<Snapshot>::Reader reader_;
    answer::RateLimiter limiter_;
    Transfers& transfers_;
    Updates* updates_;  // nullptr: nobody takes them
    std::optional<QueryLog::Seat> log_;
};

/// A worker's share: the system spreads clients over them.
answer::RateLimits share_of(answer::RateLimits rate, unsigned workers) {
    rate.replies_per_second = (rate.replies_per_second + workers - 1) / workers;
    return rate;
}

}  // namespace

struct Worker::State {
    State(const ServeSettings& settings, Published<Snapshot>::Reader reader, Transfers& transfers,
          Updates* updates, net::ConnectionCounts& counts, std::optional<QueryLog::Seat> log)
        : responder(reader, share_of(settings.rate, settings.workers), transfers, updates, log),
          tcp(loop, settings.tcp, counts, responder, counters), patience(settings.patience) {}

    // The sockets refer to what stands above them and are destroyed before it.
    net::Loop loop;
    net::Counters counters;
    SnapshotResponder responder;
    std::vector<net::UdpServer> udp;
    net::TcpServer tcp;
    std::chrono::milliseconds patience;
    std::thread thread;
};

Worker::Worker(const ServeSettings& settings, Published<Snapshot>::Reader reader,
               Transfers& transfers, net::ConnectionCounts& counts, const net::TlsServer* tls,
               std::optional<QueryLog::Seat> log, Updates* updates)
    : state_(std::make_unique<State>(settings, reader, transfers, updates, counts, log)) {
    const auto batch = net::make_udp_batch();
    for (const auto& endpoint : settings.listen) {
        state_->udp.emplace_back(state_->loop, net::open_udp(endpoint, settings.udp_buffers),
                                 endpoint, batch, state_->responder, state_->counters);
        state_->tcp.add_listener(net::open_tcp(endpoint, tcp_backlog));
    }
    for (const auto& endpoint : settings.listen_tls) {
        state_->tcp.add_tls_listener(net::open_tcp(endpoint, tcp_backlog), *tls);
    }
}

Worker::~Worker() {
    state_->loop.stop();
    join();
}

void Worker::start() {
    const net::SignalsBlocked blocked;
    for (auto& server : state_->udp) server.start();
    state_->tcp.start();
    state_->thread = std::thread([this] { state_->loop.run(); });
}

void Worker::drain() {
    state_->loop.call([this] {
        for (auto& server : state_->udp) server.drain();
        state_->tcp.drain(state_->patience);
    });
}

void Worker::join() {
    if (state_->thread.joinable()) state_->thread.join();
}

const net::Counters& Worker::counters() const noexcept { return state_->counters; }

}  // namespace portolan::app
