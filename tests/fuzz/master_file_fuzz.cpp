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

source::MasterFile read(const std::string& text, std::size_t window = 1 << 16) {
    const auto open = [&](const std::string& path) -> source::TextSourcePtr {
        if (path == "main" || path == "again/main") return source::open_text(text);
        if (path == "rest")
            return source::open_text(text.substr(std::min(text.find('\f'), text.size())));
        return nullptr;
    };
    source::MasterFileLimits limits;
    limits.window = window;
    limits.generated = 300;
    limits.includes = 6;
    return read_master_file("main", dns::name_from("example."), std::nullopt, open, limits);
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

/// Both were read from one text, through windows of two sizes.
void require_alike(const source::MasterFile& a, const source::MasterFile& b) {
    require(a.findings.size() == b.findings.size());
    for (std::size_t i = 0; i < a.findings.size(); ++i)
        require(registry::to_string(a.findings[i]) == registry::to_string(b.findings[i]));
    require(a.records.size() == b.records.size());
    for (std::size_t i = 0; i < a.records.size(); ++i)
        require(a.records[i].owner == b.records[i].owner &&
                *a.records[i].rrset == *b.records[i].rrset);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto file = read(text);
    if (text.find('\0') == text.npos) require_alike(file, read(text, 1 + size / 3));
    for (const auto& finding : file.findings) require(!finding.message.empty());
    if (has_error(file.findings)) return 0;
    const auto zone = zone_of(file);
    const auto printed = source::to_master_file(zone);
    const auto again = read(printed);
    require(!has_error(again.findings));
    require(source::to_master_file(zone_of(again)) == printed);
    return 0;
}
