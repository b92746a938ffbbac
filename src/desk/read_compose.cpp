// Docker Compose: `ports:` in its short and long form, and `expose:`, of each service.
//
//     ports: ["8080:80", "127.0.0.1:8001:8001/udp", "3000-3005:3000-3005", "80", "[::1]:80:80"]
//     ports: [{target: 80, published: "8080", host_ip: 127.0.0.1, protocol: tcp}]
//
// A port without a published one gets a random one of the host.
#include <fmt/format.h>

#include "desk/file_readers.hpp"

namespace portolan::desk {
namespace {

/// HOST_IP:HOST:CONTAINER, cut at the colons outside of brackets and braces.
std::vector<std::string_view> parts_of(std::string_view text) {
    std::vector<std::string_view> parts;
    int depth = 0;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '{' || text[at] == '[') ++depth;
        if (text[at] == '}' || text[at] == ']') --depth;
        if (text[at] != ':' || depth > 0) continue;
        parts.push_back(text.substr(begin, at - begin));
        begin = at + 1;
    }
    parts.push_back(text.substr(begin));
    return parts;
}

std::string without_brackets(std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return std::string(host);
}

unsigned size_of(const registry::PortRange& range) { return range.last - range.first + 1U; }

/// Both ends as they are known: "8080:80" and all that can be left out of it.
struct Mapping {
    std::string_view published;  // "" for a random port
    std::string_view target;
};

void add_mapping(FileReading& reading, PortUse use, const Mapping& mapping,
                 std::string_view whole) {
    if (is_expression(mapping.target) || is_expression(mapping.published)) {
        use.undecided = Undecided::expression;
        use.text = whole;
        return reading.uses.push_back(std::move(use));
    }
    const auto target = parse_port_text(mapping.target);
    if (!target || target->protocol)
        return skip(
            reading, use.place,
            fmt::format("\"{}\" in \"{}\" is not a container's port", mapping.target, whole),
            target ? "Write a number from 1 to 65535." : target.error().cure);
    use.inside = target->ports;
    if (mapping.published.empty() || mapping.published == "0") {
        use.undecided = Undecided::random;
        use.text = whole;
        return reading.uses.push_back(std::move(use));
    }
    const auto published = parse_port_text(mapping.published);
    if (!published || published->protocol)
        return skip(
            reading, use.place,
            fmt::format("\"{}\" in \"{}\" is not a port of the host", mapping.published, whole),
            published ? "Write a number from 1 to 65535." : published.error().cure);
    use.ports = published->ports;
    if (size_of(*use.inside) != 1 && size_of(*use.inside) != size_of(use.ports))
        return skip(reading, use.place,
                    fmt::format("\"{}\" has {} ports outside and {} inside", whole,
                                size_of(use.ports), size_of(*use.inside)),
                    "Give both ranges the same length.");
    if (size_of(*use.inside) == 1 && size_of(use.ports) > 1) {  // one of them, docker chooses
        use.undecided = Undecided::random;
        use.text = whole;
    }
    reading.uses.push_back(std::move(use));
}

void read_short(FileReading& reading, PortUse use, const YamlNode& node) {
    use.place = node.place;
    std::string_view text = trimmed(node.text);
    const auto whole = text;
    if (text.empty())
        return skip(reading, node.place, "an empty entry among ports", "Write \"8080:80\".");
    if (const auto slash = text.rfind('/');
        slash != text.npos && text.find('}', slash) == text.npos) {
        const auto protocol = parse_any_protocol(text.substr(slash + 1));
        if (!protocol && !is_expression(text.substr(slash)))
            return skip(reading, node.place,
                        fmt::format("\"{}\" is not a protocol", text.substr(slash + 1)),
                        "Write tcp or udp.");
        use.protocol = protocol.value_or(registry::Protocol::tcp);
        text = text.substr(0, slash);
    }
    const auto parts = parts_of(text);
    if (parts.size() == 1) return add_mapping(reading, use, {"", parts[0]}, whole);
    if (parts.size() == 2) {
        // "127.0.0.1::80" has three parts; "::1:80:80" cannot be told apart, and is refused below.
        return add_mapping(reading, use, {parts[0], parts[1]}, whole);
    }
    use.host = without_brackets(parts[0]);
    if (parts.size() == 3 && (registry::parse_address(use.host) || is_expression(use.host)))
        return add_mapping(reading, use, {parts[1], parts[2]}, whole);
    if (parts.size() > 3)
        return skip(reading, node.place, fmt::format("\"{}\" has too many colons", whole),
                    "Write HOST:CONTAINER, or IP:HOST:CONTAINER; an IPv6 address in brackets.");
    skip(reading, node.place, fmt::format("\"{}\" is not an address", use.host),
         "Write IP:HOST:CONTAINER; an IPv6 address in brackets.");
}

void read_long(FileReading& reading, PortUse use, const YamlNode& node) {
    const auto* target = node.find("target");
    if (target == nullptr || !target->is_scalar())
        return skip(reading, node.place, "an entry among ports without target:",
                    "Say which port of the container it is: target: 80.");
    const auto* published = node.find("published");
    use.place = published != nullptr ? published->place : target->place;
    use.name = node.text_of("name");
    use.host = without_brackets(node.text_of("host_ip"));
    if (const auto text = node.text_of("protocol"); !text.empty()) {
        const auto protocol = parse_any_protocol(text);
        if (!protocol)
            return skip(reading, use.place, fmt::format("\"{}\" is not a protocol", text),
                        "Write tcp or udp.");
        use.protocol = *protocol;
    }
    const auto outside = node.text_of("published");
    add_mapping(reading, use, {outside, target->text},
                outside.empty() ? std::string_view(target->text) : outside);
}

void read_ports(FileReading& reading, const PortUse& use, const YamlNode& ports) {
    if (!ports.is_sequence())
        return skip(reading, ports.place, "ports: is not a list",
                    "Write one port a line: - \"8080:80\".");
    for (const auto& [key, each] : ports.entries) {
        if (each->is_scalar()) read_short(reading, use, *each);
        if (each->is_mapping()) read_long(reading, use, *each);
        if (!each->is_scalar() && !each->is_mapping())
            skip(reading, each->place, "an entry among ports that is neither text nor a mapping",
                 "Write \"8080:80\".");
    }
}

void read_expose(FileReading& reading, PortUse use, const YamlNode& expose) {
    use.kind = UseKind::exposed;
    if (!expose.is_sequence())
        return skip(reading, expose.place, "expose: is not a list",
                    "Write one port a line: - \"80\".");
    for (const auto& [key, each] : expose.entries) {
        std::string_view text = each->text;
        if (const auto slash = text.find('/'); slash != text.npos && !is_expression(text)) {
            use.protocol =
                parse_any_protocol(text.substr(slash + 1)).value_or(registry::Protocol::tcp);
            text = text.substr(0, slash);
        }
        use.place = each->place;
        add_use(reading, use, text);
    }
}

void read_service(FileReading& reading, const std::string& name, const YamlNode& service) {
    PortUse use;
    use.subject = name;
    use.place = service.place;
    if (const auto* ports = service.find("ports")) read_ports(reading, use, *ports);
    if (const auto* expose = service.find("expose")) read_expose(reading, use, *expose);
    if (service.text_of("network_mode") == "host") {
        use.place = service.find("network_mode")->place;
        use.undecided = Undecided::expression;
        use.text = "network_mode: host";
        reading.uses.push_back(std::move(use));
    }
}

}  // namespace

void read_compose(std::string_view text, FileReading& reading) {
    const auto file = read_documents(text, reading);
    for (const auto* document : file.documents) {
        const auto* services = document->find("services");
        if (services == nullptr) services = document;  // before Compose 2: services at the top
        for (const auto& [key, service] : services->entries) {
            if (key == nullptr || !key->is_scalar() || key->text == "<<") continue;
            if (service->is_mapping()) read_service(reading, key->text, *service);
        }
    }
}

}  // namespace portolan::desk
