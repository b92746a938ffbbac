#include "master_file_tokens.hpp"

#include <fmt/core.h>

#include <array>

namespace portolan::source {
namespace {

enum class Kind : std::uint8_t {
    text,
    blank,
    newline,
    comment,
    open,
    close,
    quote,
    escape,
    control
};

constexpr auto kinds = [] {
    std::array<Kind, 256> table{};
    for (std::size_t octet = 0; octet < 0x20; ++octet) table[octet] = Kind::control;
    table[0x7f] = Kind::control;
    for (const char blank : {' ', '\t', '\r', '\f', '\v'})
        table[static_cast<std::uint8_t>(blank)] = Kind::blank;
    table['\n'] = Kind::newline;
    table[';'] = Kind::comment;
    table['('] = Kind::open;
    table[')'] = Kind::close;
    table['"'] = Kind::quote;
    table['\\'] = Kind::escape;
    return table;
}();

constexpr Kind kind_of(char c) noexcept { return kinds[static_cast<std::uint8_t>(c)]; }

}  // namespace

MasterFileTokens::MasterFileTokens(std::string_view text) noexcept : text_(text) {
    if (!text_.starts_with("\xef\xbb\xbf")) return;  // the byte order mark of some editors
    at_ = line_start_ = 3;
}

void MasterFileTokens::end_line() noexcept {
    ++at_;
    ++line_;
    line_start_ = at_;
}

void MasterFileTokens::skip_line() noexcept {
    at_ = std::min(text_.find('\n', at_), text_.size());
    if (at_ < text_.size()) end_line();
}

/// Whether the line at hand looks like the inside of a parenthesis rather than a new entry.
bool MasterFileTokens::at_continuation() const noexcept {
    if (at_ == text_.size()) return false;
    const auto kind = kind_of(text_[at_]);
    return kind != Kind::text && kind != Kind::escape;
}

MasterFileTokens::Step MasterFileTokens::next(MasterFileEntry& entry) {
    entry.tokens.clear();
    entry.indented = false;
    depth_ = 0;
    while (at_ < text_.size()) {
        bool good = true;
        switch (kind_of(text_[at_])) {
            case Kind::blank:
                if (entry.tokens.empty() && depth_ == 0 && at_ == line_start_)
                    entry.indented = text_[at_] != '\r';
                ++at_;
                break;
            case Kind::newline:
                end_line();
                if (depth_ > 0) break;
                if (!entry.tokens.empty()) return Step::entry;
                entry.indented = false;
                break;
            case Kind::comment:
                at_ = std::min(text_.find('\n', at_), text_.size());
                break;
            case Kind::open:
                if (depth_++ == 0) opened_ = {at_, line_, line_start_};
                ++at_;
                break;
            case Kind::close:
                good = close_parenthesis();
                break;
            case Kind::quote:
                good = quoted_word(entry);
                break;
            case Kind::control:
                good = control_octet();
                break;
            case Kind::text:
            case Kind::escape:
                good = word(entry);
                break;
        }
        if (!good) return faulty();
    }
    return end_of_text(entry);
}

MasterFileTokens::Step MasterFileTokens::end_of_text(const MasterFileEntry& entry) {
    if (depth_ == 0) return entry.tokens.empty() ? Step::end : Step::entry;
    at_ = opened_.at;
    line_ = opened_.line;
    line_start_ = opened_.line_start;
    fail(at_, "this parenthesis is never closed", "Write \")\" at the end of the record.");
    return faulty();
}

bool MasterFileTokens::word(MasterFileEntry& entry) {
    const auto start = at_;
    for (; at_ < text_.size(); ++at_) {
        const auto kind = kind_of(text_[at_]);
        if (kind == Kind::text) continue;
        if (kind == Kind::quote) {  // key="value" (RFC 9460 2.1)
            if (!pass_quotes()) return false;
            --at_;
            continue;
        }
        if (kind != Kind::escape) break;
        if (at_ + 1 == text_.size() || text_[at_ + 1] == '\n' || text_[at_ + 1] == '\r')
            return fail(at_, "a backslash ends the line",
                        "Write \"\\\\\" for a backslash; put records of several lines in ().");
        ++at_;
    }
    entry.tokens.push_back({text_.substr(start, at_ - start), false, line_, column_of(start)});
    return true;
}

bool MasterFileTokens::quoted_word(MasterFileEntry& entry) {
    const auto start = at_;
    if (!pass_quotes()) return false;
    entry.tokens.push_back(
        {text_.substr(start + 1, at_ - start - 2), true, line_, column_of(start)});
    return true;
}

bool MasterFileTokens::pass_quotes() {
    const auto start = at_++;
    while (at_ < text_.size() && text_[at_] != '\n') {
        const char c = text_[at_];
        if (c == '"') {
            ++at_;
            return true;
        }
        const bool escaped = c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n';
        at_ += escaped ? 2 : 1;
    }
    return fail(start, "this quote is not closed on its line",
                "Write the closing \", and \\\" for a quote inside; split long text into several "
                "strings.");
}

bool MasterFileTokens::close_parenthesis() {
    if (depth_ == 0)
        return fail(at_, "\")\" closes nothing", "Remove it, or write \"(\" where it should open.");
    --depth_;
    ++at_;
    return true;
}

bool MasterFileTokens::control_octet() {
    const auto octet = static_cast<std::uint8_t>(text_[at_]);
    return fail(at_, fmt::format("octet {} is not text", octet),
                fmt::format("Write \\{:03} if it is meant; else remove it.", octet));
}

bool MasterFileTokens::fail(std::size_t at, std::string message, std::string cure) {
    fault_ = {line_, column_of(at), std::move(message), std::move(cure)};
    return false;
}

MasterFileTokens::Step MasterFileTokens::faulty() {
    const bool inside_parentheses = depth_ > 0;
    skip_line();
    while (inside_parentheses && at_continuation()) skip_line();
    return Step::fault;
}

}  // namespace portolan::source
