// IANA's names for ports, from a pinned table compiled into the program (data/iana-ports.tsv).
#pragma once

#include <string_view>
#include <vector>

#include "portolan/registry/plan.hpp"

namespace portolan::registry::iana {

/// One registered name at a port. The name lives as long as the program.
struct Name {
    std::string_view name;
    std::vector<Protocol> protocols;  // empty: IANA names no transport
    [[nodiscard]] bool is_for(Protocol protocol) const noexcept;
};

/// The day on which the table was taken: "2025-11-14".
std::string_view date();

/// All names of a port, whatever the protocol, in the table's order; port ranges included.
std::vector<Name> names_of(Port port);
/// The names of a port in exactly that protocol.
std::vector<std::string_view> names_of(Port port, Protocol protocol);

}  // namespace portolan::registry::iana
