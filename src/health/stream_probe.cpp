#include "health/stream_probe.hpp"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "health/tls_client.hpp"

namespace portolan::health {
namespace {

using registry::Verdict;
using Wish = net::Loop::Wish;

constexpr std::size_t octets_per_turn = 16 * 1024;
constexpr std::size_t most_heard = 256 * 1024;  // header, body and framing of any sane answer

template <class Value>
void set(int socket, int level, int option, const Value& value) noexcept {
    setsockopt(socket, level, option, &value, sizeof value);
}

}  // namespace

StreamProbe::StreamProbe(const ProbeHome& home, const net::Endpoint& target,
                         std::unique_ptr<Conversation> talk, net::openssl::Session tls)
    : home_(home), target_(target), talk_(std::move(talk)), tls_(std::move(tls)) {}

StreamProbe::~StreamProbe() {
    if (is_watched_) home_.loop.forget(*this);
}

std::optional<Observation> StreamProbe::begin() noexcept {
    socket_ = net::Descriptor(
        socket(target_.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
    if (!socket_) return failed(errno);
    set(socket_.get(), SOL_SOCKET, SO_LINGER, linger{1, 0});
    if (talk_ == nullptr) set(socket_.get(), IPPROTO_TCP, TCP_QUICKACK, 0);
    if (connect(socket_.get(), target_.data(), target_.size) == 0) return go_on();
    if (errno != EINPROGRESS) return failed(errno);
    return wait_for(Wish::write);
}

void StreamProbe::ready() noexcept {
    int error = 0;
    socklen_t size = sizeof error;
    std::optional<Observation> found;
    if (stage_ == Stage::connecting &&
        (getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)) {
        found = failed(error);
    } else {
        found = go_on();
    }
    if (found) home_.end.found(home_.seat, std::move(*found));  // and here this ends
}

const char* StreamProbe::lacks() const noexcept {
    switch (stage_) {
        case Stage::connecting:
            return "no connection";
        case Stage::handshake:
            return "no TLS";
        default:
            return "no answer";
    }
}

std::optional<Observation> StreamProbe::go_on() {
    if (stage_ == Stage::connecting) {
        if (talk_ == nullptr) return Observation{Verdict::passing, "connected"};
        if (tls_ != nullptr) SSL_set_fd(tls_.get(), socket_.get());
        stage_ = tls_ != nullptr ? Stage::handshake : Stage::talking;
    }
    return stage_ == Stage::handshake ? shake_hands() : talk();
}

std::optional<Observation> StreamProbe::shake_hands() {
    ERR_clear_error();
    switch (pass_of_tls(SSL_connect(tls_.get()))) {
        case Pass::done:
            stage_ = Stage::talking;
            return talk();
        case Pass::again_to_read:
            return wait_for(Wish::read);
        case Pass::again_to_write:
            return wait_for(Wish::write);
        default:
            return Observation{Verdict::critical, "TLS: " + tls_complaint(*tls_)};
    }
}

std::optional<Observation> StreamProbe::talk() {
    if (auto found = say()) return found;
    if (auto found = listen()) return found;
    return say();
}

/// Sets what to wait for too.
std::optional<Observation> StreamProbe::say() {
    words_ += talk_->take_words();
    while (!words_.empty()) {
        switch (write_some()) {
            case Pass::done:
                break;
            case Pass::again_to_read:
                return wait_for(Wish::read);
            case Pass::again_to_write:
                return wait_for(Wish::either);
            default:
                return broken();
        }
    }
    return wait_for(Wish::read);
}

/// One read: a target that never stops takes turns with the others.
std::optional<Observation> StreamProbe::listen() {
    std::array<char, octets_per_turn> room;
    do {
        std::size_t count = 0;
        switch (read_some(room, count)) {
            case Pass::done:
                break;
            case Pass::again_to_read:
            case Pass::again_to_write:
                return std::nullopt;
            case Pass::ended:
                return talk_->hear_end();
            default:
                return broken();
        }
        heard_ += count;
        if (auto found = talk_->hear({room.data(), count})) return found;
        if (heard_ > most_heard) return Observation{Verdict::critical, "an answer without an end"};
    } while (tls_ != nullptr && SSL_pending(tls_.get()) > 0);  // which no wait would tell of
    return std::nullopt;
}

Observation StreamProbe::broken() const {
    if (error_ != 0) return failed(error_);
    return {Verdict::critical, "the connection broke"};
}

std::optional<Observation> StreamProbe::wait_for(Wish wish) noexcept {
    if (is_watched_) {
        if (wish != wish_) home_.loop.change(socket_.get(), *this, wish);
        wish_ = wish;
        return std::nullopt;
    }
    if (!home_.loop.try_to_watch(socket_.get(), *this, wish)) return failed(ENOMEM);
    is_watched_ = true;
    wish_ = wish;
    return std::nullopt;
}

StreamProbe::Pass StreamProbe::write_some() {
    if (tls_ != nullptr) {
        ERR_clear_error();
        const int count = SSL_write(tls_.get(), words_.data(), static_cast<int>(words_.size()));
        if (count > 0) words_.erase(0, static_cast<std::size_t>(count));
        return pass_of_tls(count);
    }
    const ssize_t count = send(socket_.get(), words_.data(), words_.size(), MSG_NOSIGNAL);
    if (count >= 0) {
        words_.erase(0, static_cast<std::size_t>(count));
        return Pass::done;
    }
    if (errno == EAGAIN || errno == EINTR) return Pass::again_to_write;
    error_ = errno;
    return Pass::failed;
}

StreamProbe::Pass StreamProbe::read_some(std::span<char> room, std::size_t& count) {
    if (tls_ != nullptr) {
        ERR_clear_error();
        return pass_of_tls(SSL_read_ex(tls_.get(), room.data(), room.size(), &count));
    }
    const ssize_t octets = recv(socket_.get(), room.data(), room.size(), 0);
    if (octets > 0) {
        count = static_cast<std::size_t>(octets);
        return Pass::done;
    }
    if (octets == 0) return Pass::ended;
    if (errno == EAGAIN || errno == EINTR) return Pass::again_to_read;
    error_ = errno;
    return Pass::failed;
}

StreamProbe::Pass StreamProbe::pass_of_tls(int result) const noexcept {
    if (result > 0) return Pass::done;
    switch (SSL_get_error(tls_.get(), result)) {
        case SSL_ERROR_WANT_READ:
            return Pass::again_to_read;
        case SSL_ERROR_WANT_WRITE:
            return Pass::again_to_write;
        case SSL_ERROR_ZERO_RETURN:
            return Pass::ended;
        default:
            return Pass::failed;
    }
}

}  // namespace portolan::health
