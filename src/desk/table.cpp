#include "desk/table.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "desk/text.hpp"
#include "portolan/registry/about.hpp"

namespace portolan::desk {
namespace {

using registry::Place;

// --- one cell -----------------------------------------------------------------------------------

/// What is wrong with a cell, "" when nothing is; and what to write instead.
struct Fault {
    std::string message;
    std::string cure;
};
const Fault fine{};

template <std::string ImportedPort::*Member>
Fault take_text(std::string_view cell, ImportedPort& port) {
    port.*Member = cell;
    return fine;
}

template <std::string registry::About::*Member>
Fault take_about(std::string_view cell, ImportedPort& port) {
    auto& text = port.about.*Member;
    if (!text.empty() && !cell.empty()) text += "; ";
    text += cell;
    return fine;
}

Fault take_until(std::string_view cell, ImportedPort& port) {
    if (cell.empty()) return fine;
    const auto date = registry::parse_date(cell);
    if (!date) return {fmt::format("\"{}\" is no day of the calendar", cell), "Write 2027-01-31"};
    port.about.until = *date;
    return fine;
}

Fault take_protocol(std::string_view cell, ImportedPort& port) {
    if (cell.empty()) return fine;
    const auto protocol = parse_any_protocol(cell);
    if (!protocol)
        return {fmt::format("\"{}\" is no protocol", cell), "Known: tcp, udp, sctp, dccp"};
    port.protocol = *protocol;
    return fine;
}

/// "5001", "5001/udp", "5000-5099".
Fault take_port(std::string_view cell, ImportedPort& port) {
    if (cell.empty()) return {"there is no port", "Give it one, or leave the row out"};
    const auto slash = cell.find('/');
    const auto ports = parse_ports(trimmed(cell.substr(0, slash)));
    if (!ports) return {fmt::format("\"{}\" is no port", cell), "Write a number from 1 to 65535"};
    port.ports = *ports;
    return slash == std::string_view::npos ? fine : take_protocol(cell.substr(slash + 1), port);
}

Fault take_addresses(std::string_view cell, ImportedPort& port) {
    std::string blanks_only(cell);
    std::ranges::replace_if(
        blanks_only, [](char c) { return c == ',' || c == ';'; }, ' ');
    for (const auto& word : words_of(blanks_only)) {
        const auto address = registry::parse_address(word.text);
        if (!address)
            return {fmt::format("\"{}\" is no address", word.text),
                    "Write 10.1.0.11 or 2001:db8::11"};
        port.addresses.push_back(*address);
    }
    return fine;
}

template <class Number, std::optional<Number> ImportedPort::*Member>
Fault take_number(std::string_view cell, ImportedPort& port) {
    if (cell.empty()) return fine;
    const auto number = parse_number(cell, 65535);
    if (!number)
        return {fmt::format("\"{}\" is no number up to 65535", cell), "Write digits alone"};
    port.*Member = static_cast<Number>(*number);
    return fine;
}

/// Of a table that `portolan ports` has written: the plan's own zone is said elsewhere.
Fault take_nothing(std::string_view, ImportedPort&) { return fine; }

/// The name follows from the plan; that there is none says that the port is not advertised.
Fault take_srv(std::string_view cell, ImportedPort& port) {
    port.is_published = !cell.empty();
    return fine;
}

// --- columns ------------------------------------------------------------------------------------

using Take = Fault (*)(std::string_view cell, ImportedPort& port);
struct Column {
    std::string_view heading;
    Take take;
};
constexpr auto take_instance = take_number<unsigned, &ImportedPort::instance>;
constexpr auto take_priority = take_number<std::uint16_t, &ImportedPort::priority>;
constexpr auto take_weight = take_number<std::uint16_t, &ImportedPort::weight>;

constexpr std::array columns{
    Column{"port", take_port},
    Column{"port number", take_port},
    Column{"ports", take_port},
    Column{"service", take_text<&ImportedPort::service>},
    Column{"service name", take_text<&ImportedPort::service>},
    Column{"name", take_text<&ImportedPort::service>},
    Column{"port name", take_text<&ImportedPort::port_name>},
    Column{"application", take_text<&ImportedPort::application>},
    Column{"app", take_text<&ImportedPort::application>},
    Column{"instance", take_instance},
    Column{"type", take_text<&ImportedPort::type>},
    Column{"port type", take_text<&ImportedPort::type>},
    Column{"proto", take_protocol},
    Column{"protocol", take_protocol},
    Column{"transport", take_protocol},
    Column{"transport protocol", take_protocol},
    Column{"environment", take_text<&ImportedPort::environment>},
    Column{"env", take_text<&ImportedPort::environment>},
    Column{"host", take_text<&ImportedPort::host>},
    Column{"hostname", take_text<&ImportedPort::host>},
    Column{"server", take_text<&ImportedPort::host>},
    Column{"address", take_addresses},
    Column{"addresses", take_addresses},
    Column{"ip", take_addresses},
    Column{"priority", take_priority},
    Column{"weight", take_weight},
    Column{"srv", take_srv},
    Column{"zone", take_nothing},
    Column{"owner", take_about<&registry::About::owner>},
    Column{"team", take_about<&registry::About::owner>},
    Column{"description", take_about<&registry::About::description>},
    Column{"comment", take_about<&registry::About::description>},
    Column{"note", take_about<&registry::About::description>},
    Column{"notes", take_about<&registry::About::description>},
    Column{"until", take_until},
    Column{"expires", take_until},
};

const Column* column_of(std::string_view heading) {
    const auto low = lower_case(trimmed(heading));
    const auto* found = std::ranges::find(columns, std::string_view(low), &Column::heading);
    return found == columns.end() ? nullptr : found;
}

// --- rows ---------------------------------------------------------------------------------------

/// A row that names its application and its service's type needs no name beside them.
void settle_names(ImportedPort& port) {
    if (port.service.empty()) port.service = port.application;
    if (port.service == port.application && !port.application.empty() && !port.type.empty())
        port.service += "-" + port.type;
    // `portolan ports` shows "rabbit-management" with the type "management".
    if (port.application.empty() && !port.type.empty() && port.port_name.empty() &&
        port.service.ends_with("-" + port.type)) {
        port.service.resize(port.service.size() - port.type.size() - 1);
        port.port_name = std::exchange(port.type, "");
    }
}

void take_row(const TableRow& row, const std::vector<const Column*>& meaning, Place place,
              Imported& imported) {
    ImportedPort port;
    port.place = place;
    if (row.cells.size() > meaning.size())
        return imported.skip(place,
                             fmt::format("the row has {} cells and the heading {}",
                                         row.cells.size(), meaning.size()),
                             "Put cells that hold the separator into double quotes");
    bool has_port = false;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
        if (meaning[i] == nullptr) continue;
        has_port = has_port || meaning[i]->take == take_port;
        const auto fault = meaning[i]->take(row.cells[i], port);
        if (!fault.message.empty()) return imported.skip(place, fault.message, fault.cure);
    }
    if (!has_port)
        return imported.skip(place, "the row ends before its port", "Complete it, or take it out");
    settle_names(port);
    if (port.service.empty())
        return imported.skip(place, fmt::format("nothing names port {}", port.ports.first),
                             "Name its service");
    imported.ports.push_back(std::move(port));
}

void take_headed(const std::vector<TableRow>& rows, std::uint32_t file, Imported& imported) {
    std::vector<const Column*> meaning;
    for (const auto& heading : rows.front().cells) {
        meaning.push_back(column_of(heading));
        if (meaning.back() == nullptr && !heading.empty())
            imported.skip({file, rows.front().line, 0},
                          fmt::format("the column \"{}\" has no meaning here", heading),
                          "docs/import.md lists the columns");
    }
    for (auto row = rows.begin() + 1; row != rows.end(); ++row)
        take_row(*row, meaning, {file, row->line, 0}, imported);
}

/// Cells of a row without a heading, sorted by what they look like.
struct Looks {
    std::vector<std::string> words;
    std::vector<unsigned> numbers;
};

Looks look_at(const TableRow& row, ImportedPort& port) {
    Looks looks;
    for (const auto& cell : row.cells) {
        const auto slash = cell.find('/');
        if (const auto number = parse_number(cell.substr(0, slash), 999999)) {
            looks.numbers.push_back(*number);
            if (slash != std::string::npos) take_protocol(cell.substr(slash + 1), port);
        } else if (const auto protocol = parse_any_protocol(cell)) {
            port.protocol = *protocol;
        } else if (const auto address = registry::parse_address(cell)) {
            port.addresses.push_back(*address);
        } else if (!cell.empty()) {
            looks.words.push_back(cell);
        }
    }
    return looks;
}

void take_bare(const TableRow& row, Place place, Imported& imported) {
    ImportedPort port;
    port.place = place;
    const auto [words, numbers] = look_at(row, port);
    const auto refuse = [&](std::string message) {
        imported.skip(place, std::move(message),
                      "Write: application type instance port, or give the table a heading");
    };
    if (numbers.empty()) return refuse("the row has no port");
    if (numbers.size() > 2) return refuse("the row has more than two numbers");
    if (words.empty() || words.size() > 3)
        return refuse(fmt::format("the row has {} words, not one to three", words.size()));
    if (numbers.back() == 0 || numbers.back() > 65535)
        return refuse(fmt::format("{} is no port", numbers.back()));
    port.ports.first = port.ports.last = static_cast<registry::Port>(numbers.back());
    if (numbers.size() == 2) port.instance = numbers.front();
    if (words.size() == 1) port.service = words[0];
    if (words.size() == 3) port.environment = words[0];
    if (words.size() >= 2) {
        port.application = words[words.size() - 2];
        port.type = words.back();
    }
    settle_names(port);
    imported.ports.push_back(std::move(port));
}

}  // namespace

bool is_heading(const TableRow& row) {
    return std::ranges::any_of(row.cells, [](const std::string& cell) {
        const auto* column = column_of(cell);
        return column != nullptr && column->take == take_port;
    });
}

void take_table(const std::vector<TableRow>& rows, std::uint32_t file, Imported& imported) {
    if (rows.empty()) return;
    if (is_heading(rows.front())) return take_headed(rows, file, imported);
    for (const auto& row : rows) take_bare(row, {file, row.line, 0}, imported);
}

}  // namespace portolan::desk
