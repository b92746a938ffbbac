#include <ifaddrs.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>

#include "portolan/desk/plan_host.hpp"

namespace portolan::desk {
namespace {

registry::Address address_of(const sockaddr& socket) {
    registry::Address address;
    if (socket.sa_family == AF_INET6) {
        address.size = 16;
        std::memcpy(address.octets.data(), &reinterpret_cast<const sockaddr_in6&>(socket).sin6_addr,
                    16);
    } else {
        std::memcpy(address.octets.data(), &reinterpret_cast<const sockaddr_in&>(socket).sin_addr,
                    4);
    }
    return address;
}

bool has_address(const ifaddrs& interface) {
    return interface.ifa_addr != nullptr &&
           (interface.ifa_addr->sa_family == AF_INET || interface.ifa_addr->sa_family == AF_INET6);
}

}  // namespace

Machine this_machine() {
    Machine machine;
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) == 0) machine.name = name.data();
    ifaddrs* first = nullptr;
    if (getifaddrs(&first) != 0) return machine;
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> all(first, &freeifaddrs);
    for (const auto* each = first; each != nullptr; each = each->ifa_next)
        if (has_address(*each)) machine.addresses.push_back(address_of(*each->ifa_addr));
    return machine;
}

}  // namespace portolan::desk
