// Sends streams of messages over TCP connections, many side by side, on a loop of its own.
//
// A worker must not spend its time on a zone of a million records, nor wait for the client who
// takes it. So it lends the connection (Responder::send) to this, which goes round among its
// clients a few messages at a time. What a client costs is bounded: one message in memory, a
// limit for taking it, and one for all of them, so that nobody holds an old state of a zone for
// ever by dribbling.
//
// All calls but `take` come on the loop's thread, or before and after it runs.
#pragma once

#include <chrono>
#include <list>
#include <memory>

#include "portolan/net/loop.hpp"
#include "portolan/net/responder.hpp"

namespace portolan::net {

struct StreamLimits {
    std::chrono::milliseconds message{10000};  // for a client to take one message
    std::chrono::milliseconds whole{3600000};  // for all of them
};

class Streaming {
public:
    Streaming(Loop& loop, const StreamLimits& limits) : loop_(loop), limits_(limits) {}
    Streaming(const Streaming&) = delete;
    Streaming& operator=(const Streaming&) = delete;
    ~Streaming();

    /// From any thread.
    void take(std::shared_ptr<Channel> channel, std::unique_ptr<Stream> stream,
              Responder::StreamDone done);
    /// To be called now and then, while there are any.
    void close_overdue();
    [[nodiscard]] bool is_empty() const noexcept { return sessions_.empty(); }

private:
    using Clock = std::chrono::steady_clock;
    struct Session;
    using Sessions = std::list<std::shared_ptr<Session>>;

    void send(Session& session) noexcept;
    void finish(Session& session, bool whole) noexcept;

    Loop& loop_;
    const StreamLimits limits_;
    Sessions sessions_;  // the one that has waited longest for its client first
};

}  // namespace portolan::net
