// Ports as people write them on a command line: "80", "5000-5010", "8080/udp".
#pragma once

#include <boost/system/result.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "portolan/registry/plan.hpp"

namespace portolan::desk {

/// What is wrong with something that was given, and what to do about it: two sentences.
struct Fault {
    std::string message;
    std::string cure;
};
template <class T>
using OrFault = boost::system::result<T, Fault>;

struct PortText {
    registry::PortRange ports;                   // one port: both ends are it
    std::optional<registry::Protocol> protocol;  // none: any
    [[nodiscard]] bool holds(registry::Protocol of, registry::Port port) const noexcept {
        return (!protocol || *protocol == of) && ports.contains(port);
    }
};

/// A port 1-65535 or a rising range of them, "/tcp" or another protocol behind it or not.
OrFault<PortText> parse_port_text(std::string_view text);

}  // namespace portolan::desk
