// portolan ports: the table that replaces the wiki.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>

#include "cli/loading.hpp"
#include "cli/terminal.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/registry/port_table.hpp"
#include "portolan/registry/suggest.hpp"
#include "portolan/zone/derive.hpp"

namespace portolan::cli {
namespace {

using registry::PortRow;

struct Arguments {
    std::vector<std::string> plans;
    std::string environment;
    std::string format = "text";
};

/// One plan with the rows that were asked for.
struct Listing {
    const registry::Plan* plan;
    std::vector<PortRow> rows;
};

// --- the columns, once for all formats ----------------------------------------------------------

struct Column {
    const char* name;
    std::string (*cell)(const PortRow&);
    bool is_number = false;
};

const std::array<Column, 13> columns{{
    {"environment", [](const PortRow& row) { return row.environment; }},
    {"service", [](const PortRow& row) { return row.service; }},
    {"application", [](const PortRow& row) { return row.application; }},
    {"instance", [](const PortRow& row) { return row.instance; }, true},
    {"type", [](const PortRow& row) { return row.type; }},
    {"port", [](const PortRow& row) { return row.port == 0 ? "" : std::to_string(row.port); },
     true},
    {"proto", [](const PortRow& row) { return std::string(to_string(row.protocol)); }},
    {"host", [](const PortRow& row) { return row.host; }},
    {"addresses", [](const PortRow& row) { return row.addresses; }},
    {"srv", [](const PortRow& row) { return row.srv; }},
    {"priority", [](const PortRow& row) { return row.priority; }, true},
    {"owner", [](const PortRow& row) { return row.owner; }},
    {"until", [](const PortRow& row) { return row.until; }},
}};

// --- text ---------------------------------------------------------------------------------------

/// Octets that continue a UTF-8 character take no room of their own.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
}

using Widths = std::array<std::size_t, columns.size()>;

/// Columns that are empty in every row get no width, and are left out.
Widths widths_of(const std::vector<PortRow>& rows) {
    Widths widths{};
    for (const auto& row : rows)
        for (std::size_t i = 0; i < columns.size(); ++i)
            widths[i] = std::max(widths[i], width(columns[i].cell(row)));
    for (std::size_t i = 0; i < columns.size(); ++i)
        if (widths[i] != 0) widths[i] = std::max(widths[i], width(columns[i].name));
    return widths;
}

std::string padded(const std::string& text, std::size_t room, bool right) {
    const std::string fill(room - width(text), ' ');
    return right ? fill + text : text + fill;
}

/// One aligned line, without blanks at its end.
template <class Cell>
std::string aligned(const Widths& widths, Cell cell) {
    std::string line;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (widths[i] == 0) continue;
        if (!line.empty()) line += "  ";
        line += padded(cell(columns[i]), widths[i], columns[i].is_number);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

void print_legend_text(const registry::Plan& plan, bool colour) {
    if (!plan.convention) return;
    fmt::print("\n{} {}\n", bold("pattern", colour), plan.convention->pattern.text);
    for (const auto& legend : registry::legend_of(*plan.convention)) {
        fmt::print("{} {}\n", bold(legend.letters, colour), legend.field);
        std::size_t room = 0;
        for (const auto& each : legend.entries) room = std::max(room, each.name.size());
        for (const auto& each : legend.entries) {
            auto line =
                fmt::format("    {} {}  {}", each.key, padded(each.name, room, false), each.remark);
            line.erase(line.find_last_not_of(' ') + 1);
            fmt::print("{}\n", line);
        }
    }
}

void print_text(const std::vector<Listing>& listings) {
    const bool colour = wants_colour();
    const char* separator = "";
    for (const auto& [plan, rows] : listings) {
        fmt::print("{}{}: {} entries\n", separator,
                   bold(name_text(plan->zone.value.view()), colour), rows.size());
        separator = "\n";
        if (rows.empty()) continue;
        const auto widths = widths_of(rows);
        fmt::print(
            "{}\n",
            bold(aligned(widths, [](const Column& column) { return std::string(column.name); }),
                 colour));
        for (const auto& row : rows)
            fmt::print("{}\n",
                       aligned(widths, [&](const Column& column) { return column.cell(row); }));
        print_legend_text(*plan, colour);
    }
}

// --- csv (RFC 4180) -----------------------------------------------------------------------------

std::string csv_cell(const std::string& text) {
    if (text.find_first_of("\",\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

void print_csv(const std::vector<Listing>& listings) {
    fmt::print("zone");
    for (const auto& column : columns) fmt::print(",{}", column.name);
    fmt::print("\r\n");
    for (const auto& [plan, rows] : listings)
        for (const auto& row : rows) {
            fmt::print("{}", csv_cell(name_text(plan->zone.value.view())));
            for (const auto& column : columns) fmt::print(",{}", csv_cell(column.cell(row)));
            fmt::print("\r\n");
        }
}

// --- markdown -----------------------------------------------------------------------------------

std::string markdown_cell(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '|' || c == '\\' || c == '_' || c == '*' || c == '<' || c == '`') escaped += '\\';
        escaped += c == '\n' ? ' ' : c;
    }
    return escaped;
}

void print_legend_markdown(const registry::Plan& plan) {
    if (!plan.convention) return;
    fmt::print("\n### Keys of {}\n", plan.convention->pattern.text);
    for (const auto& legend : registry::legend_of(*plan.convention)) {
        fmt::print("\n| {} | {} | |\n|---|---|---|\n", legend.letters, legend.field);
        for (const auto& each : legend.entries)
            fmt::print("| {} | {} | {} |\n", each.key, markdown_cell(each.name),
                       markdown_cell(each.remark));
    }
}

void print_markdown(const std::vector<Listing>& listings) {
    const char* separator = "";
    for (const auto& [plan, rows] : listings) {
        fmt::print("{}## {}\n\n", separator, name_text(plan->zone.value.view()));
        separator = "\n";
        for (const auto& column : columns) fmt::print("| {} ", column.name);
        fmt::print("|\n");
        for (const auto& column : columns) fmt::print("{}", column.is_number ? "|---:" : "|---");
        fmt::print("|\n");
        for (const auto& row : rows) {
            for (const auto& column : columns) fmt::print("| {} ", markdown_cell(column.cell(row)));
            fmt::print("|\n");
        }
        print_legend_markdown(*plan);
    }
}

// --- json ---------------------------------------------------------------------------------------

boost::json::object json_row(const PortRow& row) {
    boost::json::object out;
    for (const auto& column : columns) {
        const auto text = column.cell(row);
        if (text.empty()) continue;
        if (column.is_number) {
            out[column.name] = std::stoul(text);
        } else {
            out[column.name] = text;
        }
    }
    return out;
}

boost::json::array json_legend(const registry::Plan& plan) {
    boost::json::array fields;
    if (!plan.convention) return fields;
    for (const auto& legend : registry::legend_of(*plan.convention)) {
        boost::json::array entries;
        for (const auto& each : legend.entries)
            entries.push_back({{"key", each.key}, {"name", each.name}, {"remark", each.remark}});
        fields.push_back(
            {{"field", legend.field}, {"letters", legend.letters}, {"entries", entries}});
    }
    return fields;
}

/// One row a line, so that the output reads and greps well.
void print_json(const std::vector<Listing>& listings) {
    fmt::print("[");
    const char* between = "\n";
    for (const auto& [plan, rows] : listings) {
        fmt::print("{}{{\"zone\": {}, \"legend\": {}, \"ports\": [", between,
                   boost::json::serialize(boost::json::string(name_text(plan->zone.value.view()))),
                   boost::json::serialize(json_legend(*plan)));
        between = ",\n";
        const char* separator = "\n";
        for (const auto& row : rows) {
            fmt::print("{}  {}", separator, boost::json::serialize(json_row(row)));
            separator = ",\n";
        }
        fmt::print("]}}");
    }
    fmt::print("\n]\n");
}

// --- the command --------------------------------------------------------------------------------

Listing list(const registry::Plan& plan, const std::string& environment) {
    const registry::SrvOwner owner = [&](const registry::Service& service) {
        return name_text(zone::service_owner(plan, service));
    };
    if (environment.empty()) return {&plan, registry::port_rows(plan, owner)};
    return {&plan, registry::port_rows(plan, *plan.environment(environment), owner)};
}

int unknown_environment(const std::vector<const registry::Plan*>& plans, const std::string& name) {
    std::vector<std::string_view> names;
    for (const auto* plan : plans)
        for (const auto each : registry::names_of(plan->environments)) names.push_back(each);
    complain("no plan has an environment \"" + name + "\"", registry::did_you_mean(name, names));
    return 1;
}

int run(const Arguments& arguments) {
    const auto loaded = load(arguments.plans);
    const auto plans = readable_plans(loaded);
    if (plans.empty()) {
        complain("no plan could be read", "Name one, or set $PORTOLAN_PLAN.");
        return 2;
    }
    std::vector<Listing> listings;
    for (const auto* plan : plans)
        if (arguments.environment.empty() || plan->environment(arguments.environment) != nullptr)
            listings.push_back(list(*plan, arguments.environment));
    if (listings.empty()) return unknown_environment(plans, arguments.environment);
    if (arguments.format == "csv") print_csv(listings);
    if (arguments.format == "json") print_json(listings);
    if (arguments.format == "markdown") print_markdown(listings);
    if (arguments.format == "text") print_text(listings);
    return 0;
}

}  // namespace

void add_ports(CLI::App& program, int& status) {
    auto* command = program.add_subcommand("ports", "Print the table of all ports");
    auto arguments = std::make_shared<Arguments>();
    command->add_option("plans", arguments->plans,
                        "Plans, or folders of plans (default: $PORTOLAN_PLAN, else zones/)");
    command->add_option("-e,--environment", arguments->environment,
                        "Only this environment (a name or an alias)");
    command->add_option("-f,--format", arguments->format, "text, csv, markdown or json")
        ->check(CLI::IsMember({"text", "csv", "markdown", "json"}));
    command->footer(
        "Exit status: 0 the table is printed, 1 no plan has that environment, 2 no plan could be\n"
        "read.");
    command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace portolan::cli
