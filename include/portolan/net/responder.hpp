// What the sockets ask for answers: the seam between net and whoever owns the zones.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "portolan/answer/respond.hpp"
#include "portolan/net/late_reply.hpp"
#include "portolan/net/stream.hpp"

namespace portolan::net {

class Channel;

/// Who sent a request.
struct Client {
    sockaddr_storage address;
    std::vector<std::string> names{};  // that its certificate proves (TLS), in lower case
};

/// Answers for one worker thread; every worker has its own. A call a batch, not a call a query.
class Responder {
public:
    virtual ~Responder() = default;
    /// Fills rooms and outcomes (answer/respond.hpp).
    virtual void respond(std::span<answer::Exchange> batch) noexcept = 0;
    /// For an exchange of the last batch whose outcome is `transfer`: answers it, so that its
    /// outcome is another, or returns the messages that do (over TCP alone). Here: what stands in
    /// its room goes out, which refuses.
    virtual std::unique_ptr<Stream> transfer(answer::Exchange& exchange,
                                             const Client& /*client*/) noexcept {
        exchange.outcome = answer::Outcome::reply;
        return nullptr;
    }
    /// For an exchange of the last batch whose outcome is `update`. Over UDP the reply goes `back`
    /// when it is ready; over TCP it is the one message of the stream. Here: what stands in its
    /// room goes out, which is NOTIMP.
    virtual void update(answer::Exchange& exchange, const Client& /*client*/,
                        LateReply /*back*/) noexcept {
        exchange.outcome = answer::Outcome::reply;
    }
    virtual std::unique_ptr<Stream> update(answer::Exchange& exchange,
                                           const Client& /*client*/) noexcept {
        exchange.outcome = answer::Outcome::reply;
        return nullptr;
    }
    /// Sends a stream that `transfer` or `update` returned, on another thread, and calls `done`
    /// there: with true when all of it was taken. Until then nobody else touches the channel.
    using StreamDone = std::function<void(bool whole)>;
    virtual void send(std::shared_ptr<Channel> /*channel*/, std::unique_ptr<Stream> /*stream*/,
                      StreamDone done) {
        done(false);
    }
    /// The worker is done for now and may sleep: nothing that `respond` read is still in use.
    virtual void rest() noexcept = 0;
};

}  // namespace portolan::net
