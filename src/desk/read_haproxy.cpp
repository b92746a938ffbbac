// HAProxy: `bind` of frontends and listeners, `server` of backends, inside their sections.
//
//     frontend web
//         bind 10.1.0.11:443,:::443 ssl crt /etc/ssl/web.pem
//     backend api
//         server a 10.1.0.21:5001 check port 5002
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "desk/file_readers.hpp"

namespace portolan::desk {
namespace {

constexpr std::array<std::string_view, 20> sections{
    "global",   "defaults",  "frontend", "backend", "listen",      "peers",   "resolvers",
    "cache",    "program",   "userlist", "mailers", "http-errors", "ring",    "log-forward",
    "fcgi-app", "crt-store", "traces",   "acme",    "log-profile", "crt-list"};

/// One address of `bind` or `server`: ":443", "*:443", "10.1.0.11:8000-8010", "[::]:443", ":::443",
/// "ipv4@10.1.0.11:443", "quic4@:443"; unix@ and fd@ have no port.
void add_address(FileReading& reading, PortUse use, std::string_view text) {
    if (text.starts_with("quic")) use.protocol = registry::Protocol::udp;
    if (const auto at = text.find('@'); at != text.npos) {
        const auto family = text.substr(0, at);
        if (!family.starts_with("ipv") && !family.starts_with("quic")) return;
        text.remove_prefix(at + 1);
    }
    if (text.starts_with('/')) return;
    const auto parts = split_host_and_port(text);
    if (!parts || text.find(':') == text.npos) {
        if (use.kind == UseKind::listening || parts == std::nullopt)
            skip(reading, use.place, fmt::format("\"{}\" has no port", text),
                 "Write ADDRESS:PORT; an IPv6 address in brackets.");
        return;  // a server without a port has its frontend's
    }
    use.host = parts->host == "::" ? "" : parts->host;
    add_use(reading, std::move(use), parts->port);
}

void read_bind(FileReading& reading, const PortUse& section, const Word& word) {
    PortUse use = section;
    use.kind = UseKind::listening;
    auto rest = word.text;
    for (auto column = word.column; !rest.empty();) {
        const auto end = std::min(rest.find(','), rest.size());
        use.place.column = column;
        add_address(reading, use, rest.substr(0, end));
        const auto gone = std::min(end + 1, rest.size());
        rest.remove_prefix(gone);
        column += static_cast<std::uint32_t>(gone);
    }
}

}  // namespace

void read_haproxy(std::string_view text, FileReading& reading) {
    PortUse section;
    Lines lines(text);
    while (const auto line = lines.next()) {
        const auto words = words_of(line->substr(0, line->find('#')));
        if (words.empty()) continue;
        section.place = {0, lines.number(), words.back().column};
        const auto first = words[0].text;
        if (std::ranges::find(sections, first) != sections.end()) {
            section.subject = words.size() > 1 ? std::string(words[1].text) : "";
        } else if (first == "bind" && words.size() > 1) {
            read_bind(reading, section, words[1]);
        } else if (first == "server" && words.size() > 2) {
            PortUse use = section;
            use.kind = UseKind::peer;
            use.name = words[1].text;
            use.place.column = words[2].column;
            add_address(reading, std::move(use), words[2].text);
        }
    }
}

}  // namespace portolan::desk
