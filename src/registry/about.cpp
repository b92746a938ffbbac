#include "portolan/registry/about.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace portolan::registry {
namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Of digits alone.
constexpr unsigned number(std::string_view digits) noexcept {
    unsigned value = 0;
    for (const char c : digits) value = value * 10 + static_cast<unsigned>(c - '0');
    return value;
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) noexcept {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto year = text.substr(0, 4);
    const auto month = text.substr(5, 2);
    const auto day = text.substr(8, 2);
    for (const auto part : {year, month, day})
        if (!std::ranges::all_of(part, is_digit)) return std::nullopt;
    const Date date{std::chrono::year(static_cast<int>(number(year))),
                    std::chrono::month(number(month)), std::chrono::day(number(day))};
    if (!date.ok()) return std::nullopt;
    return date;
}

std::string date_text(const Date& date) {
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string until_text(const About& about) { return about.until ? date_text(*about.until) : ""; }

bool is_empty(const About& about) noexcept {
    return about.owner.empty() && about.description.empty() && !about.until;
}

}  // namespace portolan::registry
