// JSON: the whole plan, when nothing was left out, and its ports as rows.
#include <boost/json.hpp>

#include "desk/export_table.hpp"
#include "desk/exports.hpp"
#include "desk/plan_json.hpp"

namespace portolan::desk {
namespace {

namespace json = boost::json;

json::object row_of(const ExportedPort& port) {
    json::object row;
    for (const auto& column : table_columns) {
        const auto cell = column.cell(port);
        if (cell.empty()) continue;
        if (column.is_number) {
            row[column.heading] = std::stoul(cell);
        } else {
            row[column.heading] = cell;
        }
    }
    return row;
}

bool is_whole(const ExportFilter& filter) {
    return filter.environment.empty() && filter.host.empty() && filter.application.empty() &&
           filter.type.empty();
}

}  // namespace

/// One port a line, so that the output reads and greps well.
std::string write_json(const ExportInput& input) {
    std::string text = "{\"plans\": [";
    const char* between = "\n";
    for (const auto* plan : input.plans) {
        text += between;
        between = ",\n";
        const auto whole = is_whole(input.filter) ? plan_json(plan->files.front()) : std::nullopt;
        text +=
            whole ? "{\"plan\": " + json::serialize(*whole) + ",\n \"ports\": [" : "{\"ports\": [";
        const char* separator = "\n  ";
        for (const auto& port : input.ports) {
            if (port.plan != plan) continue;
            text += separator + json::serialize(row_of(port));
            separator = ",\n  ";
        }
        text += "\n ]}";
    }
    return text + "\n]}\n";
}

}  // namespace portolan::desk
