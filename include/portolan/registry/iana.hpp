// IANA's names for ports, from a pinned table compiled into the program (data/iana-ports.tsv), or
// from a newer one.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/registry/plan.hpp"

namespace portolan::registry::iana {

/// One registered name at a port. The name lives as long as its table.
struct Name {
    std::string_view name;
    std::vector<Protocol> protocols;  // empty: IANA names no transport
    [[nodiscard]] bool is_for(Protocol protocol) const noexcept;
};

/// The registry of one day.
class Table {
public:
    /// Lines as in data/iana-ports.tsv: "port or first-last TAB transports TAB name". The text must
    /// outlive the table; `date` is how it is called, "2025-11-14".
    Table(std::string_view text, std::string_view date);
    /// The one compiled into the program.
    static const Table& pinned();

    [[nodiscard]] const std::string& date() const noexcept { return date_; }
    /// All names of a port, whatever the protocol, in the table's order; port ranges included.
    [[nodiscard]] std::vector<Name> names_of(Port port) const;

private:
    std::string date_;
    std::multimap<Port, Name> by_port_;  // ranges spread out: none is longer than a hundred
};

/// The pinned table's date: "2025-11-14".
std::string_view date();

/// All names of a port, whatever the protocol, in the table's order; port ranges included.
std::vector<Name> names_of(Port port);
/// The names of a port in exactly that protocol.
std::vector<std::string_view> names_of(Port port, Protocol protocol);

}  // namespace portolan::registry::iana
