#include "master_file_generate.hpp"

#include <fmt/format.h>

#include <charconv>
#include <iterator>

#include "portolan/dns/name.hpp"

namespace portolan::source {
namespace {

constexpr std::int64_t highest = 0x7fffffff;

/// `{offset,width,base}` behind a dollar sign.
struct Format {
    std::int64_t offset = 0;
    std::size_t width = 0;
    char base = 'd';
};

/// Takes a number of `text`'s front; false when none is there.
bool take_number(std::string_view& text, std::int64_t& value) noexcept {
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || value > highest || value < -highest) return false;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    return true;
}

bool take(std::string_view& text, char c) noexcept {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

/// Reads `{…}` at the front of `text`; false when it is none of the known forms.
bool take_format(std::string_view& text, Format& format) noexcept {
    std::int64_t width = 0;
    if (!take(text, '{') || !take_number(text, format.offset)) return false;
    if (take(text, ',')) {
        if (!take_number(text, width) || width < 0 ||
            width > static_cast<std::int64_t>(dns::max_name_octets))
            return false;
        format.width = static_cast<std::size_t>(width);
        if (take(text, ',')) {
            constexpr std::string_view bases = "doxXnN";
            if (text.empty() || bases.find(text.front()) == bases.npos) return false;
            format.base = text.front();
            text.remove_prefix(1);
        }
    }
    return take(text, '}');
}

void print_nibbles(std::uint64_t value, std::size_t width, bool upper, std::string& out) {
    const std::string_view digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    const auto less = [&] { width -= width > 0 ? 1 : 0; };
    do {
        out += digits[value & 15];
        less();
        value >>= 4;
        if (value == 0 && width == 0) break;
        out += '.';
        less();
    } while (value != 0 || width > 0);
}

void print_number(std::int64_t value, const Format& format, std::string& out) {
    const auto to = std::back_inserter(out);
    switch (format.base) {
        case 'o':
            fmt::format_to(to, "{:0{}o}", value, format.width);
            break;
        case 'x':
            fmt::format_to(to, "{:0{}x}", value, format.width);
            break;
        case 'X':
            fmt::format_to(to, "{:0{}X}", value, format.width);
            break;
        case 'n':
        case 'N':
            print_nibbles(static_cast<std::uint64_t>(value), format.width, format.base == 'N', out);
            break;
        default:
            fmt::format_to(to, "{:0{}d}", value, format.width);
    }
}

}  // namespace

GenerateResult<GenerateRange> parse_generate_range(std::string_view text) {
    GenerateRange range;
    const auto whole = std::string(text);
    const bool good = take_number(text, range.start) && take(text, '-') &&
                      take_number(text, range.stop) &&
                      (text.empty() || (take(text, '/') && take_number(text, range.step)));
    if (!good || !text.empty() || range.start < 0 || range.stop < 0)
        return fmt::format("\"{}\" is not a range such as 1-10 or 0-100/5", whole);
    if (range.stop < range.start) return fmt::format("the range {} ends before it starts", whole);
    if (range.step < 1) return fmt::format("the step of the range {} must be 1 or more", whole);
    return range;
}

std::string expand_generate(std::string_view pattern, std::int64_t number, std::string& out) {
    while (!pattern.empty()) {
        const char c = pattern.front();
        pattern.remove_prefix(1);
        if (c == '\\' && !pattern.empty()) {  // an escape stays for whoever reads the field
            out += c;
            out += pattern.front();
            pattern.remove_prefix(1);
        } else if (c != '$') {
            out += c;
        } else if (take(pattern, '$')) {
            out += "\\$";
        } else {
            Format format;
            if (pattern.starts_with('{') && !take_format(pattern, format))
                return "after \"$\" write {offset}, {offset,width} or {offset,width,base} with a "
                       "width up to 255 and a base of d, o, x, X, n or N";
            const auto value = number + format.offset;
            if (value < 0) return fmt::format("${{{}}} makes the number negative", format.offset);
            print_number(value, format, out);
        }
    }
    return {};
}

}  // namespace portolan::source
