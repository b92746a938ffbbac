#include "portolan/registry/registration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace portolan::registry {
namespace {

struct Unit {
    std::string_view text;
    double milliseconds;
};
constexpr std::array<Unit, 7> units{{{"ms", 1},
                                     {"us", 0.001},
                                     {"µs", 0.001},
                                     {"ns", 0.000001},
                                     {"s", 1000},
                                     {"m", 60'000},
                                     {"h", 3'600'000}}};
constexpr double longest_ms = 366.0 * 24 * 3'600'000;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Digits with a fraction, taken from the front of the text.
std::optional<double> take_number(std::string_view& text) noexcept {
    double value = 0;
    double place = 0;  // of the next digit behind the point; 0 before it
    bool any = false;
    while (!text.empty() && (is_digit(text[0]) || (text[0] == '.' && place == 0))) {
        if (text[0] == '.') {
            place = 0.1;
        } else if (place == 0) {
            value = value * 10 + (text[0] - '0');
            any = true;
        } else {
            value += place * (text[0] - '0');
            place /= 10;
            any = true;
        }
        text.remove_prefix(1);
    }
    return any ? std::optional(value) : std::nullopt;
}

std::optional<double> take_unit(std::string_view& text) noexcept {
    for (const auto& unit : units) {
        if (!text.starts_with(unit.text)) continue;
        text.remove_prefix(unit.text.size());
        return unit.milliseconds;
    }
    return std::nullopt;
}

}  // namespace

std::string endpoint_text(const Address& address, Port port) {
    const std::string text = to_string(address);
    return address.is_v6() ? fmt::format("[{}]:{}", text, port) : fmt::format("{}:{}", text, port);
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept {
    if (text == "0") return std::chrono::milliseconds(0);
    if (text.empty()) return std::nullopt;
    double total = 0;
    while (!text.empty()) {
        const auto number = take_number(text);
        const auto unit = number ? take_unit(text) : std::nullopt;
        if (!unit) return std::nullopt;
        total += *number * *unit;
        if (!(total <= longest_ms)) return std::nullopt;
    }
    return std::chrono::milliseconds(std::llround(total));
}

std::string duration_text(std::chrono::milliseconds duration) {
    const auto all = duration.count();
    if (all % 1000 != 0) return fmt::format("{}ms", all);
    const auto hours = all / 3'600'000;
    const auto minutes = all / 60'000 % 60;
    const auto seconds = all / 1000 % 60;
    std::string text;
    if (hours != 0) text += fmt::format("{}h", hours);
    if (minutes != 0) text += fmt::format("{}m", minutes);
    if (seconds != 0 || text.empty()) text += fmt::format("{}s", seconds);
    return text;
}

std::string percent_encoded(const std::string& text) {
    std::string out;
    for (const char c : text) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
                              c == '~';
        out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::string text_of(const Registration& one) {
    return fmt::format("{} {} of {}", one.said.service, one.said.id, one.environment);
}

std::string text_of(const RegistrationKey& key) {
    return fmt::format("{}/{}", to_string(key.address), percent_encoded(key.id));
}

OrRefusal<std::string> read_service_label(std::string_view text) {
    const auto refuse = [&](const char* why) {
        return Refusal{Refusal::Kind::malformed,
                       fmt::format("\"{}\" cannot be a service's name: {}",
                                   text.substr(0, dns::max_label_octets), why)};
    };
    std::string label(text);
    for (char& c : label) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    const auto fits = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-'; };
    if (label.empty()) return refuse("it is empty");
    if (label.size() > dns::max_label_octets) return refuse("it is longer than 63 octets");
    if (!std::ranges::all_of(label, fits)) {
        return refuse("a DNS label has letters, digits and hyphens");
    }
    if (label.front() == '-' || label.back() == '-') return refuse("a hyphen begins or ends it");
    return label;
}

}  // namespace portolan::registry
