#include "portolan/registry/iana.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "registry/iana_data.hpp"

namespace portolan::registry::iana {
namespace {

struct Table {
    std::string_view date;
    std::multimap<Port, Name> by_port;  // ranges spread out: none is longer than a hundred
};

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

void add_line(Table& table, std::string_view line) {
    auto ports = cut(line, '\t');
    const auto first = number(cut(ports, '-'));
    const auto last = ports.empty() ? first : number(ports);
    Name name;
    name.protocols = protocols(cut(line, '\t'));
    name.name = line;
    for (auto port = first; port <= last; ++port)
        table.by_port.emplace(static_cast<Port>(port), name);
}

Table read(std::string_view text) {
    Table table;
    while (!text.empty()) {
        const auto line = cut(text, '\n');
        if (line.empty()) continue;
        if (line.front() != '#') {
            add_line(table, line);
        } else if (table.date.empty()) {
            table.date = line.substr(line.rfind(' ') + 1);
        }
    }
    return table;
}

const Table& table() {
    static const Table once = read(table_text());
    return once;
}

}  // namespace

bool Name::is_for(Protocol protocol) const noexcept {
    return std::find(protocols.begin(), protocols.end(), protocol) != protocols.end();
}

std::string_view date() { return table().date; }

std::vector<Name> names_of(Port port) {
    std::vector<Name> names;
    const auto [first, last] = table().by_port.equal_range(port);
    for (auto each = first; each != last; ++each) names.push_back(each->second);
    return names;
}

std::vector<std::string_view> names_of(Port port, Protocol protocol) {
    std::vector<std::string_view> names;
    for (const auto& each : names_of(port))
        if (each.is_for(protocol)) names.push_back(each.name);
    return names;
}

}  // namespace portolan::registry::iana
