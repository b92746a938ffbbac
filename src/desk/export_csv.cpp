// CSV (RFC 4180).
#include "desk/csv.hpp"
#include "desk/export_table.hpp"
#include "desk/exports.hpp"

namespace portolan::desk {

std::string write_csv(const ExportInput& input) {
    std::string text;
    for (const auto& column : table_columns)
        text += (text.empty() ? "" : ",") + std::string(column.heading);
    text += "\n";
    for (const auto& port : input.ports) {
        std::string line;
        const char* separator = "";
        for (const auto& column : table_columns) {
            line += separator + csv_cell(column.cell(port));
            separator = ",";
        }
        text += line + "\n";
    }
    return text;
}

}  // namespace portolan::desk
