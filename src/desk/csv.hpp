// CSV as rows.
#pragma once

#include <vector>

#include "desk/table.hpp"
#include "portolan/desk/import.hpp"

namespace portolan::desk {

/// All rows but comments and empty ones; a quote that never ends is skipped aloud, with the rest.
std::vector<TableRow> csv_rows(const SourceText& source, Imported& imported);

/// A cell for RFC 4180. An apostrophe goes before what a spreadsheet would take for a formula; the
/// reader takes it off again.
std::string csv_cell(std::string_view text);

}  // namespace portolan::desk
