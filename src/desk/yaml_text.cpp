#include "desk/yaml_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace portolan::desk {
namespace {

/// Words that some reader of YAML takes for something else (YAML 1.1's booleans and null).
constexpr std::array<std::string_view, 10> words{"yes", "no",   "true", "false", "on",
                                                 "off", "null", "y",    "n",     "nan"};

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool is_plain(std::string_view text) {
    if (text.empty() || !is_letter(text.front()) || text.back() == ' ') return false;
    const bool safe = std::ranges::all_of(text, [](char c) {
        return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.' || c == '/' ||
               c == ' ';
    });
    std::string low(text);
    for (char& c : low) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return safe && std::ranges::find(words, low) == words.end();
}

/// Characters that YAML, or an older YAML, does not take as they are: they end a line, or cannot be
/// printed. As UTF-8 they have two or three octets.
struct Escaped {
    std::string_view character;
    const char* written;
};
constexpr std::array special{Escaped{"\xe2\x80\xa8", "\\u2028"}, Escaped{"\xe2\x80\xa9", "\\u2029"},
                             Escaped{"\xef\xbb\xbf", "\\ufeff"}};

/// Whether a control character of Latin-1 begins there, U+0080 to U+009F.
bool is_control(std::string_view text) {
    const auto second = text.size() < 2 ? 0U : static_cast<unsigned char>(text[1]);
    return text.starts_with('\xc2') && second >= 0x80 && second < 0xa0;
}

/// What stands there as an escape, and takes it off the text; "" when it may stand as it is.
std::string take_special(std::string_view& text) {
    if (is_control(text)) {
        const auto octet = static_cast<unsigned char>(text[1]);
        text.remove_prefix(2);
        return fmt::format("\\x{:02x}", octet);
    }
    for (const auto& each : special)
        if (text.starts_with(each.character)) {
            text.remove_prefix(each.character.size());
            return each.written;
        }
    return "";
}

}  // namespace

std::string yaml_text(std::string_view text) {
    if (is_plain(text)) return std::string(text);
    std::string quoted = "\"";
    while (!text.empty()) {
        if (const auto escape = take_special(text); !escape.empty()) {
            quoted += escape;
            continue;
        }
        const char c = text.front();
        text.remove_prefix(1);
        const auto octet = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (c == '\n') {
            quoted += "\\n";
        } else if (octet < 0x20 || octet == 0x7f) {
            quoted += fmt::format("\\x{:02x}", octet);
        } else {
            quoted += c;
        }
    }
    return quoted + "\"";
}

}  // namespace portolan::desk
