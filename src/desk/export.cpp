#include "portolan/desk/export.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "desk/exports.hpp"

namespace portolan::desk {
namespace {

constexpr std::array formats{
    ExportFormat{"ip_local_reserved_ports", "sysctl.d: ports that the kernel lends to nobody",
                 write_reserved_ports},
    ExportFormat{"services", "/etc/services", write_services},
    ExportFormat{"haproxy", "HAProxy: resolvers, and a backend by SRV for each service",
                 write_haproxy},
    ExportFormat{"prometheus-http-sd", "Prometheus: targets for http_sd and file_sd (JSON)",
                 write_prometheus_http_sd},
    ExportFormat{"prometheus-dns-sd", "Prometheus: scrape jobs that ask for SRV",
                 write_prometheus_dns_sd},
    ExportFormat{"nftables", "nftables: sets of ports by environment and by host", write_nftables},
    ExportFormat{"ansible", "Ansible: variables", write_ansible},
    ExportFormat{"csv", "CSV: a row a port and host", write_csv},
    ExportFormat{"markdown", "Markdown: the same as a table", write_markdown},
    ExportFormat{"json", "JSON: the same, and the whole plan when nothing is left out", write_json},
    ExportFormat{"tomcat", "Tomcat: server.xml, a <Server> an instance", write_tomcat},
    ExportFormat{"mod_jk", "Apache mod_jk: workers.properties for types called ajp", write_mod_jk},
    ExportFormat{"mod_proxy_ajp", "Apache mod_proxy_ajp: balancers for types called ajp",
                 write_mod_proxy_ajp},
    ExportFormat{"jboss", "JBoss, JGroups: socket bindings and port offsets", write_jboss},
    ExportFormat{"nagios", "Nagios: hosts, and a check a TCP port", write_nagios},
    ExportFormat{"compose", "Compose: `ports:` of each service", write_compose},
    ExportFormat{"kubernetes", "Kubernetes: headless Services and EndpointSlices (JSON)",
                 write_kubernetes},
    ExportFormat{"consul", "Consul: service definitions (JSON)", write_consul},
};

}  // namespace

std::span<const ExportFormat> export_formats() { return formats; }

const ExportFormat* find_export_format(std::string_view name) {
    const auto* found = std::ranges::find(formats, name, &ExportFormat::name);
    return found == formats.end() ? nullptr : found;
}

std::vector<ExportGroup> grouped(const std::vector<ExportedPort>& ports, const KeyOf& key_of) {
    std::vector<ExportGroup> groups;
    std::map<std::string, std::size_t> at;
    for (const auto& port : ports) {
        const auto key = key_of(port);
        if (key.empty()) continue;
        const auto [place, is_new] = at.try_emplace(key, groups.size());
        if (is_new) groups.push_back({key, {}});
        groups[place->second].ports.push_back(&port);
    }
    return groups;
}

std::string service_and_environment(const ExportedPort& port) {
    return port.environment == nullptr ? port.service : port.service + "." + port.environment->name;
}

std::string one_line(std::string_view text) {
    std::string line(text);
    for (char& c : line)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    return line;
}

std::string about_line(const registry::About& about) {
    auto line = about.description;
    if (!about.owner.empty()) line += line.empty() ? about.owner : " (" + about.owner + ")";
    return one_line(line);
}

}  // namespace portolan::desk
