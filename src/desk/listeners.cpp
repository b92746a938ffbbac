#include "portolan/desk/listeners.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>

#include "desk/sock_diag.hpp"
#include "desk/socket_holders.hpp"
#include "portolan/registry/registration.hpp"

namespace portolan::desk {
namespace {

/// Sockets that agree on this are one listener.
auto identity(const Listener& one) {
    return std::tie(one.port, one.protocol, one.address, one.is_listening, one.user);
}

std::vector<Listener> with_processes(std::vector<DiagSocket> sockets) {
    std::vector<std::uint64_t> inodes;
    for (const DiagSocket& each : sockets) inodes.push_back(each.inode);
    const auto holders = holders_of(inodes);
    std::vector<Listener> all;
    for (DiagSocket& each : sockets) {
        each.listener.user = user_name(each.user);
        const auto [first, last] = holders.equal_range(each.inode);
        for (auto holder = first; holder != last; ++holder)
            each.listener.processes.push_back(holder->second);
        all.push_back(std::move(each.listener));
    }
    return joined(std::move(all));
}

}  // namespace

registry::Address without_mapping(const registry::Address& address) noexcept {
    static constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (!address.is_v6() || !std::equal(mapped.begin(), mapped.end(), address.octets.begin()))
        return address;
    registry::Address v4;
    std::copy_n(address.octets.begin() + mapped.size(), 4, v4.octets.begin());
    return v4;
}

std::vector<Listener> joined(std::vector<Listener> all) {
    std::ranges::sort(all, {}, identity);
    std::vector<Listener> one_each;
    for (Listener& each : all) {
        if (one_each.empty() || identity(one_each.back()) != identity(each)) {
            one_each.push_back(std::move(each));
            continue;
        }
        auto& processes = one_each.back().processes;
        for (Process& process : each.processes)
            if (std::ranges::find(processes, process.id, &Process::id) == processes.end())
                processes.push_back(std::move(process));
    }
    for (Listener& each : one_each) std::ranges::sort(each.processes, {}, &Process::id);
    return one_each;
}

bool Listener::is_on_every_address() const noexcept {
    return std::ranges::all_of(address.octets, [](auto octet) { return octet == 0; });
}

bool Listener::is_on_loopback() const noexcept {
    if (!address.is_v6()) return address.octets[0] == 127;
    static const auto v6_loopback = *registry::parse_address("::1");
    return address == v6_loopback;
}

std::string endpoint_text(const Listener& listener) {
    if (listener.is_of_both) return fmt::format("*:{}", listener.port);
    return registry::endpoint_text(listener.address, listener.port);
}

std::string holders_text(const Listener& listener) {
    if (listener.processes.empty())
        return listener.user.empty() ? "a process" : "a process of user " + listener.user;
    const Process& first = listener.processes.front();
    auto text = fmt::format("{} (pid {}", first.name, first.id);
    if (listener.processes.size() > 1)
        text += fmt::format(" and {} more", listener.processes.size() - 1);
    const auto& user = first.user.empty() ? listener.user : first.user;
    return text + (user.empty() ? ")" : fmt::format(", user {})", user));
}

std::vector<Listener> listeners() { return with_processes(diagnosed_sockets(Wanted::listening)); }

std::vector<Listener> holders_of_ports() {
    auto sockets = diagnosed_sockets(Wanted::all);
    std::set<std::pair<registry::Protocol, registry::Port>> listened;
    for (const auto& [listener, inode, user] : sockets)
        if (listener.is_listening) listened.emplace(listener.protocol, listener.port);
    std::erase_if(sockets, [&](const DiagSocket& each) {
        const auto& [protocol, port] = std::pair(each.listener.protocol, each.listener.port);
        return !each.listener.is_listening && listened.contains({protocol, port});
    });
    return with_processes(std::move(sockets));
}

}  // namespace portolan::desk
