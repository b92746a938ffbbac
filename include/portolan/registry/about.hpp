// What a declared thing carries beside its numbers: who to ask, what it is, how long it is needed.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "portolan/registry/plan.hpp"

namespace portolan::registry {

using Date = std::chrono::year_month_day;

/// A day of the calendar as ISO 8601 writes it, "2027-01-31", and nothing else: nullopt for
/// 2027-02-30, 2027-1-31 and 27-01-31.
std::optional<Date> parse_date(std::string_view text) noexcept;
std::string date_text(const Date& date);
/// "" where there is none.
std::string until_text(const About& about);

/// Whether nothing is said at all.
bool is_empty(const About& about) noexcept;

}  // namespace portolan::registry
