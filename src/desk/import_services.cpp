// /etc/services (services(5)): "name  port/protocol  aliases  # comment".
#include <fmt/core.h>

#include "desk/formats.hpp"
#include "desk/text.hpp"

namespace portolan::desk {
namespace {

std::string joined(const std::vector<Word>& words, std::size_t first) {
    std::string text;
    for (std::size_t i = first; i < words.size(); ++i)
        text += (text.empty() ? "" : ", ") + std::string(words[i].text);
    return text;
}

/// Aliases have no place of their own in a plan, so the description keeps them.
std::string description_of(const std::vector<Word>& words, std::string_view comment) {
    auto aliases = joined(words, 2);
    if (!aliases.empty()) aliases = "also " + aliases;
    if (comment.empty() || aliases.empty()) return aliases + std::string(comment);
    return std::string(comment) + "; " + aliases;
}

void read_line(std::string_view line, registry::Place place, Imported& imported) {
    const auto hash = line.find('#');
    const auto words = words_of(line.substr(0, hash));
    if (words.empty()) return;
    place.column = words[0].column;
    if (words.size() < 2)
        return imported.skip(place, fmt::format("{} has no port", words[0].text),
                             "Write it as in: user-api 5001/tcp");
    const auto slash = words[1].text.find('/');
    const auto ports = parse_ports(words[1].text.substr(0, slash));
    place.column = words[1].column;
    if (!ports || slash == std::string_view::npos)
        return imported.skip(place, fmt::format("{} is no port and protocol", words[1].text),
                             "Write a port from 1 to 65535, a slash and the protocol: 5001/tcp");
    const auto protocol = parse_any_protocol(words[1].text.substr(slash + 1));
    if (!protocol)
        return imported.skip(place,
                             fmt::format("{} is no protocol", words[1].text.substr(slash + 1)),
                             "Known: tcp, udp, sctp, dccp");
    ImportedPort port;
    port.service = words[0].text;
    port.ports = *ports;
    port.protocol = *protocol;
    port.about.description =
        description_of(words, hash == std::string_view::npos ? "" : trimmed(line.substr(hash + 1)));
    port.place = {place.file, place.line, words[0].column};
    imported.ports.push_back(std::move(port));
}

}  // namespace

void read_services(const SourceText& source, Imported& imported) {
    Lines lines(source.text);
    while (const auto line = lines.next())
        read_line(*line, {source.file, lines.number(), 1}, imported);
}

}  // namespace portolan::desk
