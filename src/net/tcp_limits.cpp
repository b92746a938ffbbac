#include "portolan/net/tcp_limits.hpp"

#include <algorithm>

#include "portolan/dns/network.hpp"
#include "portolan/net/endpoint.hpp"

namespace portolan::net {

ClientAddress::ClientAddress(const sockaddr_storage& peer) noexcept
    : is_v6(peer.ss_family == AF_INET6) {
    std::ranges::copy(address_octets(peer), octets.begin());
}

ConnectionCounts::ClientKey ConnectionCounts::key_of(const ClientAddress& client) const noexcept {
    const unsigned prefix = client.is_v6 ? limits_.v6_prefix : limits_.v4_prefix;
    return {dns::network_of(client.view(), prefix), client.is_v6};
}

ConnectionCounts::Verdict ConnectionCounts::enter(const ClientAddress& client) {
    const std::lock_guard lock(mutex_);
    const ClientKey key = key_of(client);
    const auto found = clients_.find(key);
    if (found != clients_.end() && found->second >= limits_.connections_per_client) {
        return Verdict::client_full;
    }
    if (total_ >= limits_.connections) return Verdict::all_full;
    ++clients_[key];
    ++total_;
    return Verdict::admitted;
}

void ConnectionCounts::leave(const ClientAddress& client) {
    const std::lock_guard lock(mutex_);
    const auto found = clients_.find(key_of(client));
    if (--found->second == 0) clients_.erase(found);
    --total_;
}

std::size_t ConnectionCounts::total() const {
    const std::lock_guard lock(mutex_);
    return total_;
}

}  // namespace portolan::net
