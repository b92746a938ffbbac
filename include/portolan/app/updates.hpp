// UPDATE messages (RFC 2136), from the worker that received one to the registrar and back.
//
//     worker ── octets ──▶ TSIG ─▶ prerequisites ─▶ edits ─▶ Registrar ─▶ (disk, zone) ─▶ reply
//
// All of it but `take` runs on the engine's thread. An update is taken whole or not at all: what it
// announces is held against the plan before anything is done.
//
// Whoever repeats a signed message, a client that has lost the reply or somebody who has recorded
// it, gets the reply again and changes nothing. A signature is good for five minutes, whatever the
// signer grants itself, and messages are known for ten, since its clock may be ahead as far as
// behind. One that was signed before this server began may have been taken by the one before, and
// is refused.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "portolan/app/engine.hpp"
#include "portolan/dns/tsig.hpp"
#include "portolan/net/late_reply.hpp"
#include "portolan/net/responder.hpp"

namespace portolan::app {

class Registering;

class Updates {
public:
    Updates(boost::asio::io_context& io, Engine& engine, Registering& registering);
    ~Updates();
    Updates(const Updates&) = delete;
    Updates& operator=(const Updates&) = delete;

    /// From any thread. `reply` is called with the reply's octets on the engine's thread.
    using Reply = std::function<void(const dns::Octets&)>;
    void take(dns::OctetView message, const net::Client& client, Reply reply);
    /// The same over TCP: a stream of the one reply.
    [[nodiscard]] std::unique_ptr<net::Stream> stream(dns::OctetView message,
                                                      const net::Client& client);

private:
    class Taking;
    using Digest = std::array<std::uint8_t, 16>;  // of a message
    struct Answered {
        Digest message;
        std::uint64_t until;  // seconds since 1970
    };

    [[nodiscard]] static Digest digest_of(dns::OctetView message);
    void forget_until(std::uint64_t now);
    void remember(const Digest& message, const dns::Octets& reply, std::uint64_t now);

    boost::asio::io_context& io_;
    Engine& engine_;
    Registering& registering_;
    const std::uint64_t began_;              // seconds since 1970
    std::map<Digest, dns::Octets> replies_;  // to signed messages; "" to those of long ago
    std::deque<Answered> answered_;          // by time
};

}  // namespace portolan::app
