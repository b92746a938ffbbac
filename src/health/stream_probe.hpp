// A probe over TCP: it connects, speaks TLS if it shall, and has a conversation if there is one.
//
// Connections end by a reset (SO_LINGER 0), so that a hundred thousand of them leave nobody in
// TIME_WAIT. Where connecting is all, the last step of the handshake is not even sent (no quick
// ACK): the target's program never hears of it.
#pragma once

#include <memory>
#include <span>

#include "health/probe.hpp"
#include "net/openssl.hpp"
#include "portolan/net/socket.hpp"

namespace portolan::health {

class StreamProbe final : public Probe {
public:
    /// `talk` and `tls` may be nullptr.
    StreamProbe(const ProbeHome& home, const net::Endpoint& target,
                std::unique_ptr<Conversation> talk, net::openssl::Session tls);
    ~StreamProbe() override;
    StreamProbe(const StreamProbe&) = delete;
    StreamProbe& operator=(const StreamProbe&) = delete;

    std::optional<Observation> begin() noexcept override;
    void ready() noexcept override;
    [[nodiscard]] const char* lacks() const noexcept override;

private:
    enum class Stage : std::uint8_t { connecting, handshake, talking };
    /// What a read or a write came to.
    enum class Pass : std::uint8_t { done, again_to_read, again_to_write, ended, failed };

    std::optional<Observation> go_on();
    std::optional<Observation> shake_hands();
    std::optional<Observation> talk();
    std::optional<Observation> say();
    std::optional<Observation> listen();
    Observation broken() const;
    std::optional<Observation> wait_for(net::Loop::Wish wish) noexcept;
    Pass write_some();
    Pass read_some(std::span<char> room, std::size_t& count);
    [[nodiscard]] Pass pass_of_tls(int result) const noexcept;

    ProbeHome home_;
    net::Endpoint target_;
    net::Descriptor socket_;
    std::unique_ptr<Conversation> talk_;
    net::openssl::Session tls_;
    std::string words_;  // to be said, and not yet taken by the socket
    std::size_t heard_ = 0;
    int error_ = 0;  // of the last read or write that failed
    Stage stage_ = Stage::connecting;
    net::Loop::Wish wish_ = net::Loop::Wish::nothing;
    bool is_watched_ = false;
};

}  // namespace portolan::health
