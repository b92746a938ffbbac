// What `ss -H -tulnp` prints, a socket a line:
//
//     tcp   LISTEN 0      4096         127.0.0.53%lo:53       0.0.0.0:*
//     users:(("resolved",pid=7,fd=3)) udp   UNCONN 0      0                    [::]:5353 [::]:* tcp
//     LISTEN 0      511                     *:8080            *:*
#include <fmt/format.h>

#include <algorithm>

#include "desk/text.hpp"
#include "portolan/desk/listeners.hpp"

namespace portolan::desk {
namespace {

/// "127.0.0.53%lo:53", "[::]:22", "*:80" into the listener; false for anything else.
bool read_local(std::string_view text, Listener& listener) {
    const auto colon = text.rfind(':');
    if (colon == text.npos) return false;
    const auto port = parse_number(text.substr(colon + 1), 65535);
    auto address = text.substr(0, colon);
    if (!port || *port == 0) return false;
    listener.port = static_cast<registry::Port>(*port);
    address = address.substr(0, address.find('%'));  // [fe80::1%eth0] and 127.0.0.53%lo
    if (address.starts_with('[')) address.remove_prefix(1);
    if (address.ends_with(']')) address.remove_suffix(1);
    listener.is_of_both = address == "*";
    const auto parsed = registry::parse_address(listener.is_of_both ? "::" : address);
    if (parsed) listener.address = without_mapping(*parsed);
    return parsed.has_value();
}

/// users:(("nginx",pid=812,fd=6),("nginx",pid=811,fd=6))
std::vector<Process> read_users(std::string_view text) {
    std::vector<Process> processes;
    for (auto at = text.find("(\""); at != text.npos; at = text.find("(\"", at + 1)) {
        const auto name = text.substr(at + 2);
        const auto end = name.find("\",pid=");
        if (end == name.npos) break;
        const auto number = name.substr(end + 6);
        const auto id = parse_number(number.substr(0, number.find_first_not_of("0123456789")), ~0U);
        if (id) processes.push_back({*id, std::string(name.substr(0, end)), {}, ""});
    }
    return processes;
}

/// Reads one line; what is wrong with it otherwise.
std::optional<std::string> read_line(std::string_view line, SsText& into) {
    const auto words = words_of(line);
    if (words.empty() || words[0].text == "Netid" || words[0].text.starts_with('#'))
        return std::nullopt;
    const auto protocol = registry::parse_protocol(words[0].text);
    if (protocol != registry::Protocol::tcp && protocol != registry::Protocol::udp)
        return fmt::format("\"{}\" is neither tcp nor udp", words[0].text.substr(0, 40));
    if (words.size() < 6) return "it has fewer than six columns";
    if (words[1].text != "LISTEN" && words[1].text != "UNCONN")
        return fmt::format("its state is {}", words[1].text.substr(0, 40));
    Listener listener;
    listener.protocol = *protocol;
    if (!read_local(words[4].text, listener))
        return fmt::format("\"{}\" is no address with a port", words[4].text.substr(0, 80));
    if (const auto at = line.find("users:("); at != line.npos)
        listener.processes = read_users(line.substr(at));
    into.listeners.push_back(std::move(listener));
    return std::nullopt;
}

}  // namespace

SsText read_ss(std::string_view text) {
    SsText read;
    Lines lines(text);
    while (const auto line = lines.next())
        if (const auto fault = read_line(*line, read))
            read.skipped.push_back(fmt::format("line {}: {}", lines.number(), *fault));
    read.listeners = joined(std::move(read.listeners));
    return read;
}

}  // namespace portolan::desk
