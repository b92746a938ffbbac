#include "channel.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <cerrno>
#include <new>

#include "openssl.hpp"

namespace portolan::net {
namespace {

bool is_for_later(int error) { return error == EAGAIN || error == EINTR; }

}  // namespace

struct Channel::Tls {
    explicit Tls(openssl::Session begun) noexcept : session(std::move(begun)) {}

    openssl::Session session;
    bool is_shaking_hands = true;
    bool wants_to_send = false;
    bool may_hold_more = false;
    std::string complaint;
};

Channel::Channel(Descriptor socket) noexcept : socket_(std::move(socket)) {}
Channel::Channel(Channel&&) noexcept = default;
Channel& Channel::operator=(Channel&&) noexcept = default;
Channel::~Channel() { say_goodbye(); }

bool Channel::begin_tls(const TlsContext& context) noexcept {
    openssl::Session session(SSL_new(context.get()));
    if (session == nullptr || SSL_set_fd(session.get(), socket_.get()) != 1) return false;
    SSL_set_accept_state(session.get());
    tls_.reset(new (std::nothrow) Tls{std::move(session)});
    return tls_ != nullptr;
}

sockaddr_storage Channel::client() const noexcept {
    sockaddr_storage client{};
    socklen_t size = sizeof client;
    getpeername(socket_.get(), reinterpret_cast<sockaddr*>(&client), &size);
    return client;
}

bool Channel::is_shaking_hands() const noexcept { return is_tls() && tls_->is_shaking_hands; }
bool Channel::wants_to_send() const noexcept { return is_tls() && tls_->wants_to_send; }
bool Channel::may_hold_more() const noexcept { return is_tls() && tls_->may_hold_more; }
std::string Channel::complaint() const { return is_tls() ? tls_->complaint : std::string(); }

std::size_t Channel::receive(std::span<std::uint8_t> room) noexcept {
    if (is_at_end_ || is_broken_ || room.empty()) return 0;
    if (is_tls()) return receive_by_tls(room);
    const auto count = recv(socket_.get(), room.data(), room.size(), MSG_DONTWAIT);
    if (count > 0) return static_cast<std::size_t>(count);
    // The client may close its side as soon as it has asked: what it asked is still answered.
    if (count == 0) is_at_end_ = true;
    if (count < 0 && !is_for_later(errno)) is_broken_ = true;
    return 0;
}

std::size_t Channel::send(std::span<const std::uint8_t> octets) noexcept {
    if (is_broken_ || octets.empty()) return 0;
    if (is_tls()) return send_by_tls(octets);
    const auto count =
        ::send(socket_.get(), octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (!is_for_later(errno)) is_broken_ = true;
    return 0;
}

/// Record by record, until the room is full or there is none left. The first call shakes hands.
std::size_t Channel::receive_by_tls(std::span<std::uint8_t> room) noexcept {
    auto* session = tls_->session.get();
    std::size_t received = 0;
    while (received < room.size()) {
        std::size_t count = 0;
        ERR_clear_error();
        const int returned =
            SSL_read_ex(session, room.data() + received, room.size() - received, &count);
        tls_->is_shaking_hands = SSL_is_init_finished(session) == 0;
        if (returned != 1) {
            judge_tls(returned);
            tls_->may_hold_more = false;
            return received;
        }
        received += count;
    }
    tls_->may_hold_more = true;
    return received;
}

std::size_t Channel::send_by_tls(std::span<const std::uint8_t> octets) noexcept {
    auto* session = tls_->session.get();
    std::size_t sent = 0;
    while (sent < octets.size()) {
        std::size_t count = 0;
        ERR_clear_error();
        const int returned =
            SSL_write_ex(session, octets.data() + sent, octets.size() - sent, &count);
        if (returned != 1) {
            judge_tls(returned);
            break;
        }
        sent += count;
    }
    return sent;
}

void Channel::judge_tls(int returned) noexcept {
    const auto* session = tls_->session.get();
    const int error = SSL_get_error(session, returned);
    tls_->wants_to_send = error == SSL_ERROR_WANT_WRITE;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
    if (error == SSL_ERROR_ZERO_RETURN) {
        is_at_end_ = true;
        return;
    }
    is_broken_ = true;
    if (error != SSL_ERROR_SSL) return;
    tls_->complaint = openssl::last_error();
    const long verified = SSL_get_verify_result(session);
    if (verified != X509_V_OK) {
        tls_->complaint += std::string(": ") + X509_verify_cert_error_string(verified);
    }
}

void Channel::end_sending() noexcept {
    say_goodbye();
    shutdown(socket_.get(), SHUT_WR);
}

/// close_notify, once (RFC 8446 6.1). Nobody waits for the client's.
void Channel::say_goodbye() noexcept {
    if (!is_tls() || is_broken_ || tls_->is_shaking_hands) return;
    auto* session = tls_->session.get();
    if ((SSL_get_shutdown(session) & SSL_SENT_SHUTDOWN) != 0) return;
    ERR_clear_error();
    SSL_shutdown(session);
}

std::vector<std::string> Channel::client_names() const {
    return is_tls() ? net::client_names(tls_->session.get()) : std::vector<std::string>();
}

}  // namespace portolan::net
