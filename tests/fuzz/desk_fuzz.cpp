// Any octets as the files of other tools: every reader takes them, says what it read or skipped at
// a place of the text, and the judgement of it is a judgement of those places. What `ss` prints,
// too.
// runs: 20000
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "portolan/desk/judge_files.hpp"
#include "portolan/desk/listeners.hpp"
#include "portolan/desk/sarif.hpp"
#include "portolan/source/plan_file.hpp"

namespace {

using namespace portolan;

void must(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "desk_fuzz: %s\n", what);
    std::abort();
}

void check_use(const desk::PortUse& use, std::uint32_t lines) {
    must(use.place.line >= 1 && use.place.line <= lines, "a statement outside of the text");
    must(use.ports.first <= use.ports.last, "a range that runs backwards");
    must(use.undecided != desk::Undecided::no || use.ports.first != 0, "a port 0");
    must(use.undecided == desk::Undecided::no || !use.text.empty(), "undecided, and no reason");
}

/// A convention, a service and two hosts, for files to agree or disagree with.
const registry::Plan& plan() {
    static const auto read = source::read_plan("plan.yaml", [](const std::string&) {
        return std::optional<std::string>(
            "zone: svc.corp.example\n"
            "nameservers: {ns1: 192.0.2.53}\n"
            "convention:\n"
            "  pattern: XYYZZ\n"
            "  fields: {X: instance, YY: application, ZZ: type}\n"
            "  bounds: 1-65535\n"
            "  instances: 0-4\n"
            "  applications: {web: 0, api: 1}\n"
            "  types: {http: 80, ajp: 4, snmp: {id: 5, proto: udp}}\n"
            "registry: {services: {a: {port: 81}, b: {port: 82}, user-api: {port: 5001}}}\n"
            "environments:\n"
            "  prod: {hosts: {a: 10.0.0.1, jb1: 10.1.0.11}, place: {web: a, a: jb1}}\n");
    });
    return *read.plan;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    // The first octet chooses the reader; 0: the one that recognises it.
    const auto formats = desk::file_formats();
    const std::size_t choice = data[0] % (formats.size() + 1);
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto* format = choice == 0 ? nullptr : &formats[choice - 1];
    std::uint32_t lines = 2;  // a mark behind the last line is on the next one
    for (const char c : text) lines += c == '\n' || c == '\r' ? 1 : 0;

    const desk::ReadFile file{"docker-compose.yml",
                              desk::read_port_uses("docker-compose.yml", text, format)};
    for (const auto& each : file.reading.uses) check_use(each, lines);
    const desk::ReadFile both[] = {file, {"b/compose.yaml", file.reading}};
    const registry::Plan* plans[] = {&plan()};
    const auto findings = desk::judge_files(both, plans);
    for (const auto& each : findings)
        must(!each.message.empty() && each.line <= lines, "a finding without words or place");
    static_cast<void>(desk::to_sarif(findings, "0"));

    for (const auto& each : desk::read_ss(text).listeners) must(each.port != 0, "a listener at 0");
    return 0;
}
