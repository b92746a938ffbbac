// Small tools of those who read text by lines and words.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/registry/plan.hpp"

namespace portolan::desk {

/// The line, 1-based, that the octet stands in.
std::uint32_t line_of(std::string_view text, std::size_t octet) noexcept;

/// Where the first octet stands that is no part of UTF-8 (RFC 3629).
std::optional<std::size_t> first_non_utf8(std::string_view text) noexcept;

/// Lines without their ends (LF, CRLF or CR), one after the other.
class Lines {
public:
    explicit Lines(std::string_view text) noexcept : rest_(text) {}
    /// The next line; nullopt behind the last one.
    std::optional<std::string_view> next() noexcept;
    /// The number of the line given last, 1-based.
    [[nodiscard]] std::uint32_t number() const noexcept { return number_; }

private:
    std::string_view rest_;
    std::uint32_t number_ = 0;
};

/// A piece of a line and the column, 1-based, in which it begins.
struct Word {
    std::string_view text;
    std::uint32_t column = 0;
};
/// What blanks and tabs separate.
std::vector<Word> words_of(std::string_view line);

std::string_view trimmed(std::string_view text) noexcept;  // blanks and tabs at both ends
std::string lower_case(std::string_view text);             // ASCII

/// Decimal digits alone, at most `most`.
std::optional<unsigned> parse_number(std::string_view text, unsigned most) noexcept;
/// "5001", or "5000-5099": from 1 to 65535 and not backwards.
std::optional<registry::PortRange> parse_ports(std::string_view text) noexcept;
/// As parse_protocol, in any case.
std::optional<registry::Protocol> parse_any_protocol(std::string_view text);

}  // namespace portolan::desk
