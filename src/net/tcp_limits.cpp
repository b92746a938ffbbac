#include "portolan/net/tcp_limits.hpp"

#include <algorithm>

#include "portolan/net/endpoint.hpp"

namespace portolan::net {

ClientAddress::ClientAddress(const sockaddr_storage& peer) noexcept
    : is_v6(peer.ss_family == AF_INET6) {
    std::ranges::copy(address_octets(peer), octets.begin());
}

ClientKey client_key(const ClientAddress& address) noexcept {
    ClientKey key{.is_v6 = address.is_v6};
    std::copy_n(address.octets.begin(), key.octets.size(), key.octets.begin());
    return key;
}

ConnectionCounts::Verdict ConnectionCounts::enter(const ClientKey& client) {
    const std::lock_guard lock(mutex_);
    const auto found = clients_.find(client);
    if (found != clients_.end() && found->second >= limits_.connections_per_client) {
        return Verdict::client_full;
    }
    if (total_ >= limits_.connections) return Verdict::all_full;
    ++clients_[client];
    ++total_;
    return Verdict::admitted;
}

void ConnectionCounts::leave(const ClientKey& client) {
    const std::lock_guard lock(mutex_);
    const auto found = clients_.find(client);
    if (--found->second == 0) clients_.erase(found);
    --total_;
}

std::size_t ConnectionCounts::total() const {
    const std::lock_guard lock(mutex_);
    return total_;
}

}  // namespace portolan::net
