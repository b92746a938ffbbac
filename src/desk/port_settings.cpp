#include <fstream>
#include <sstream>

#include "portolan/desk/free_ports.hpp"

namespace portolan::desk {
namespace {

std::string words_of(const char* setting) {
    std::ifstream file(std::string("/proc/sys/net/ipv4/") + setting);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

PortSettings port_settings() {
    PortSettings settings;
    std::istringstream range(words_of("ip_local_port_range"));  // "32768	60999"
    if (registry::PortRange read; range >> read.first >> read.last) settings.ephemeral = read;
    std::istringstream reserved(words_of("ip_local_reserved_ports"));  // "8080,9148-9150"
    for (std::string each; std::getline(reserved >> std::ws, each, ',');) {
        each.erase(each.find_last_not_of(" \n") + 1);
        if (const auto read = parse_port_text(each)) settings.reserved.push_back(read->ports);
    }
    return settings;
}

}  // namespace portolan::desk
