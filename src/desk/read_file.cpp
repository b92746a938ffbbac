// Which reader a file gets, and what no reader has to look for.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "desk/file_readers.hpp"

namespace portolan::desk {
namespace {

constexpr std::array formats{
    FileFormat{"compose", "Docker Compose", read_compose},
    FileFormat{"kubernetes", "Kubernetes manifests", read_kubernetes},
    FileFormat{"ansible", "Ansible variables", read_ansible},
    FileFormat{"tomcat", "Tomcat's server.xml", read_tomcat},
    FileFormat{"haproxy", "HAProxy's configuration", read_haproxy},
    FileFormat{"prometheus", "Prometheus' static targets", read_prometheus},
    FileFormat{"nagios", "Nagios' objects", read_nagios},
    FileFormat{"consul", "Consul's service definitions in JSON", read_consul},
};

const FileFormat* format_called(std::string_view name) {
    const auto found = std::ranges::find(
        formats, name, [](const FileFormat& each) { return std::string_view(each.name); });
    return found == formats.end() ? nullptr : &*found;
}

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> ends) {
    return std::ranges::any_of(ends, [&](auto each) { return text.ends_with(each); });
}

/// Whether a line begins with that word: not inside another, nor indented.
bool has_line(std::string_view text, std::string_view beginning) {
    for (auto at = text.find(beginning); at != text.npos; at = text.find(beginning, at + 1))
        if (at == 0 || text[at - 1] == '\n') return true;
    return false;
}

bool is_in_folder(std::string_view path, std::initializer_list<std::string_view> folders) {
    return std::ranges::any_of(folders, [&](auto each) {
        return path.find(fmt::format("/{}/", each)) != path.npos ||
               path.starts_with(fmt::format("{}/", each));
    });
}

const char* yaml_format(std::string_view path, std::string_view text) {
    const auto name = file_name(path);
    if (has_line(text, "apiVersion:")) return "kubernetes";
    if (has_line(text, "scrape_configs:") || has_line(text, "- targets:")) return "prometheus";
    if (name.starts_with("compose") || name.find("docker-compose") != name.npos) return "compose";
    if (is_in_folder(path, {"group_vars", "host_vars", "defaults", "vars"})) return "ansible";
    if (has_line(text, "services:")) return "compose";
    if (has_line(text, "- hosts:") || has_line(text, "- name:") || text.find("port") != text.npos)
        return "ansible";
    return "";
}

const char* format_name(std::string_view path, std::string_view text) {
    const auto name = file_name(path);
    if (ends_with_any(name, {".yml", ".yaml"})) return yaml_format(path, text);
    if (name.ends_with(".json"))
        return text.find("\"apiVersion\"") != text.npos ? "kubernetes"
               : text.find("\"targets\"") != text.npos  ? "prometheus"
                                                        : "consul";
    if (name.ends_with(".xml") && text.find("<Server") != text.npos) return "tomcat";
    if (has_line(text, "define ")) return "nagios";
    for (const auto* section : {"frontend ", "backend ", "listen ", "global\n", "defaults\n"})
        if (has_line(text, section)) return "haproxy";
    return is_in_folder(path, {"group_vars", "host_vars"}) ? "ansible" : "";
}

void refuse(FileReading& reading, std::string what, std::string cure, std::uint32_t line = 0) {
    reading.refused = {{0, line, 0}, std::move(what), std::move(cure)};
}

std::string all_formats() {
    std::string text;
    for (const FileFormat& each : formats)
        text += fmt::format("{}{}", text.empty() ? "" : ", ", each.name);
    return text;
}

}  // namespace

const char* to_string(UseKind kind) noexcept {
    switch (kind) {
        case UseKind::published:
            return "published port";
        case UseKind::exposed:
            return "exposed port";
        case UseKind::container:
            return "containerPort";
        case UseKind::host:
            return "hostPort";
        case UseKind::service:
            return "Service port";
        case UseKind::target:
            return "targetPort";
        case UseKind::node:
            return "nodePort";
        case UseKind::variable:
            return "variable";
        case UseKind::connector:
            return "connector";
        case UseKind::listening:
            return "bind";
        case UseKind::peer:
            return "target";
        case UseKind::definition:
            return "service definition";
    }
    return "";
}

std::span<const FileFormat> file_formats() { return formats; }

const FileFormat* recognise(std::string_view path, std::string_view text) {
    return format_called(format_name(path, text));
}

FileReading read_port_uses(std::string_view path, std::string_view text, const FileFormat* format) {
    FileReading reading;
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
    if (text.find_first_not_of(" \t\r\n") == text.npos) {
        refuse(reading, "the file is empty", "Give a file that says something.");
        return reading;
    }
    if (text.size() > max_file_octets) {
        refuse(reading, fmt::format("the file has more than {} MiB", max_file_octets >> 20),
               "Split it, or name the part that has ports.");
        return reading;
    }
    if (const auto bad = std::min(text.find('\0'), first_non_utf8(text).value_or(text.npos));
        bad != text.npos) {
        refuse(reading, "the file is no text", "Give a text in UTF-8.", line_of(text, bad));
        return reading;
    }
    if (format == nullptr) format = recognise(path, text);
    if (format == nullptr) {
        refuse(reading, "it is not known what kind of file this is",
               fmt::format("Say which: --as FORMAT, one of {}.", all_formats()));
        return reading;
    }
    reading.format = format->name;
    format->read(text, reading);
    return reading;
}

}  // namespace portolan::desk
