// IANA's Service Name and Transport Protocol Port Number Registry, the CSV that it publishes.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "desk/csv.hpp"
#include "desk/formats.hpp"
#include "desk/text.hpp"

namespace portolan::desk {
namespace {

/// A column without which a row is about no port of a service, and what such rows are.
struct Needed {
    std::string_view heading;
    const char* without;
    std::size_t column = 0;
    std::size_t missing = 0;
    std::uint32_t first_line = 0;
};

}  // namespace

void read_iana(const SourceText& source, Imported& imported) {
    auto rows = csv_rows(source, imported);
    if (rows.empty()) return;
    std::array needed{Needed{"service name", "without a name (unassigned or reserved)"},
                      Needed{"port number", "without a port"},
                      Needed{"transport protocol", "without a transport"}};
    const auto& heading = rows.front().cells;
    for (auto& each : needed) {
        const auto at = std::ranges::find_if(
            heading, [&](const std::string& cell) { return lower_case(cell) == each.heading; });
        if (at == heading.end())
            return imported.refuse({source.file, rows.front().line, 0},
                                   fmt::format("there is no column \"{}\"", each.heading),
                                   "Take IANA's own CSV, or import it as csv");
        each.column = static_cast<std::size_t>(at - heading.begin());
    }
    std::erase_if(rows, [&](const TableRow& row) {
        for (auto& each : needed) {
            if (each.column < row.cells.size() && !row.cells[each.column].empty()) continue;
            if (each.missing++ == 0) each.first_line = row.line;
            return true;
        }
        return false;
    });
    for (const auto& each : needed)
        if (each.missing != 0)
            imported.skip({source.file, each.first_line, 0},
                          fmt::format("{} rows {}, the first here", each.missing, each.without),
                          "They are no ports of a service");
    take_table(rows, source.file, imported);
}

}  // namespace portolan::desk
