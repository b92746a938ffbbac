// The lexical level of RFC 1035 5.1: logical lines of tokens.
//
// An entry is what one newline ends, parentheses and comments resolved. Tokens are views into the
// text, escapes still in them, so reading allocates nothing once the vector has grown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "portolan/dns/presentation.hpp"

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
    enum class Step : std::uint8_t { entry, fault, end };

    /// `text` must outlive this and the tokens.
    explicit MasterFileTokens(std::string_view text) noexcept;

    /// Reads the next entry. After a fault, which fault() then describes, reading goes on at the
    /// next line that can begin an entry.
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
    void end_line() noexcept;
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

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_start_ = 0;
    std::uint32_t line_ = 1;
    std::uint32_t depth_ = 0;  // of parentheses
    Spot opened_;              // the outermost one
    MasterFileFault fault_;
};

}  // namespace portolan::source
