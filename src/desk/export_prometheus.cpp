// Prometheus: targets as http_sd and file_sd take them, and scrape jobs that ask DNS themselves.
#include <fmt/core.h>

#include <boost/json.hpp>

#include "desk/exports.hpp"
#include "desk/yaml_text.hpp"

namespace portolan::desk {
namespace {

bool is_target(const ExportedPort& port) {
    return port.protocol == registry::Protocol::tcp && !port.target.empty() && !port.is_group;
}

boost::json::object labels_of(const ExportedPort& port) {
    boost::json::object labels{{"service", port.service}};
    if (port.environment != nullptr) labels["environment"] = port.environment->name;
    if (!port.application.empty()) labels["application"] = port.application;
    if (!port.type.empty()) labels["type"] = port.type;
    if (port.instance) labels["instance_number"] = std::to_string(*port.instance);
    if (!port.host.empty()) labels["host"] = port.host;
    if (!port.about.owner.empty()) labels["owner"] = port.about.owner;
    return labels;
}

std::string job_text(const ExportGroup& job) {
    const auto& first = *job.ports.front();
    auto text = fmt::format("  - job_name: {}\n", yaml_text(job.key));
    text += "    dns_sd_configs:\n";
    text += fmt::format("      - {{names: [{}], type: SRV, refresh_interval: 30s}}\n",
                        yaml_text(first.srv));
    text += "    relabel_configs:\n";
    if (first.environment != nullptr)
        text += fmt::format("      - {{target_label: environment, replacement: {}}}\n",
                            yaml_text(first.environment->name));
    text += fmt::format("      - {{target_label: service, replacement: {}}}\n",
                        yaml_text(first.service));
    return text;
}

}  // namespace

/// One target an element and a line, since each has labels of its own.
std::string write_prometheus_http_sd(const ExportInput& input) {
    std::string text = "[";
    const char* separator = "\n";
    for (const auto& each : input.ports) {
        if (!is_target(each)) continue;
        const boost::json::object element{
            {"targets", boost::json::array{fmt::format("{}:{}", each.target, each.port)}},
            {"labels", labels_of(each)}};
        text += separator + boost::json::serialize(element);
        separator = ",\n";
    }
    return text + "\n]\n";
}

std::string write_prometheus_dns_sd(const ExportInput& input) {
    const auto jobs = grouped(input.ports, [](const ExportedPort& port) {
        return is_target(port) && !port.srv.empty() ? service_and_environment(port) : std::string();
    });
    std::string text = jobs.empty() ? "scrape_configs: []\n" : "scrape_configs:\n";
    for (const auto& each : jobs) text += job_text(each);
    return text;
}

}  // namespace portolan::desk
