// Kubernetes: a headless Service for each service, and EndpointSlices with its hosts outside of the
// cluster. The environment is the namespace.
#include <fmt/core.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "desk/exports.hpp"
#include "portolan/registry/about.hpp"

namespace portolan::desk {
namespace {

namespace json = boost::json;

/// A Service's name begins with a letter (RFC 1035 2.3.1).
std::string object_name(const std::string& label) {
    return label.front() >= 'a' && label.front() <= 'z' ? label : ("s-" + label).substr(0, 63);
}

std::string upper(std::string_view text) {
    std::string up(text);
    for (char& c : up)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return up;
}

json::object metadata(const ExportedPort& port, const std::string& name) {
    json::object data{{"name", name}};
    if (port.environment != nullptr) data["namespace"] = object_name(port.environment->name);
    json::object labels{{"app.kubernetes.io/managed-by", "portolan"}};
    if (!port.application.empty()) labels["app.kubernetes.io/name"] = port.application;
    data["labels"] = labels;
    json::object notes;
    if (!port.about.owner.empty()) notes["portolan/owner"] = port.about.owner;
    if (!port.about.description.empty()) notes["portolan/description"] = port.about.description;
    if (port.about.until) notes["portolan/until"] = registry::date_text(*port.about.until);
    if (!notes.empty()) data["annotations"] = notes;
    return data;
}

json::object port_of(const ExportedPort& port) {
    return {{"name", "main"}, {"protocol", upper(to_string(port.protocol))}, {"port", port.port}};
}

json::object service_of(const ExportedPort& port) {
    return {{"apiVersion", "v1"},
            {"kind", "Service"},
            {"metadata", metadata(port, object_name(port.service))},
            {"spec", json::object{{"clusterIP", "None"}, {"ports", json::array{port_of(port)}}}}};
}

/// All endpoints of a slice have its port and its family.
using SliceKey = std::pair<registry::Port, bool>;

json::object slice_of(const ExportedPort& port, bool is_v6, const json::array& endpoints) {
    const auto service = object_name(port.service);
    const auto suffix = fmt::format("-{}{}", port.port, is_v6 ? "-v6" : "");
    auto data = metadata(port, service.substr(0, 63 - suffix.size()) + suffix);
    data["labels"].as_object()["kubernetes.io/service-name"] = service;
    return {{"apiVersion", "discovery.k8s.io/v1"},
            {"kind", "EndpointSlice"},
            {"metadata", data},
            {"addressType", is_v6 ? "IPv6" : "IPv4"},
            {"ports", json::array{port_of(port)}},
            {"endpoints", endpoints}};
}

}  // namespace

std::string write_kubernetes(const ExportInput& input) {
    std::string text = "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [";
    const char* separator = "\n";
    const auto add = [&](const json::object& item) {
        text += separator + json::serialize(item);
        separator = ",\n";
    };
    const auto services = grouped(input.ports, [](const ExportedPort& port) {
        const bool is_known = port.protocol != registry::Protocol::dccp && !port.is_group;
        return is_known ? service_and_environment(port) + "/" + to_string(port.protocol)
                        : std::string();
    });
    for (const auto& service : services) {
        add(service_of(*service.ports.front()));
        std::map<SliceKey, std::pair<const ExportedPort*, json::array>> slices;
        for (const auto* port : service.ports)
            for (const auto& address : port->addresses) {
                auto& slice = slices[{port->port, address.is_v6()}];
                slice.first = port;
                slice.second.push_back(json::object{{"addresses", json::array{to_string(address)}},
                                                    {"hostname", port->host}});
            }
        for (const auto& [key, slice] : slices)
            add(slice_of(*slice.first, key.second, slice.second));
    }
    return text + "\n]}\n";
}

}  // namespace portolan::desk
