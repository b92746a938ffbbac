// CSV (RFC 4180), with commas, semicolons, tabs or blanks between the cells.
#include <algorithm>

#include "desk/csv.hpp"
#include "desk/formats.hpp"
#include "desk/text.hpp"

namespace portolan::desk {
namespace {

/// What separates the cells of a line: the most frequent of the usual ones; blanks when there is
/// none.
char separator_of(std::string_view line) {
    char best = ' ';
    std::ptrdiff_t most = 0;
    for (const char each : {',', ';', '\t'}) {
        const auto count = std::ranges::count(line, each);
        if (count > most) {
            most = count;
            best = each;
        }
    }
    return best;
}

/// Reads cells; quoted ones may go over several lines.
class Reader {
public:
    Reader(std::string_view text, char separator) : text_(text), separator_(separator) {}

    [[nodiscard]] bool at_end() const noexcept { return at_ >= text_.size(); }

    TableRow row() {
        TableRow row{line_, {}};
        do row.cells.push_back(cell());
        while (skip_separator());
        end_line();
        if (row.cells.size() == 1 && row.cells[0].empty()) row.cells.clear();
        return row;
    }

    [[nodiscard]] std::uint32_t open_quote() const noexcept { return open_quote_; }

private:
    [[nodiscard]] char here() const noexcept { return at_end() ? '\n' : text_[at_]; }
    [[nodiscard]] bool at_line_end() const noexcept { return here() == '\n' || here() == '\r'; }
    [[nodiscard]] bool is_blank() const noexcept { return here() == ' ' || here() == '\t'; }

    void skip_blanks() {
        while (is_blank() && here() != separator_) ++at_;
        if (separator_ == ' ')
            while (is_blank()) ++at_;
    }

    bool skip_separator() {
        if (separator_ == ' ') {
            const auto before = at_;
            skip_blanks();
            return at_ != before && !at_line_end();
        }
        if (at_end() || here() != separator_) return false;
        ++at_;
        return true;
    }

    void end_line() {
        if (!at_end() && here() == '\r') ++at_;
        if (!at_end() && here() == '\n') ++at_;
        ++line_;
    }

    std::string cell() {
        skip_blanks();
        std::string text;
        if (!at_end() && here() == '"') text = quoted();
        const auto first = at_;
        while (!at_line_end() && here() != separator_ && !(separator_ == ' ' && is_blank())) ++at_;
        text += trimmed(text_.substr(first, at_ - first));
        return without_guard(std::move(text));
    }

    std::string quoted() {
        open_quote_ = line_;
        std::string text;
        for (++at_; !at_end(); ++at_) {
            if (here() == '"' && (at_ + 1 >= text_.size() || text_[at_ + 1] != '"')) {
                ++at_;
                open_quote_ = 0;
                return text;
            }
            if (here() == '"') ++at_;
            if (here() == '\n') ++line_;
            text += text_[at_];
        }
        return text;
    }

    /// Our own export puts an apostrophe before what a spreadsheet would take for a formula.
    static std::string without_guard(std::string text) {
        if (text.size() > 1 && text[0] == '\'' &&
            std::string_view("=+-@").find(text[1]) != std::string_view::npos)
            text.erase(0, 1);
        return text;
    }

    std::string_view text_;
    char separator_;
    std::size_t at_ = 0;
    std::uint32_t line_ = 1;
    std::uint32_t open_quote_ = 0;  // the line in which a quote begins that has not ended; or 0
};

bool is_comment(const TableRow& row) { return row.cells.front().starts_with('#'); }

std::string_view first_written_line(std::string_view text) {
    Lines lines(text);
    while (const auto line = lines.next())
        if (const auto inside = trimmed(*line); !inside.empty() && !inside.starts_with('#'))
            return inside;
    return {};
}

}  // namespace

std::vector<TableRow> csv_rows(const SourceText& source, Imported& imported) {
    Reader reader(source.text, separator_of(first_written_line(source.text)));
    std::vector<TableRow> rows;
    while (!reader.at_end()) {
        auto row = reader.row();
        if (reader.open_quote() != 0) {
            imported.skip({source.file, reader.open_quote(), 0}, "a quote that never ends",
                          "Close it; a quote inside a quoted cell is written twice");
            break;
        }
        if (!row.cells.empty() && !is_comment(row)) rows.push_back(std::move(row));
    }
    return rows;
}

std::string csv_cell(std::string_view text) {
    std::string cell(text);
    const auto is_formula = [](char c) {
        return std::string_view("=+-@").find(c) != std::string_view::npos;
    };
    if (!cell.empty() && is_formula(cell.front())) cell.insert(0, 1, '\'');
    const bool has_blank_end = cell.starts_with(' ') || cell.ends_with(' ');
    if (cell.find_first_of(",;\t\"\r\n#") == std::string::npos && !has_blank_end) return cell;
    std::string quoted = "\"";
    for (const char c : cell) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + "\"";
}

void read_csv(const SourceText& source, Imported& imported) {
    take_table(csv_rows(source, imported), source.file, imported);
}

}  // namespace portolan::desk
