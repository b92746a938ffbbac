// Consul's service definitions in JSON: {"service": {…}}, {"services": [{…}]}, or what its HTTP API
// takes, {"Name": "web", "Port": 8080}. Keys are in any case, as Consul has them.
#include <fmt/format.h>

#include <algorithm>

#include "desk/file_readers.hpp"

namespace portolan::desk {
namespace {

bool is_same_word(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char x, char y) {
        const auto lower = [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        };
        return lower(x) == lower(y);
    });
}

const YamlNode* value_of(const YamlNode& object, std::string_view name) {
    if (object.is_mapping())
        for (const auto& [key, value] : object.entries)
            if (key->is_scalar() && is_same_word(key->text, name)) return value;
    return nullptr;
}

std::string text_of(const YamlNode& object, std::string_view name) {
    const auto* value = value_of(object, name);
    return value != nullptr && value->is_scalar() ? value->text : "";
}

void read_service(FileReading& reading, const YamlNode& service) {
    if (!service.is_mapping())
        return skip(reading, service.place, "a service that is no object",
                    "Write {\"name\": \"web\", \"port\": 8080}.");
    PortUse use;
    use.kind = UseKind::definition;
    use.subject = text_of(service, "name");
    if (use.subject.empty()) use.subject = text_of(service, "service");
    use.name = text_of(service, "id");
    use.host = text_of(service, "address");
    const auto* port = value_of(service, "port");
    if (port == nullptr || port->text == "0")
        return skip(reading, service.place,
                    fmt::format("{} has no port", use.subject.empty() ? "a service" : use.subject),
                    "Give it a port, or leave it to its registration.");
    add_use(reading, std::move(use), *port);
}

void read_services(FileReading& reading, const YamlNode& services) {
    if (services.is_mapping() && !services.entries.empty() &&
        services.entries.front().value->is_mapping()) {  // as /v1/agent/services prints them
        for (const auto& [key, each] : services.entries) read_service(reading, *each);
    } else if (services.is_sequence()) {
        for (const auto& [key, each] : services.entries) read_service(reading, *each);
    } else {
        read_service(reading, services);
    }
}

}  // namespace

void read_consul(std::string_view text, FileReading& reading) {
    const auto file = read_documents(text, reading);
    for (const auto* document : file.documents) {
        if (const auto* services = value_of(*document, "services")) {
            read_services(reading, *services);
        } else if (const auto* service = value_of(*document, "service");
                   service != nullptr && !service->is_scalar()) {
            read_services(reading, *service);
        } else {
            read_services(reading, *document);
        }
    }
}

}  // namespace portolan::desk
