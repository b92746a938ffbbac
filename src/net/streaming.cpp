#include "portolan/net/streaming.hpp"

#include <exception>
#include <span>
#include <vector>

#include "channel.hpp"
#include "portolan/dns/wire.hpp"

namespace portolan::net {
namespace {

constexpr int messages_a_turn = 4;  // then the other clients get theirs
constexpr std::size_t length_octets = 2;

}  // namespace

struct Streaming::Session final : Watcher {
    Session(Streaming& all, std::shared_ptr<Channel> to, std::unique_ptr<Stream> messages,
            Responder::StreamDone when_done)
        : streaming(all), channel(std::move(to)), stream(std::move(messages)),
          done(std::move(when_done)) {}

    void ready() noexcept override { streaming.send(*this); }

    /// Makes the next message, with its length before it.
    Stream::Next make_next() {
        const auto next = stream->next(message);
        if (next != Stream::Next::message) return next;
        std::uint8_t length[length_octets];
        dns::store_u16(length, static_cast<std::uint16_t>(message.size()));
        message.insert(message.begin(), length, length + length_octets);
        sent = 0;
        return next;
    }

    Streaming& streaming;
    std::shared_ptr<Channel> channel;
    std::unique_ptr<Stream> stream;
    Responder::StreamDone done;
    std::vector<std::uint8_t> message;
    std::size_t sent = 0;
    const Clock::time_point began = Clock::now();
    Clock::time_point since = began;  // when the message was begun
    Sessions::iterator place;
};

Streaming::~Streaming() = default;

void Streaming::take(std::shared_ptr<Channel> channel, std::unique_ptr<Stream> stream,
                     Responder::StreamDone done) {
    auto session =
        std::make_shared<Session>(*this, std::move(channel), std::move(stream), std::move(done));
    loop_.call([this, session] {
        session->place = sessions_.insert(sessions_.end(), session);
        loop_.start_ticking();
        if (loop_.try_to_watch(session->channel->number(), *session, Loop::Wish::write)) return;
        sessions_.erase(session->place);
        session->done(false);
    });
}

void Streaming::send(Session& session) noexcept {
    try {
        for (int made = 0; made < messages_a_turn;) {
            if (session.sent == session.message.size()) {
                const auto next = session.make_next();
                if (next != Stream::Next::message) {
                    return finish(session, next == Stream::Next::end);
                }
                ++made;
                session.since = Clock::now();
                sessions_.splice(sessions_.end(), sessions_, session.place);
            }
            const std::span<const std::uint8_t> message(session.message);
            session.sent += session.channel->send(message.subspan(session.sent));
            if (session.channel->is_broken()) return finish(session, false);
            if (session.sent < session.message.size()) return;
        }
    } catch (const std::exception&) {  // no memory; the client asks again
        finish(session, false);
    }
}

void Streaming::finish(Session& session, bool whole) noexcept {
    const auto kept = *session.place;  // until the end of this function
    loop_.unwatch(session.channel->number(), session);
    sessions_.erase(session.place);
    session.channel.reset();
    session.stream.reset();
    session.done(whole);
}

void Streaming::close_overdue() {
    const auto now = Clock::now();
    while (!sessions_.empty() && sessions_.front()->since + limits_.message <= now) {
        finish(*sessions_.front(), false);
    }
    for (auto at = sessions_.begin(); at != sessions_.end();) {
        Session& session = **at++;
        if (session.began + limits_.whole <= now) finish(session, false);
    }
}

}  // namespace portolan::net
