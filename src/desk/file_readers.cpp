#include "desk/file_readers.hpp"

#include <fmt/format.h>

namespace portolan::desk {

YamlFile read_documents(std::string_view text, FileReading& reading) {
    auto file = read_yaml(text);
    if (file.fault) reading.refused = {file.fault_place, file.fault->message, file.fault->cure};
    return file;
}

void skip(FileReading& reading, const registry::Place& place, std::string what, std::string cure) {
    reading.skipped.push_back({place, std::move(what), std::move(cure)});
}

bool is_expression(std::string_view text) noexcept {
    return text.find('$') != text.npos || text.find("{{") != text.npos ||
           text.find("{%") != text.npos;
}

void add_use(FileReading& reading, PortUse use, std::string_view number) {
    if (is_expression(number)) {
        use.undecided = Undecided::expression;
        use.text = number;
        return reading.uses.push_back(std::move(use));
    }
    const auto ports = parse_port_text(number);
    if (!ports || ports->protocol)
        return skip(reading, use.place,
                    ports ? fmt::format("\"{}\" is not a port", number) : ports.error().message,
                    ports ? "Write a number from 1 to 65535." : ports.error().cure);
    use.ports = ports->ports;
    reading.uses.push_back(std::move(use));
}

void add_use(FileReading& reading, PortUse use, const YamlNode& number) {
    use.place = number.place;
    if (!number.is_scalar())
        return skip(reading, number.place, "a port is a number", "Write a number from 1 to 65535.");
    add_use(reading, std::move(use), number.text);
}

std::optional<HostAndPort> split_host_and_port(std::string_view text) {
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == text.npos || close + 1 >= text.size() || text[close + 1] != ':')
            return std::nullopt;
        return HostAndPort{std::string(text.substr(1, close - 1)),
                           std::string(text.substr(close + 2))};
    }
    const auto colon = text.rfind(':');
    if (colon == text.npos) return HostAndPort{"", std::string(text)};
    auto host = text.substr(0, colon);
    if (host == "*") host = "";
    return HostAndPort{std::string(host), std::string(text.substr(colon + 1))};
}

}  // namespace portolan::desk
