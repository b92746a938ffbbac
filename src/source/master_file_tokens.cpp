#include "master_file_tokens.hpp"

#include <fmt/core.h>

#include <array>
#include <cstring>
#include <utility>

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

/// The first place from `at` on that is not an ordinary character of a word.
std::size_t pass_text(std::string_view text, std::size_t at) noexcept {
    while (at < text.size() && kind_of(text[at]) == Kind::text) ++at;
    return at;
}

}  // namespace

MasterFileTokens::MasterFileTokens(TextSource& source, std::size_t window)
    : source_(&source), window_(window, '\0') {
    constexpr std::string_view mark = "\xef\xbb\xbf";  // the byte order mark of some editors
    while (text_.size() < mark.size() && read_on()) {
    }
    if (text_.starts_with(mark)) at_ = line_start_ = mark.size();
}

/// Moves the text that is not passed yet to the front and reads more behind it. False when there
/// is no more.
bool MasterFileTokens::read_on() {
    if (source_ == nullptr) return false;
    const auto kept = text_.size() - at_;
    std::memmove(window_.data(), window_.data() + at_, kept);
    line_start_ -= std::exchange(at_, 0);
    if (kept > window_.size() / 2) window_.resize(window_.size() * 2);
    const auto count = source_->read({window_.data() + kept, window_.size() - kept});
    text_ = std::string_view(window_).substr(0, kept + count.value_or(0));
    if (!count) last_step_ = Step::unreadable;
    const bool goes_on = count && *count > 0 && !find_nul(kept);
    if (!goes_on) source_ = nullptr;
    return goes_on;
}

/// Ends the text before a NUL octet: it is none.
bool MasterFileTokens::find_nul(std::size_t from) {
    const auto nul = text_.find('\0', from);
    if (nul == text_.npos) return false;
    last_step_ = Step::not_text;
    for (; at_ < nul; ++at_)
        if (text_[at_] == '\n') {
            ++line_;
            line_start_ = at_ + 1;
        }
    fail(nul, "there is a NUL octet: this is not a text file",
         "Write the file as plain text in ASCII or UTF-8 (and a NUL in data as \\000).");
    text_ = text_.substr(0, nul);
    return true;
}

void MasterFileTokens::end_line() noexcept {
    ++at_;
    ++line_;
    line_start_ = at_;
}

void MasterFileTokens::go_back(const Spot& spot) noexcept {
    at_ = spot.at;
    line_ = spot.line;
    line_start_ = spot.line_start;
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
    for (;;) {
        const Spot start{at_, line_, line_start_};
        const auto step = scan(entry);
        const bool is_whole = !met_end_ && at_ < text_.size();
        if (is_whole || source_ == nullptr)
            return step == Step::end ? std::exchange(last_step_, Step::end) : step;
        go_back(start);
        read_on();
    }
}

MasterFileTokens::Step MasterFileTokens::scan(MasterFileEntry& entry) {
    entry.tokens.clear();
    entry.indented = false;
    depth_ = 0;
    met_end_ = false;
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
    met_end_ = true;
    if (depth_ == 0) return entry.tokens.empty() ? Step::end : Step::entry;
    go_back(opened_);
    fail(at_, "this parenthesis is never closed", "Write \")\" at the end of the record.");
    return faulty();
}

bool MasterFileTokens::word(MasterFileEntry& entry) {
    const auto start = at_;
    for (;; ++at_) {
        at_ = pass_text(text_, at_);
        if (at_ == text_.size()) break;
        const auto kind = kind_of(text_[at_]);
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
