// Nagios and Icinga 1: the ports that checks name, `-p 5001` of a command line or check_tcp!5001.
//
//     define service { host_name jb1
//         check_command check_tcp!10104 }
//     define command { command_line /usr/lib/nagios/plugins/check_http -I $HOSTADDRESS$ -p 8080 }
#include <fmt/format.h>

#include <algorithm>

#include "desk/file_readers.hpp"

namespace portolan::desk {
namespace {

/// What one `define … { … }` says.
struct Object {
    std::string type;  // "service"
    std::string host, description;
    std::vector<PortUse> uses;
};

/// Checks whose first argument is a port.
constexpr std::string_view by_port[] = {"check_tcp", "check_udp", "check_tcp_port", "check_port"};

PortUse use_at(std::uint32_t line, std::uint32_t column, std::string_view command) {
    PortUse use;
    use.kind = UseKind::peer;
    use.place = {0, line, column};
    if (command.find("udp") != command.npos || command.find("snmp") != command.npos)
        use.protocol = registry::Protocol::udp;
    return use;
}

/// "-p 5001", "-p5001", "--port=5001", "--port 5001" in a text; the text's first column is known.
void read_options(FileReading& reading, Object& object, std::string_view text, std::uint32_t line,
                  std::uint32_t column) {
    const auto words = words_of(text);
    for (std::size_t i = 0; i < words.size(); ++i) {
        auto word = words[i].text;
        auto at = words[i].column;
        if (word == "-p" || word == "--port") {
            if (++i == words.size()) return;
            word = words[i].text;
            at = words[i].column;
        } else if (word.starts_with("--port=")) {
            word.remove_prefix(7);
            at += 7;
        } else if (word.starts_with("-p") && word.size() > 2 && word[2] >= '0' && word[2] <= '9') {
            word.remove_prefix(2);
            at += 2;
        } else {
            continue;
        }
        word = word.substr(0, word.find_first_of("!'\""));
        FileReading found;
        add_use(found, use_at(line, column + at - 1, text), word);
        object.uses.insert(object.uses.end(), found.uses.begin(), found.uses.end());
        for (auto& each : found.skipped) reading.skipped.push_back(std::move(each));
    }
}

void read_check(FileReading& reading, Object& object, std::string_view text, std::uint32_t line,
                std::uint32_t column) {
    const auto mark = text.find('!');
    const auto command = text.substr(0, mark);
    if (mark != text.npos && std::ranges::find(by_port, command) != std::end(by_port)) {
        auto number = text.substr(mark + 1);
        number = trimmed(number.substr(0, number.find('!')));
        FileReading found;
        add_use(found, use_at(line, column + static_cast<std::uint32_t>(mark + 1), command),
                number);
        object.uses.insert(object.uses.end(), found.uses.begin(), found.uses.end());
        for (auto& each : found.skipped) reading.skipped.push_back(std::move(each));
    }
    std::string spaced(text);
    for (char& c : spaced)
        if (c == '!') c = ' ';
    read_options(reading, object, spaced, line, column);
}

void finish(FileReading& reading, Object& object) {
    for (PortUse& use : object.uses) {
        use.subject = object.description;
        use.host = object.host;
        reading.uses.push_back(std::move(use));
    }
    object = {};
}

/// One line inside a definition.
void read_entry(FileReading& reading, Object& object, std::string_view line, std::uint32_t number) {
    const auto words = words_of(line);
    if (words.size() < 2) return;
    const auto column = words[1].column;
    const auto value = line.substr(column - 1);
    const auto key = words[0].text;
    if (key == "host_name") object.host = words[1].text;
    if (key == "service_description" || key == "command_name")
        object.description = value.substr(0, value.find_last_not_of(" \t}") + 1);
    if (key == "check_command") read_check(reading, object, value, number, column);
    if (key == "command_line") read_options(reading, object, value, number, column);
}

}  // namespace

void read_nagios(std::string_view text, FileReading& reading) {
    Object object;
    registry::Place begun;
    Lines lines(text);
    while (auto line = lines.next()) {
        if (trimmed(*line).starts_with('#')) continue;
        line = line->substr(0, line->find(';'));
        const auto words = words_of(*line);
        if (words.empty()) continue;
        if (words[0].text == "define" && words.size() > 1) {
            finish(reading, object);
            object.type = words[1].text.substr(0, words[1].text.find('{'));
            begun = {0, lines.number(), words[0].column};
        } else if (words[0].text == "}") {
            finish(reading, object);
        } else if (!object.type.empty()) {
            read_entry(reading, object, *line, lines.number());
            if (trimmed(*line).ends_with('}')) finish(reading, object);
        }
    }
    if (!object.type.empty())
        reading.refused = {begun, fmt::format("define {} is never closed", object.type),
                           "Close it with }; the file may be half-written."};
    finish(reading, object);
}

}  // namespace portolan::desk
