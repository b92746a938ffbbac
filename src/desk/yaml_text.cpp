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

}  // namespace

std::string yaml_text(std::string_view text) {
    if (is_plain(text)) return std::string(text);
    std::string quoted = "\"";
    for (const char c : text) {
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
