// Any octets as a file to import, the first one choosing the format: reading ends; nothing is lost
// without a word; and the plan, with a convention or without, is one that `check` accepts.
// runs: 8000
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "portolan/desk/import.hpp"
#include "portolan/desk/write_plan.hpp"
#include "portolan/registry/findings.hpp"
#include "portolan/source/plan_file.hpp"
#include "portolan/zone/findings.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portolan;
    if (size < 1) return 0;
    const auto formats = desk::import_formats();
    const bool infer = (*data & 1) != 0;
    const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
    desk::Imported imported;
    desk::import_text(formats[(*data >> 1) % formats.size()], "file", text, imported);
    if (imported.ports.empty() && imported.plan.empty() && imported.findings.empty()) std::abort();
    const auto written = desk::write_plan(imported, {"z.example", "main", infer});
    if (written.text.empty()) {
        if (imported.findings.empty() && written.findings.empty()) std::abort();
        return 0;
    }
    const auto read = source::read_plan("plan", [&](auto&) { return std::optional(written.text); });
    if (!read.plan || registry::exit_status(read.findings) > 1) std::abort();
    if (registry::exit_status(registry::check_ports(*read.plan)) > 1) std::abort();
    if (registry::exit_status(zone::check_names(*read.plan, {})) > 1) std::abort();
    return 0;
}
