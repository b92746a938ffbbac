#include "portolan/desk/iana_csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>
#include <vector>

#include "desk/csv.hpp"
#include "desk/text.hpp"

namespace portolan::desk {
namespace {

using registry::Refusal;
using Cells = std::vector<std::string>;

struct Columns {
    std::size_t name, port, protocol;
};

std::optional<Columns> columns_of(const Cells& heading) {
    const auto at = [&](const char* name) {
        return static_cast<std::size_t>(std::ranges::find(heading, name) - heading.begin());
    };
    const Columns columns{at("Service Name"), at("Port Number"), at("Transport Protocol")};
    if (std::max({columns.name, columns.port, columns.protocol}) >= heading.size())
        return std::nullopt;
    return columns;
}

Refusal malformed(std::string reason) { return {Refusal::Kind::malformed, std::move(reason)}; }

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](unsigned char each) { return each < ' '; });
}

/// "80" or "6000-6063"; 0 is a port too: it is reserved.
std::optional<std::pair<unsigned, unsigned>> read_range(std::string_view text) {
    const auto dash = text.find('-');
    const auto first = parse_number(text.substr(0, dash), 65535);
    const auto last = dash == text.npos ? first : parse_number(text.substr(dash + 1), 65535);
    if (!first || !last || *first > *last) return std::nullopt;
    return std::pair(*first, *last);
}

}  // namespace

registry::OrRefusal<std::string> read_iana_csv(std::string_view csv) {
    Imported read;
    read.files = {"IANA's CSV"};
    const auto rows = csv_rows({csv}, read);
    if (!read.findings.empty())
        return malformed(
            fmt::format("line {}: {}", read.findings.front().line, read.findings.front().message));
    const auto columns = rows.empty() ? std::nullopt : columns_of(rows.front().cells);
    if (!columns)
        return malformed(
            "line 1 does not name the columns Service Name, Port Number and Transport Protocol");
    // By range and name: the transports of all rows of it.
    std::map<std::tuple<unsigned, unsigned, std::string>, std::string> names;
    for (const auto& [line, cells] : std::span(rows).subspan(1)) {
        if (cells.size() <= std::max({columns->name, columns->port, columns->protocol}))
            return malformed(fmt::format("line {} has only {} cells", line, cells.size()));
        const auto& name = cells[columns->name];
        if (name.empty() || cells[columns->port].empty()) continue;
        const auto range = read_range(cells[columns->port]);
        if (!range)
            return malformed(fmt::format("line {}: \"{}\" is no port", line, cells[columns->port]));
        const auto& protocol = cells[columns->protocol];
        if (has_control(name) || has_control(protocol))  // the table has a line a row
            return malformed(fmt::format("line {}: a name or a transport goes over lines", line));
        auto& protocols = names[{range->first, range->second, name}];
        protocols += (protocols.empty() ? "" : ",") + protocol;
    }
    std::string text;
    for (const auto& [key, protocols] : names)
        text += fmt::format("{}-{}\t{}\t{}\n", std::get<0>(key), std::get<1>(key), protocols,
                            std::get<2>(key));
    return text;
}

}  // namespace portolan::desk
