#include "desk/text.hpp"

#include <algorithm>
#include <charconv>

namespace portolan::desk {
namespace {

constexpr std::string_view blanks = " \t";

/// Octets of the character that the text begins with; 0 when it is none. Overlong forms,
/// surrogates and what lies above U+10FFFF are none.
std::size_t character_octets(std::string_view text) noexcept {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = at(0);
    if (lead < 0x80) return 1;
    const std::size_t size = lead < 0xc2   ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
    if (size == 0 || text.size() < size) return 0;
    for (std::size_t i = 1; i < size; ++i)
        if ((at(i) & 0xc0) != 0x80) return 0;
    const unsigned second = at(1);
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)) return 0;
    if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return 0;
    return size;
}

}  // namespace

std::uint32_t line_of(std::string_view text, std::size_t octet) noexcept {
    return 1 + static_cast<std::uint32_t>(std::ranges::count(text.substr(0, octet), '\n'));
}

std::optional<std::size_t> first_non_utf8(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        const auto size = character_octets(text.substr(at));
        if (size == 0) return at;
        at += size;
    }
    return {};
}

std::optional<std::string_view> Lines::next() noexcept {
    if (rest_.empty()) return {};
    ++number_;
    const auto end = rest_.find_first_of("\r\n");
    const auto line = rest_.substr(0, end);
    rest_.remove_prefix(line.size());
    if (rest_.starts_with("\r\n")) {
        rest_.remove_prefix(2);
    } else if (!rest_.empty()) {
        rest_.remove_prefix(1);
    }
    return line;
}

std::vector<Word> words_of(std::string_view line) {
    std::vector<Word> words;
    for (std::size_t at = 0;;) {
        at = line.find_first_not_of(blanks, at);
        if (at == std::string_view::npos) return words;
        const auto end = std::min(line.find_first_of(blanks, at), line.size());
        words.push_back({line.substr(at, end - at), static_cast<std::uint32_t>(at + 1)});
        at = end;
    }
}

std::string_view trimmed(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lower_case(std::string_view text) {
    std::string low(text);
    for (char& c : low)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return low;
}

std::optional<unsigned> parse_number(std::string_view text, unsigned most) noexcept {
    unsigned number = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (text.empty() || error != std::errc{} || stop != end || number > most) return {};
    return number;
}

std::optional<registry::PortRange> parse_ports(std::string_view text) noexcept {
    const auto hyphen = text.find('-');
    const auto first = parse_number(text.substr(0, hyphen), 65535);
    const auto last =
        hyphen == std::string_view::npos ? first : parse_number(text.substr(hyphen + 1), 65535);
    if (!first || !last || *first == 0 || *first > *last) return {};
    return registry::PortRange{static_cast<registry::Port>(*first),
                               static_cast<registry::Port>(*last)};
}

std::optional<registry::Protocol> parse_any_protocol(std::string_view text) {
    return registry::parse_protocol(lower_case(text));
}

}  // namespace portolan::desk
