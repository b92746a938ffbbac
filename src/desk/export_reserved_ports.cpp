// net.ipv4.ip_local_reserved_ports: ports that the kernel gives to no outgoing connection.
#include <fmt/core.h>

#include <algorithm>

#include "desk/exports.hpp"

namespace portolan::desk {
namespace {

/// The kernel takes one page in a write (proc_do_large_bitmap), with the line's end.
constexpr std::size_t most_octets = 4094;

/// Runs of the ascending ports; numbers up to `gap` apart are joined over what lies between.
std::vector<registry::PortRange> ranges_of(const std::vector<registry::Port>& ports, unsigned gap) {
    std::vector<registry::PortRange> ranges;
    for (const auto port : ports) {
        if (!ranges.empty() && port - ranges.back().last <= static_cast<int>(gap)) {
            ranges.back().last = port;
        } else {
            ranges.push_back({port, port});
        }
    }
    return ranges;
}

std::string text_of(const std::vector<registry::PortRange>& ranges) {
    std::string text;
    for (const auto& each : ranges) {
        if (!text.empty()) text += ',';
        text += std::to_string(each.first);
        if (each.last != each.first) text += "-" + std::to_string(each.last);
    }
    return text;
}

}  // namespace

std::string write_reserved_ports(const ExportInput& input) {
    std::vector<registry::Port> ports;
    for (const auto& each : input.ports) ports.push_back(each.port);
    std::ranges::sort(ports);
    ports.erase(std::unique(ports.begin(), ports.end()), ports.end());
    unsigned gap = 1;
    auto text = text_of(ranges_of(ports, gap));
    while (text.size() > most_octets) text = text_of(ranges_of(ports, gap *= 2));
    const auto note =
        gap == 1 ? std::string()
                 : fmt::format("# the kernel takes {} octets: gaps below {} are reserved too\n",
                               most_octets, gap);
    return note + fmt::format("net.ipv4.ip_local_reserved_ports = {}\n", text);
}

}  // namespace portolan::desk
