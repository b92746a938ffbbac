// The columns of exports that are tables; importers know them by the same headings.
#pragma once

#include <array>
#include <string>

#include "portolan/desk/export.hpp"
#include "portolan/registry/about.hpp"

namespace portolan::desk {

struct TableColumn {
    const char* heading;
    std::string (*cell)(const ExportedPort&);
    bool is_number = false;
};

inline std::string addresses_text(const ExportedPort& port) {
    std::string text;
    for (const auto& each : port.addresses) text += (text.empty() ? "" : " ") + to_string(each);
    return text;
}

inline const std::array<TableColumn, 15> table_columns{{
    {"environment", [](const ExportedPort& port) { return port.environment_name(); }},
    {"service", [](const ExportedPort& port) { return port.service; }},
    {"application", [](const ExportedPort& port) { return port.application; }},
    {"instance",
     [](const ExportedPort& port) {
         return port.instance ? std::to_string(*port.instance) : std::string();
     },
     true},
    {"type", [](const ExportedPort& port) { return port.type; }},
    {"port", [](const ExportedPort& port) { return std::to_string(port.port); }, true},
    {"proto", [](const ExportedPort& port) { return std::string(to_string(port.protocol)); }},
    {"host",
     [](const ExportedPort& port) {
         return port.host.empty() && !port.target.empty() ? port.target + "." : port.host;
     }},
    {"addresses", addresses_text},
    {"srv", [](const ExportedPort& port) { return port.srv; }},
    {"priority",
     [](const ExportedPort& port) {
         return port.srv.empty() || port.is_group ? "" : std::to_string(port.priority);
     },
     true},
    {"weight",
     [](const ExportedPort& port) {
         return port.srv.empty() || port.is_group ? "" : std::to_string(port.weight);
     },
     true},
    {"owner", [](const ExportedPort& port) { return port.about.owner; }},
    {"description", [](const ExportedPort& port) { return port.about.description; }},
    {"until", [](const ExportedPort& port) { return registry::until_text(port.about); }},
}};

}  // namespace portolan::desk
