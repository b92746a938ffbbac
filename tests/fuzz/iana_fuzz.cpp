// Any text as IANA's CSV: it becomes a table of names and ports, or is refused by a line of it.
// runs: 30000
#include <cstdint>
#include <cstdlib>

#include "portolan/desk/iana_csv.hpp"
#include "portolan/registry/iana.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portolan;
    const std::string_view csv(reinterpret_cast<const char*>(data), size);
    const auto rows = desk::read_iana_csv(csv);
    if (!rows) {
        if (rows.error().reason.empty()) std::abort();
        return 0;
    }
    const registry::iana::Table table(*rows, "today");
    std::size_t names = 0;
    for (unsigned port = 0; port < 65536; ++port) {
        for (const auto& name : table.names_of(static_cast<registry::Port>(port))) {
            if (name.name.empty()) std::abort();
            ++names;
        }
    }
    if (rows->empty() != (names == 0)) std::abort();  // every row that was kept is found
    return 0;
}
