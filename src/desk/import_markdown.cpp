// Tables of Markdown (GitHub's kind): all of a file that have a column for ports.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "desk/formats.hpp"
#include "desk/table.hpp"
#include "desk/text.hpp"

namespace portolan::desk {
namespace {

constexpr std::array<std::pair<std::string_view, char>, 6> entities{{{"&amp;", '&'},
                                                                     {"&lt;", '<'},
                                                                     {"&gt;", '>'},
                                                                     {"&quot;", '"'},
                                                                     {"&#124;", '|'},
                                                                     {"&#10;", '\n'}}};

constexpr std::string_view punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

/// Backslashes and the usual entities taken back (CommonMark 2.4, 2.5).
std::string unescaped(std::string_view cell) {
    std::string text;
    for (std::size_t at = 0; at < cell.size(); ++at) {
        const auto rest = cell.substr(at);
        if (cell[at] == '\\' && rest.size() > 1 && punctuation.find(rest[1]) != rest.npos) {
            text += cell[++at];
            continue;
        }
        const auto* entity = std::ranges::find_if(
            entities, [&](const auto& each) { return rest.starts_with(each.first); });
        if (entity == entities.end()) {
            text += cell[at];
        } else {
            text += entity->second;
            at += entity->first.size() - 1;
        }
    }
    return text;
}

/// The cells of a row, without the bars at its ends.
std::vector<std::string> cells_of(std::string_view line) {
    line = trimmed(line);
    if (line.starts_with('|')) line.remove_prefix(1);
    std::vector<std::string> cells;
    std::size_t first = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (line[at] == '\\') {
            ++at;
        } else if (line[at] == '|') {
            cells.push_back(unescaped(trimmed(line.substr(first, at - first))));
            first = at + 1;
        }
    }
    const auto last = trimmed(line.substr(std::min(first, line.size())));
    if (!last.empty()) cells.push_back(unescaped(last));
    return cells;
}

/// "| --- | :-: |", below a heading.
bool is_delimiter(std::string_view line) {
    return line.find('-') != std::string_view::npos && line.find('|') != std::string_view::npos &&
           line.find_first_not_of("|-: \t") == std::string_view::npos;
}

void take(std::vector<TableRow>& table, std::uint32_t file, Imported& imported) {
    if (table.empty()) return;
    if (is_heading(table.front())) {
        take_table(table, file, imported);
    } else {
        imported.skip({file, table.front().line, 0}, "a table without a column for ports",
                      "Call the column `port`, if it has them");
    }
    table.clear();
}

}  // namespace

void read_markdown(const SourceText& source, Imported& imported) {
    Lines lines(source.text);
    std::vector<TableRow> table;  // empty outside of one
    TableRow before;              // may turn out to be a heading
    while (const auto line = lines.next()) {
        const bool has_bar = line->find('|') != std::string_view::npos;
        if (table.empty() && is_delimiter(*line) && !before.cells.empty()) {
            table.push_back(std::move(before));
        } else if (!table.empty() && has_bar) {
            table.push_back({lines.number(), cells_of(*line)});
        } else {
            take(table, source.file, imported);
        }
        before = {lines.number(), has_bar ? cells_of(*line) : std::vector<std::string>()};
    }
    take(table, source.file, imported);
}

}  // namespace portolan::desk
