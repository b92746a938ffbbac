#include "portolan/registry/iana.hpp"

#include <algorithm>
#include <charconv>

#include "registry/iana_data.hpp"

namespace portolan::registry::iana {
namespace {

/// Cuts the text before the first `mark` off the front of `rest`.
std::string_view cut(std::string_view& rest, char mark) {
    const auto end = std::min(rest.find(mark), rest.size());
    const auto head = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return head;
}

unsigned number(std::string_view text) {
    unsigned value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::vector<Protocol> protocols(std::string_view text) {
    std::vector<Protocol> all;
    while (!text.empty())
        if (const auto protocol = parse_protocol(cut(text, ','))) all.push_back(*protocol);
    return all;
}

/// "# IANA … Registry as of 2025-11-14": the date at the end of the first line.
std::string_view date_of(std::string_view text) {
    const auto line = text.substr(0, text.find('\n'));
    return line.substr(line.rfind(' ') + 1);
}

}  // namespace

bool Name::is_for(Protocol protocol) const noexcept {
    return std::find(protocols.begin(), protocols.end(), protocol) != protocols.end();
}

Table::Table(std::string_view text, std::string_view date) : date_(date) {
    while (!text.empty()) {
        auto line = cut(text, '\n');
        if (line.empty() || line.front() == '#') continue;
        auto ports = cut(line, '\t');
        const auto first = number(cut(ports, '-'));
        const auto last = ports.empty() ? first : number(ports);
        Name name;
        name.protocols = protocols(cut(line, '\t'));
        name.name = line;
        for (auto port = first; port <= last && port <= 65535; ++port)
            by_port_.emplace(static_cast<Port>(port), name);
    }
}

const Table& Table::pinned() {
    static const Table once(table_text(), date_of(table_text()));
    return once;
}

std::vector<Name> Table::names_of(Port port) const {
    std::vector<Name> names;
    const auto [first, last] = by_port_.equal_range(port);
    for (auto each = first; each != last; ++each) names.push_back(each->second);
    return names;
}

std::string_view date() { return Table::pinned().date(); }

std::vector<Name> names_of(Port port) { return Table::pinned().names_of(port); }

std::vector<std::string_view> names_of(Port port, Protocol protocol) {
    std::vector<std::string_view> names;
    for (const auto& each : names_of(port))
        if (each.is_for(protocol)) names.push_back(each.name);
    return names;
}

}  // namespace portolan::registry::iana
