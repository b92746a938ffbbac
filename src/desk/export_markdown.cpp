// A table of Markdown, as GitHub and others show it.
#include "desk/export_table.hpp"
#include "desk/exports.hpp"

namespace portolan::desk {
namespace {

/// Shown as it is: nothing in it is markup, and nothing ends the cell.
std::string markdown_cell(std::string_view text) {
    std::string cell;
    for (const char c : text) {
        if (c == '&') {
            cell += "&amp;";
        } else if (c == '<') {
            cell += "&lt;";
        } else if (c == '>') {
            cell += "&gt;";
        } else if (c == '\n') {
            cell += "&#10;";
        } else if (std::string_view("|\\_*`[]~").find(c) != std::string_view::npos) {
            cell += std::string("\\") + c;
        } else {
            cell += c == '\r' ? ' ' : c;
        }
    }
    return cell;
}

}  // namespace

std::string write_markdown(const ExportInput& input) {
    std::string text;
    for (const auto& column : table_columns) text += std::string("| ") + column.heading + " ";
    text += "|\n";
    for (const auto& column : table_columns) text += column.is_number ? "| ---: " : "| --- ";
    text += "|\n";
    for (const auto& port : input.ports) {
        for (const auto& column : table_columns)
            text += "| " + markdown_cell(column.cell(port)) + " ";
        text += "|\n";
    }
    return text;
}

}  // namespace portolan::desk
