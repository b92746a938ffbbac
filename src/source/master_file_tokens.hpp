// The lexical level of RFC 1035 5.1: logical lines of tokens.
//
// An entry is what one newline ends, parentheses and comments resolved. Tokens are views into the
// text, escapes still in them, so reading allocates nothing once the vector has grown.
//
// Of a file only a window is held: when an entry does not end in it, the window moves on to where
// that entry begins, and the entry is read again. A window grows for an entry that is longer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "portolan/dns/presentation.hpp"
#include "portolan/source/text_source.hpp"

namespace portolan::source {

struct MasterFileEntry {
    std::vector<dns::Token> tokens;  // at least one
    bool indented = false;           // began with a blank: the owner is the previous one
};

/// What is lexically wrong, and where.
struct MasterFileFault {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::string message;
    std::string cure;
};

class MasterFileTokens {
public:
    enum class Step : std::uint8_t {
        entry,
        fault,       // fault() says what; reading goes on at the next line that can begin an entry
        not_text,    // a NUL octet, where fault() says; then the end
        unreadable,  // the source failed; then the end
        end
    };

    /// All of `text`, which must outlive this and the tokens.
    explicit MasterFileTokens(std::string_view text) noexcept : text_(text) {}
    /// `source` must outlive this. `window`: octets read at once, at least 1.
    MasterFileTokens(TextSource& source, std::size_t window);

    /// Reads the next entry, whose tokens last until the one after it.
    Step next(MasterFileEntry& entry);
    [[nodiscard]] const MasterFileFault& fault() const noexcept { return fault_; }

private:
    struct Spot {
        std::size_t at = 0;
        std::uint32_t line = 0;
        std::size_t line_start = 0;
    };

    [[nodiscard]] std::uint32_t column_of(std::size_t at) const noexcept {
        return static_cast<std::uint32_t>(at - line_start_ + 1);
    }
    bool read_on();
    bool find_nul(std::size_t from);
    Step scan(MasterFileEntry& entry);
    void end_line() noexcept;
    void go_back(const Spot& spot) noexcept;
    void skip_line() noexcept;
    [[nodiscard]] bool at_continuation() const noexcept;
    bool word(MasterFileEntry& entry);
    bool quoted_word(MasterFileEntry& entry);
    /// Moves behind the closing quote of the one at `at_`.
    bool pass_quotes();
    bool close_parenthesis();
    bool control_octet();
    bool fail(std::size_t at, std::string message, std::string cure);
    Step faulty();
    Step end_of_text(const MasterFileEntry& entry);

    TextSource* source_ = nullptr;  // until its end
    Step last_step_ = Step::end;    // what follows when there is no more text
    std::string window_;
    std::string_view text_;
    bool met_end_ = false;  // the entry at hand may go on behind the text
    std::size_t at_ = 0;
    std::size_t line_start_ = 0;  // modulo 2^64: the window may begin inside a line
    std::uint32_t line_ = 1;
    std::uint32_t depth_ = 0;  // of parentheses
    Spot opened_;              // the outermost one
    MasterFileFault fault_;
};

}  // namespace portolan::source
