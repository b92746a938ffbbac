// Consul: service definitions, as an agent's configuration folder takes them.
#include <fmt/core.h>

#include <boost/json.hpp>

#include "desk/exports.hpp"

namespace portolan::desk {

std::string write_consul(const ExportInput& input) {
    namespace json = boost::json;
    std::string text = "{\"services\": [";
    const char* separator = "\n";
    for (const auto& port : input.ports) {
        if (port.is_group || (port.addresses.empty() && port.target.empty())) continue;
        json::object meta;
        if (port.environment != nullptr) meta["environment"] = port.environment->name;
        if (!port.application.empty()) meta["application"] = port.application;
        if (!port.type.empty()) meta["type"] = port.type;
        if (port.instance) meta["instance"] = std::to_string(*port.instance);
        // Consul takes values of at most 512 octets.
        if (!port.about.owner.empty() && port.about.owner.size() <= 512)
            meta["owner"] = port.about.owner;
        json::object service{
            {"id", fmt::format("{}-{}-{}", service_and_environment(port), port.port,
                               port.host.empty() ? "foreign" : port.host)},
            {"name", port.service},
            {"address", port.addresses.empty() ? port.target : to_string(port.addresses.front())},
            {"port", port.port},
            {"tags", json::array{to_string(port.protocol)}},
            {"meta", meta}};
        text += separator + json::serialize(service);
        separator = ",\n";
    }
    return text + "\n]}\n";
}

}  // namespace portolan::desk
