// nftables: sets of address and port by environment, and of ports by host.
//
//     tcp dport @host_jb1.prod.tcp accept                 on the host
//     ip daddr . tcp dport @env_prod.tcp.v4 accept        on a firewall before it
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "desk/exports.hpp"

namespace portolan::desk {
namespace {

struct Set {
    std::string type;
    std::vector<std::string> elements;  // in the plan's order, each once
    std::set<std::string> seen;
    void add(std::string element) {
        if (seen.insert(element).second) elements.push_back(std::move(element));
    }
};

/// Some versions of nftables take a hyphen for a minus. An underscore is never in a label, so names
/// stay distinct; and the prefix keeps labels from being words of the language.
std::string set_name(std::string name) {
    std::ranges::replace(name, '-', '_');
    return name;
}

class Table {
public:
    void add(const ExportedPort& port) {
        const bool is_known = port.protocol != registry::Protocol::dccp;  // no `dport` maps of it
        if (!is_known || port.environment == nullptr || port.host.empty()) return;
        const auto protocol = std::string(to_string(port.protocol));
        const auto environment = "env_" + port.environment->name + "." + protocol;
        for (const auto& address : port.addresses)
            set(environment + (address.is_v6() ? ".v6" : ".v4"),
                address.is_v6() ? "ipv6_addr . inet_service" : "ipv4_addr . inet_service")
                .add(fmt::format("{} . {}", to_string(address), port.port));
        set(fmt::format("host_{}.{}.{}", port.host, port.environment->name, protocol),
            "inet_service")
            .add(std::to_string(port.port));
    }

    [[nodiscard]] std::string text() const {
        std::string text = "table inet portolan {\n";
        for (const auto& name : order_) text += set_text(name, sets_.at(name));
        return text + "}\n";
    }

private:
    Set& set(const std::string& name, const char* type) {
        const auto [at, is_new] = sets_.try_emplace(set_name(name), Set{type, {}, {}});
        if (is_new) order_.push_back(at->first);
        return at->second;
    }

    static std::string set_text(const std::string& name, const Set& set) {
        std::string text =
            fmt::format("\tset {} {{\n\t\ttype {}\n\t\telements = {{\n", name, set.type);
        for (const auto& each : set.elements) text += "\t\t\t" + each + ",\n";
        return text + "\t\t}\n\t}\n";
    }

    std::map<std::string, Set> sets_;
    std::vector<std::string> order_;
};

}  // namespace

std::string write_nftables(const ExportInput& input) {
    Table table;
    for (const auto& each : input.ports) table.add(each);
    return table.text();
}

}  // namespace portolan::desk
