// The readers of other tools' files, one a file of code, and what they share.
#pragma once

#include "desk/text.hpp"
#include "desk/yaml_tree.hpp"
#include "portolan/desk/port_use.hpp"

namespace portolan::desk {

void read_compose(std::string_view text, FileReading& reading);
void read_kubernetes(std::string_view text, FileReading& reading);
void read_ansible(std::string_view text, FileReading& reading);
void read_tomcat(std::string_view text, FileReading& reading);
void read_haproxy(std::string_view text, FileReading& reading);
void read_prometheus(std::string_view text, FileReading& reading);
void read_nagios(std::string_view text, FileReading& reading);
void read_consul(std::string_view text, FileReading& reading);

/// The documents of a text; what ends them early is said in `reading.refused`.
YamlFile read_documents(std::string_view text, FileReading& reading);

void skip(FileReading& reading, const registry::Place& place, std::string what, std::string cure);

/// Whether a text is decided elsewhere: "${PORT}", "$PORT", "{{ port }}", "%port%".
bool is_expression(std::string_view text) noexcept;

/// The number of a text, quoted or not: the use gets it as its port, is undecided when it is an
/// expression, and is skipped with a reason otherwise.
void add_use(FileReading& reading, PortUse use, std::string_view number);
/// The same of a scalar; its place becomes the use's.
void add_use(FileReading& reading, PortUse use, const YamlNode& number);

/// "host:port", "1.2.3.4:80", "[::1]:80", ":80", "*:80", "80": nullopt for other texts.
struct HostAndPort {
    std::string host;  // without brackets
    std::string port;  // not looked at
};
std::optional<HostAndPort> split_host_and_port(std::string_view text);

}  // namespace portolan::desk
