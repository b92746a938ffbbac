// Octets to and from one client, in the clear or through TLS. Nothing else in net knows which.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "portolan/net/socket.hpp"
#include "portolan/net/tls.hpp"

namespace portolan::net {

/// Never waits. One thread at a time; it may go from one to another.
class Channel {
public:
    explicit Channel(Descriptor socket) noexcept;
    Channel(Channel&&) noexcept;
    Channel& operator=(Channel&&) noexcept;
    ~Channel();

    /// The client is to shake hands before anything else. False when there is no memory.
    [[nodiscard]] bool begin_tls(const TlsContext& context) noexcept;

    /// As much as is there and fits; 0 also at the end.
    std::size_t receive(std::span<std::uint8_t> room) noexcept;
    /// Returns how many octets were taken. The rest is to be sent by the next call.
    std::size_t send(std::span<const std::uint8_t> octets) noexcept;
    /// Tells the client that nothing more comes.
    void end_sending() noexcept;

    [[nodiscard]] int number() const noexcept { return socket_.get(); }
    /// Zeros when the system does not say.
    [[nodiscard]] sockaddr_storage client() const noexcept;
    [[nodiscard]] bool is_tls() const noexcept { return tls_ != nullptr; }
    [[nodiscard]] bool is_shaking_hands() const noexcept;
    /// The next `receive` needs the system to take octets first (a handshake's).
    [[nodiscard]] bool wants_to_send() const noexcept;
    /// Octets may be here that the system will not tell of: they have been taken from it.
    [[nodiscard]] bool may_hold_more() const noexcept;
    [[nodiscard]] bool is_at_end() const noexcept { return is_at_end_; }
    [[nodiscard]] bool is_broken() const noexcept { return is_broken_; }
    /// Why TLS broke; empty when it did not, or when the client just left.
    [[nodiscard]] std::string complaint() const;

    /// Names that the client's certificate proves, in lower case.
    [[nodiscard]] std::vector<std::string> client_names() const;

private:
    struct Tls;

    std::size_t receive_by_tls(std::span<std::uint8_t> room) noexcept;
    std::size_t send_by_tls(std::span<const std::uint8_t> octets) noexcept;
    void judge_tls(int returned) noexcept;
    void say_goodbye() noexcept;

    Descriptor socket_;
    std::unique_ptr<Tls> tls_;  // nullptr: in the clear
    bool is_at_end_ = false;    // the client sends no more
    bool is_broken_ = false;    // nothing goes either way
};

}  // namespace portolan::net
