#include "portolan/desk/import.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "desk/formats.hpp"
#include "desk/text.hpp"

namespace portolan::desk {
namespace {

constexpr std::array formats{
    ImportFormat{"ansible", "Ansible variables that are called port", read_ansible_facts},
    ImportFormat{"compose", "what Docker Compose files publish", read_compose_facts},
    ImportFormat{"consul", "Consul's service definitions in JSON", read_consul_facts},
    ImportFormat{"csv", "a table with a header, or rows like \"oxygen snmp 4 40805\"", read_csv},
    ImportFormat{"iana", "IANA's registry of service names and port numbers (CSV)", read_iana},
    ImportFormat{"json", "what `portolan export json` has written, or an array of rows", read_json},
    ImportFormat{"kubernetes", "Services and Pods of Kubernetes manifests", read_kubernetes_facts},
    ImportFormat{"markdown", "tables of Markdown with a column for ports", read_markdown},
    ImportFormat{"services", "/etc/services", read_services},
    ImportFormat{"zone", "SRV records of an RFC 1035 master file", read_zone},
};

registry::Finding finding(const Imported& imported, registry::Severity severity, std::string rule,
                          const registry::Place& place, std::string message, std::string cure) {
    return {severity,       std::move(rule), imported.files.at(place.file),
            place.line,     place.column,    std::move(message),
            std::move(cure)};
}

/// Whether any format may look at it.
bool is_text(std::string_view text, std::uint32_t file, Imported& imported) {
    const registry::Place whole{file, 0, 0};
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        imported.refuse(whole, "the file is empty", "Name the file that has the ports");
        return false;
    }
    if (text.size() > max_import_octets) {
        imported.refuse(whole,
                        fmt::format("the file has more than {} MiB", max_import_octets >> 20),
                        "Cut it into several files and import them together");
        return false;
    }
    if (const auto at = text.find('\0'); at != std::string_view::npos) {
        imported.refuse({file, line_of(text, at), 0}, "the file is binary, not text",
                        "Name the file that has the ports as text");
        return false;
    }
    if (const auto at = first_non_utf8(text)) {
        imported.refuse({file, line_of(text, *at), 0}, "the file is no UTF-8",
                        "Convert it: iconv -f latin1 -t utf-8");
        return false;
    }
    return true;
}

}  // namespace

void Imported::skip(const registry::Place& place, std::string message, std::string cure) {
    findings.push_back(finding(*this, registry::Severity::warning, "skipped", place,
                               std::move(message), std::move(cure)));
}

void Imported::refuse(const registry::Place& place, std::string message, std::string cure) {
    findings.push_back(finding(*this, registry::Severity::error, "not-imported", place,
                               std::move(message), std::move(cure)));
}

std::span<const ImportFormat> import_formats() { return formats; }

const ImportFormat* find_import_format(std::string_view name) {
    const auto* found = std::ranges::find(formats, name, &ImportFormat::name);
    return found == formats.end() ? nullptr : found;
}

void import_text(const ImportFormat& format, const std::string& file, std::string_view text,
                 Imported& imported) {
    const auto number = static_cast<std::uint32_t>(imported.files.size());
    imported.files.push_back(file);
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a byte order mark
    if (!is_text(text, number, imported)) return;
    const auto facts = imported.ports.size();
    const auto findings = imported.findings.size();
    format.read({text, number}, imported);
    if (imported.ports.size() == facts && imported.findings.size() == findings &&
        imported.plan.empty())
        imported.refuse({number, 0, 0},
                        fmt::format("nothing in it is a port in the form {}", format.name),
                        "Run `portolan import` for the list of formats");
}

}  // namespace portolan::desk
