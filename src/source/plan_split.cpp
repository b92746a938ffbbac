#include "source/plan_split.hpp"

#include <algorithm>

namespace portolan::source::plan {
namespace {

/// A line without its end, and where the next one begins.
struct Line {
    std::string_view text;
    std::size_t begin = 0;
    std::size_t next = 0;
    std::uint32_t number = 0;

    [[nodiscard]] std::size_t indentation() const noexcept {
        return std::min(text.find_first_not_of(' '), text.size());
    }
    /// Nothing, or a comment.
    [[nodiscard]] bool says_nothing() const noexcept {
        const std::string_view rest = text.substr(indentation());
        return rest.empty() || rest == "\r" || rest.front() == '#';
    }
};

class Lines {
public:
    /// The first line has the number `first`.
    Lines(std::string_view text, std::uint32_t first) : text_(text) { line_.number = first - 1; }

    /// The next line; false at the end.
    bool next() {
        if (line_.next == text_.size()) return false;
        line_.begin = line_.next;
        const std::size_t end = std::min(text_.find('\n', line_.begin), text_.size());
        line_.text = text_.substr(line_.begin, end - line_.begin);
        line_.next = std::min(end + 1, text_.size());
        ++line_.number;
        return true;
    }
    [[nodiscard]] const Line& operator*() const noexcept { return line_; }
    [[nodiscard]] const Line* operator->() const noexcept { return &line_; }

private:
    std::string_view text_;
    Line line_;
};

bool opens(const Line& line, std::string_view key, std::size_t indentation) {
    if (line.indentation() != indentation) return false;
    if (!line.text.substr(indentation).starts_with(key)) return false;
    return Line{line.text.substr(indentation + key.size())}.says_nothing();
}

}  // namespace

std::optional<Block> find_block(std::string_view text, std::string_view key, std::uint32_t column,
                                std::uint32_t line_number) {
    Lines line(text, line_number);
    do {
        if (!line.next()) return {};
    } while (!opens(*line, key, column - 1));

    Block block{line->number, column, {}, {}, 0};
    const std::size_t begin = line->next;
    std::size_t end = text.size();
    const auto close = [&](std::size_t at) {
        if (block.fragments.empty()) return;
        auto& last = block.fragments.back().text;
        last = last.substr(0, at - static_cast<std::size_t>(last.data() - text.data()));
    };
    while (line.next()) {
        if (line->says_nothing()) continue;
        const std::size_t indentation = line->indentation();
        if (line->text[indentation] == '\t') return {};
        if (indentation < column) {
            end = line->begin;
            block.next_line = line->number;
            break;
        }
        const auto own_column = static_cast<std::uint32_t>(indentation + 1);
        if (block.fragments.empty() || own_column == block.fragments.front().column) {
            close(line->begin);
            block.fragments.push_back({text.substr(line->begin), line->number, own_column});
        } else if (own_column < block.fragments.front().column) {
            return {};
        }
    }
    if (block.fragments.empty()) return {};
    close(end);
    block.text = text.substr(begin, end - begin);
    return block;
}

std::string without(std::string_view text, const std::vector<std::string_view>& fragments) {
    std::string rest;
    rest.reserve(text.size());
    const char* at = text.data();
    for (const std::string_view fragment : fragments) {
        rest.append(at, fragment.data());
        rest.append(static_cast<std::size_t>(std::ranges::count(fragment, '\n')), '\n');
        at = fragment.data() + fragment.size();
    }
    rest.append(at, text.data() + text.size());
    return rest;
}

}  // namespace portolan::source::plan
