#include "source/plan_split.hpp"

#include <algorithm>

namespace portolan::source::plan {
namespace {

/// A line without its end, and where the next one begins.
struct Line {
    std::string_view text;
    std::size_t begin = 0;
    std::size_t next = 0;
    std::uint32_t number = 0;  // from 1

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
    explicit Lines(std::string_view text) : text_(text) {}

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

constexpr std::string_view key = "environments:";

bool opens_environments(const Line& line) {
    if (!line.text.starts_with(key)) return false;
    return Line{line.text.substr(key.size())}.says_nothing();
}

}  // namespace

std::optional<Split> split_environments(std::string_view text) {
    Lines line(text);
    while (line.next() && !opens_environments(*line)) {
    }
    if (!opens_environments(*line)) return {};

    Split split;
    split.line = line->number;
    const std::size_t body = line->next;
    std::size_t end = text.size();
    std::size_t last = 0;  // where the last fragment begins
    std::uint32_t lines = 0;
    const auto close = [&](std::size_t at) {
        if (!split.fragments.empty()) split.fragments.back().text = text.substr(last, at - last);
    };
    while (line.next()) {
        const std::size_t indentation = line->indentation();
        if (!line->says_nothing()) {
            if (line->text[indentation] == '\t') return {};
            if (indentation == 0) {
                end = line->begin;
                break;
            }
            const auto column = static_cast<std::uint32_t>(indentation + 1);
            if (split.fragments.empty() || column == split.fragments.front().column) {
                close(line->begin);
                last = line->begin;
                split.fragments.push_back({{}, line->number, column});
            } else if (column < split.fragments.front().column) {
                return {};
            }
        }
        ++lines;
    }
    if (split.fragments.empty()) return {};
    close(end);
    split.frame.reserve(body + lines + (text.size() - end));
    split.frame.assign(text, 0, body);
    split.frame.append(lines, '\n');
    split.frame.append(text, end);
    return split;
}

}  // namespace portolan::source::plan
