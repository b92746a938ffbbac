// Compose files, Kubernetes manifests, Ansible variables and Consul definitions as facts: what
// `lint files` reads of them (port_use.hpp), with whatever is no port of a host left out aloud.
#include <fmt/format.h>

#include <map>
#include <set>

#include "desk/file_readers.hpp"
#include "desk/formats.hpp"

namespace portolan::desk {
namespace {

/// What becomes of a statement that has a number.
enum class Fate : std::uint8_t { fact, left_out, said_elsewhere };

struct Subjects {
    std::set<std::string> of_services;  // that have a Service: its ports are the ones to know
    std::map<std::pair<UseKind, std::string>, int> nameless;  // how many ports without a name
};

Fate fate_of(const PortUse& use, const Subjects& subjects) {
    switch (use.kind) {
        case UseKind::exposed:
            return Fate::left_out;
        case UseKind::target:  // the same port from the other side
            return Fate::said_elsewhere;
        case UseKind::container:
            return subjects.of_services.contains(use.subject) ? Fate::said_elsewhere : Fate::fact;
        default:
            return Fate::fact;
    }
}

/// Interfaces that say which host it is: not all of them, nor the host's own.
std::vector<registry::Address> addresses_of(const PortUse& use) {
    const auto address = registry::parse_address(use.host);
    const bool is_host = address && use.host != "0.0.0.0" && use.host != "::" &&
                         !use.host.starts_with("127.") && use.host != "::1";
    return is_host ? std::vector{*address} : std::vector<registry::Address>{};
}

/// "http", "http-node": a Service's port and its node's are two. Several without a name are told
/// apart by their number, inside the container where that is known.
std::string port_name_of(const PortUse& use, const Subjects& subjects) {
    const auto nameless = subjects.nameless.find({use.kind, use.subject});
    if (nameless != subjects.nameless.end() && nameless->second > 1 &&
        (use.name.empty() || use.kind == UseKind::variable))
        return std::to_string(use.inside ? use.inside->first : use.ports.first);
    switch (use.kind) {
        case UseKind::node:
            return use.name.empty() ? "node" : use.name + "-node";
        case UseKind::host:
            return use.name.empty() ? "host" : use.name + "-host";
        case UseKind::variable:
        case UseKind::definition:  // its name is the instance's id
            return "";
        default:
            return use.name;
    }
}

void take(const PortUse& use, const Subjects& subjects, std::uint32_t file, Imported& imported) {
    const registry::Place place{file, use.place.line, use.place.column};
    const auto what = fmt::format("the {}{}{}", to_string(use.kind),
                                  use.subject.empty() ? "" : " of ", use.subject);
    if (use.undecided == Undecided::random)
        return imported.skip(place, fmt::format("{} is chosen when it starts ({})", what, use.text),
                             "Give it a number");
    if (use.undecided == Undecided::expression)
        return imported.skip(place, fmt::format("{} is decided elsewhere: {}", what, use.text),
                             "Write the number into the plan by hand");
    const auto fate = fate_of(use, subjects);
    if (fate == Fate::left_out)
        return imported.skip(place, what + " is a container's own: no host has it",
                             "Publish it, if others should find it");
    if (fate == Fate::said_elsewhere) return;
    ImportedPort port;
    port.service = use.subject;
    port.port_name = port_name_of(use, subjects);
    port.ports = use.ports;
    port.protocol = use.protocol;
    port.addresses = addresses_of(use);
    port.place = place;
    imported.ports.push_back(std::move(port));
}

void take_all(const FileReading& reading, std::uint32_t file, Imported& imported) {
    Subjects subjects;
    for (const PortUse& use : reading.uses) {
        if (use.kind == UseKind::service) subjects.of_services.insert(use.subject);
        const bool has_name = !use.name.empty() && use.kind != UseKind::variable;
        if (!has_name && use.undecided == Undecided::no)
            ++subjects.nameless[{use.kind, use.subject}];
    }
    for (const PortUse& use : reading.uses) take(use, subjects, file, imported);
    for (const auto& [place, what, cure] : reading.skipped)
        imported.skip({file, place.line, place.column}, what, cure);
    if (const auto& why = reading.refused)
        imported.refuse({file, why->place.line, why->place.column}, why->what, why->cure);
}

template <auto Read>
void import_with(const SourceText& source, Imported& imported) {
    FileReading reading;
    Read(source.text, reading);
    take_all(reading, source.file, imported);
}

}  // namespace

void read_compose_facts(const SourceText& source, Imported& imported) {
    import_with<read_compose>(source, imported);
}
void read_kubernetes_facts(const SourceText& source, Imported& imported) {
    import_with<read_kubernetes>(source, imported);
}
void read_ansible_facts(const SourceText& source, Imported& imported) {
    import_with<read_ansible>(source, imported);
}
void read_consul_facts(const SourceText& source, Imported& imported) {
    import_with<read_consul>(source, imported);
}

}  // namespace portolan::desk
