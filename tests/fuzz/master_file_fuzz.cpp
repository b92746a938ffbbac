// The master file reader on any text: it ends, within bounds, and what it accepts it prints so
// that it reads again as the same zone. $INCLUDE finds three files: the input itself, what
// follows the first form feed in it, and nothing.
// runs: 5000
#include <cstdint>
#include <cstdlib>

#include "portolan/dns/presentation.hpp"
#include "portolan/source/master_file.hpp"

using namespace portolan;

namespace {

source::MasterFile read(const std::string& text) {
    const auto reader = [&](const std::string& path) -> std::optional<std::string> {
        if (path == "main" || path == "again/main") return text;
        if (path == "rest") return text.substr(std::min(text.find('\f'), text.size()));
        return std::nullopt;
    };
    source::MasterFileLimits limits;
    limits.generated = 300;
    limits.includes = 6;
    return read_master_file("main", dns::name_from("example."), std::nullopt, reader, limits);
}

bool has_error(const registry::Findings& findings) {
    for (const auto& finding : findings)
        if (finding.severity == registry::Severity::error) return true;
    return false;
}

zone::Zone zone_of(const source::MasterFile& file) {
    zone::Zone zone(dns::name_from("example."));
    for (const auto set : file.records) zone.put(set.owner, set.rrset);
    return zone;
}

void require(bool truth) {
    if (!truth) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto file = read(std::string(reinterpret_cast<const char*>(data), size));
    for (const auto& finding : file.findings) require(!finding.message.empty());
    if (has_error(file.findings)) return 0;
    const auto zone = zone_of(file);
    const auto printed = source::to_master_file(zone);
    const auto again = read(printed);
    require(!has_error(again.findings));
    require(source::to_master_file(zone_of(again)) == printed);
    return 0;
}
