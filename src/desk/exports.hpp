// The writers of all formats, for the table in export.cpp, and what they share.
#pragma once

#include <functional>

#include "portolan/desk/export.hpp"

namespace portolan::desk {

std::string write_reserved_ports(const ExportInput& input);
std::string write_services(const ExportInput& input);
std::string write_haproxy(const ExportInput& input);
std::string write_prometheus_http_sd(const ExportInput& input);
std::string write_prometheus_dns_sd(const ExportInput& input);
std::string write_nftables(const ExportInput& input);
std::string write_ansible(const ExportInput& input);
std::string write_csv(const ExportInput& input);
std::string write_markdown(const ExportInput& input);
std::string write_json(const ExportInput& input);
std::string write_tomcat(const ExportInput& input);
std::string write_mod_jk(const ExportInput& input);
std::string write_mod_proxy_ajp(const ExportInput& input);
std::string write_jboss(const ExportInput& input);
std::string write_nagios(const ExportInput& input);
std::string write_compose(const ExportInput& input);
std::string write_kubernetes(const ExportInput& input);
std::string write_consul(const ExportInput& input);

/// Rows that belong together, in order of first appearance.
struct ExportGroup {
    std::string key;
    std::vector<const ExportedPort*> ports;
};
using KeyOf = std::function<std::string(const ExportedPort&)>;
/// Gathers rows by key; those whose key is "" are left out.
std::vector<ExportGroup> grouped(const std::vector<ExportedPort>& ports, const KeyOf& key_of);

/// "hydrogen-ajp.prod": a service in its environment.
std::string service_and_environment(const ExportedPort& port);

/// One line: control characters become blanks.
std::string one_line(std::string_view text);

/// "user-api: profiles and logins (accounts)", as far as there is something to say; one line.
std::string about_line(const registry::About& about);

}  // namespace portolan::desk
