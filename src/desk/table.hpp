// Tables of ports, whatever their cells are separated by: rows in, facts out.
#pragma once

#include <string>
#include <vector>

#include "portolan/desk/imported.hpp"

namespace portolan::desk {

struct TableRow {
    std::uint32_t line = 0;
    std::vector<std::string> cells;  // unquoted, without blanks at their ends
};

/// Whether the cells name columns that we know, one of them the port.
bool is_heading(const TableRow& row);

/// Facts of the rows. When the first one is a heading, it says what the columns mean; else each row
/// is words (service; application and type; environment, application and type), numbers (the
/// last is the port, one before it the instance), a protocol and addresses, in any order.
void take_table(const std::vector<TableRow>& rows, std::uint32_t file, Imported& imported);

}  // namespace portolan::desk
