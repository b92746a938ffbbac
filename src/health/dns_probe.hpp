// A probe of a name server: one question over UDP, and the datagrams that come back.
#pragma once

#include "health/probe.hpp"
#include "portolan/dns/types.hpp"
#include "portolan/net/socket.hpp"

namespace portolan::health {

class DnsProbe final : public Probe {
public:
    DnsProbe(const ProbeHome& home, const net::Endpoint& target, dns::Octets question);
    ~DnsProbe() override;
    DnsProbe(const DnsProbe&) = delete;
    DnsProbe& operator=(const DnsProbe&) = delete;

    std::optional<Observation> begin() noexcept override;
    void ready() noexcept override;
    [[nodiscard]] const char* lacks() const noexcept override { return "no answer"; }

private:
    std::optional<Observation> listen();

    ProbeHome home_;
    net::Endpoint target_;
    net::Descriptor socket_;
    dns::Octets question_;
    bool is_watched_ = false;
};

}  // namespace portolan::health
