#include "portolan/app/worker.hpp"

#include <thread>

#include "app/signals_blocked.hpp"
#include "portolan/app/transfers.hpp"
#include "portolan/net/loop.hpp"
#include "portolan/net/udp.hpp"

namespace portolan::app {
namespace {

constexpr int tcp_backlog = 4096;  // the system caps it (net.core.somaxconn)

/// Answers from the published snapshot. One read of it a batch, so a batch is never answered
/// half from one state and half from the next.
class SnapshotResponder : public net::Responder {
public:
    SnapshotResponder(Published<Snapshot>::Reader reader, Transfers& transfers)
        : reader_(reader), transfers_(transfers) {}
    void respond(std::span<answer::Exchange> batch) noexcept override {
        const Snapshot& snapshot = reader_.read();
        answer::respond(batch, snapshot.view, snapshot.moment);
    }
    std::unique_ptr<net::Stream> transfer(answer::Exchange& exchange,
                                          const sockaddr_storage& client) noexcept override {
        return transfers_.answer(exchange, client, reader_.read());
    }
    void send(net::Descriptor socket, std::unique_ptr<net::Stream> stream,
              StreamDone done) override {
        transfers_.send(std::move(socket), std::move(stream), std::move(done));
    }
    void rest() noexcept override { reader_.rest(); }

private:
    Published<Snapshot>::Reader reader_;
    Transfers& transfers_;
};

}  // namespace

struct Worker::State {
    State(const ServeSettings& settings, Published<Snapshot>::Reader reader, Transfers& transfers,
          net::ConnectionCounts& counts)
        : responder(reader, transfers), tcp(loop, settings.tcp, counts, responder, counters),
          patience(settings.patience) {}

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
               Transfers& transfers, net::ConnectionCounts& counts)
    : state_(std::make_unique<State>(settings, reader, transfers, counts)) {
    const auto batch = net::make_udp_batch();
    for (const auto& endpoint : settings.listen) {
        state_->udp.emplace_back(state_->loop, net::open_udp(endpoint, settings.udp_buffers),
                                 endpoint, batch, state_->responder, state_->counters);
        state_->tcp.add_listener(net::open_tcp(endpoint, tcp_backlog));
    }
}

Worker::~Worker() {
    state_->loop.stop();
    join();
}

void Worker::start() {
    const SignalsBlocked blocked;
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
