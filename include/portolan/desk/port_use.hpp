// What other tools' files say of ports, one statement after the other.
//
//     a file's text ── read_port_uses ──▶ FileReading ──▶ judge_files: held against the plans
//                                              └────────▶ importers: facts for a new plan
//
// Each format has its reader; all make these same values. A reader copies what stands in the file
// and guesses nothing: where a number is decided elsewhere (`${PORT:-8080}`, `{{ base + 1 }}`, a
// random port), the statement says so and has no number. What a reader does not understand it
// skips aloud. Whether a number is right is none of its business.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/desk/port_text.hpp"

namespace portolan::desk {

enum class UseKind : std::uint8_t {
    published,   // compose: a port of the host that leads to a container
    exposed,     // compose: a container's port, as other containers see it
    container,   // Kubernetes: a container's port
    host,        // Kubernetes: hostPort
    service,     // Kubernetes: a Service's port, at its own address
    target,      // Kubernetes: the port of its pods
    node,        // Kubernetes: nodePort, taken on every node
    variable,    // Ansible: a variable of that name
    connector,   // Tomcat: a port that it opens
    listening,   // HAProxy: bind
    peer,        // HAProxy, Prometheus, Nagios: a port that they connect to
    definition,  // Consul: a service's port
};
const char* to_string(UseKind kind) noexcept;  // "published port"

/// Why a statement has no number.
enum class Undecided : std::uint8_t { no, random, expression };

struct PortUse {
    UseKind kind = UseKind::published;
    registry::Place place{};  // `file` is 0: the file that was read
    std::string subject{};    // who: a compose service, a Kubernetes object, a Consul service …
    std::string name{};       // the port's own name: "http", or a variable's whole name
    registry::PortRange ports{0, 0};
    registry::Protocol protocol = registry::Protocol::tcp;
    std::string host{};  // the interface it is bound to, or the peer; "" for every or none
    Undecided undecided = Undecided::no;
    std::string text{};                           // as the file has it, where it is undecided
    std::optional<registry::PortRange> inside{};  // the container's ports behind a published one
};

/// Something that a reader did not take.
struct Skipped {
    registry::Place place;
    std::string what;  // a sentence without its dot
    std::string cure;
};

struct FileReading {
    std::string format;  // "compose"; "" when it is none of ours
    std::vector<PortUse> uses;
    std::vector<Skipped> skipped;
    std::optional<Skipped> refused;  // why the file as a whole was not taken, or only its beginning
};

/// A kind of file that can be read.
struct FileFormat {
    const char* name;     // "compose"
    const char* summary;  // "Docker Compose"
    void (*read)(std::string_view text, FileReading& reading);
};
std::span<const FileFormat> file_formats();

inline constexpr std::size_t max_file_octets = std::size_t{16} << 20;

/// Which of them it is, by its name and what it holds; nullptr when it is none.
const FileFormat* recognise(std::string_view path, std::string_view text);

/// Reads a text as that format (nullptr: what it is recognised as). Never throws for bad input.
FileReading read_port_uses(std::string_view path, std::string_view text,
                           const FileFormat* format = nullptr);

}  // namespace portolan::desk
