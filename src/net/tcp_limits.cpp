#include "portolan/net/tcp_limits.hpp"

#include <netinet/in.h>

#include <cstring>

namespace portolan::net {

ClientKey client_key(const sockaddr_storage& peer) noexcept {
    ClientKey key;
    key.is_v6 = peer.ss_family == AF_INET6;
    if (key.is_v6) {
        const auto& address = reinterpret_cast<const sockaddr_in6*>(&peer)->sin6_addr;
        std::memcpy(key.octets.data(), address.s6_addr, 8);
    } else {
        const auto& address = reinterpret_cast<const sockaddr_in*>(&peer)->sin_addr;
        std::memcpy(key.octets.data(), &address.s_addr, 4);
    }
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
