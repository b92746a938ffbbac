// JSON: what `portolan export json` writes, or an array of rows.
#include <fmt/core.h>

#include <algorithm>
#include <boost/json.hpp>

#include "desk/formats.hpp"
#include "desk/plan_json.hpp"
#include "desk/table.hpp"
#include "desk/text.hpp"

namespace portolan::desk {
namespace {

namespace json = boost::json;

/// The lines in which objects begin, in the text's order: JSON values do not know their places.
std::vector<std::uint32_t> object_lines(std::string_view text) {
    std::vector<std::uint32_t> lines;
    std::uint32_t line = 1;
    bool in_string = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\n') ++line;
        if (in_string && text[at] == '\\')
            ++at;
        else if (text[at] == '"')
            in_string = !in_string;
        else if (!in_string && text[at] == '{')
            lines.push_back(line);
    }
    return lines;
}

std::size_t objects_in(const json::value& value) {
    std::size_t count = value.is_object() ? 1 : 0;
    if (const auto* object = value.if_object())
        for (const auto& each : *object) count += objects_in(each.value());
    if (const auto* array = value.if_array())
        for (const auto& each : *array) count += objects_in(each);
    return count;
}

std::string cell_of(const json::value& value) {
    if (const auto* text = value.if_string()) return std::string(*text);
    return value.is_null() ? std::string() : json::serialize(value);
}

/// Rows of any keys as a table with a heading; `first` is the number of the first object.
std::vector<TableRow> rows_of(const json::array& rows, const std::vector<std::uint32_t>& lines,
                              std::size_t first) {
    std::vector<TableRow> table(1);
    auto& heading = table.front();
    heading.line = first < lines.size() ? lines[first] : 0;
    for (const auto& each : rows)
        if (const auto* object = each.if_object())
            for (const auto& member : *object) {
                const std::string key(member.key());
                if (std::ranges::find(heading.cells, key) == heading.cells.end())
                    heading.cells.push_back(key);
            }
    const auto headings = heading.cells;
    for (const auto& each : rows) {
        TableRow row{first < lines.size() ? lines[first] : 0, {}};
        first += objects_in(each);
        const auto* object = each.if_object();
        for (const auto& key : headings) {
            const auto* value = object == nullptr ? nullptr : object->if_contains(key);
            row.cells.push_back(value == nullptr ? "" : cell_of(*value));
        }
        table.push_back(std::move(row));
    }
    return table;
}

}  // namespace

void read_json(const SourceText& source, Imported& imported) {
    json::error_code error;
    json::stream_parser parser({}, {.max_depth = 64});
    const auto used = parser.write_some(source.text.data(), source.text.size(), error);
    if (!error) parser.finish(error);
    const auto rest = source.text.substr(std::min(used, source.text.size()));
    if (error || rest.find_first_not_of(" \t\r\n") != std::string_view::npos)
        return imported.refuse(
            {source.file, line_of(source.text, used), 0},
            fmt::format("no JSON: {}", error ? error.message() : "more behind its end"),
            "Name a file that `portolan export json` has written");
    const auto root = parser.release();
    const auto lines = object_lines(source.text);
    if (const auto* rows = root.if_array())
        return take_table(rows_of(*rows, lines, 0), source.file, imported);
    const auto* object = root.if_object();
    const auto* plans = object == nullptr ? nullptr : object->if_contains("plans");
    if (plans == nullptr || !plans->is_array() || plans->get_array().empty())
        return imported.refuse({source.file, 1, 0}, "neither `plans` nor an array of rows",
                               "Name a file that `portolan export json` has written");
    std::size_t first = 1;
    bool is_first = true;
    for (const auto& each : plans->get_array()) {
        const auto* entry = each.if_object();
        const auto* plan = entry == nullptr ? nullptr : entry->if_contains("plan");
        const auto* ports = entry == nullptr ? nullptr : entry->if_contains("ports");
        if (plan != nullptr && is_first) {
            imported.plan = json_plan(*plan);
        } else if (plan != nullptr) {
            imported.skip({source.file, first < lines.size() ? lines[first] : 0, 0},
                          "a second plan in one file", "Export and import it by itself");
        } else if (ports != nullptr && ports->is_array()) {
            take_table(rows_of(ports->get_array(), lines, first + 1), source.file, imported);
        }
        first += objects_in(each);
        is_first = false;
    }
}

}  // namespace portolan::desk
