#include "portolan/api/http.hpp"

#include <algorithm>

namespace portolan::api {
namespace {

int digit_of(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// nullopt for an escape that is none.
std::optional<std::string> decoded(std::string_view text, bool plus_is_blank) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_blank) {
            out += ' ';
        } else if (text[i] != '%') {
            out += text[i];
        } else {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = digit_of(text[i + 1]);
            const int low = digit_of(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            out += static_cast<char>(high * 16 + low);
            i += 2;
        }
    }
    return out;
}

/// Calls with each part between the separators; false when it says so.
template <class Take>
bool split(std::string_view text, char separator, const Take& take) {
    while (true) {
        const auto end = text.find(separator);
        if (!take(text.substr(0, end))) return false;
        if (end == std::string_view::npos) return true;
        text.remove_prefix(end + 1);
    }
}

}  // namespace

std::optional<std::string_view> Request::argument(std::string_view key) const {
    const auto found =
        std::ranges::find_if(query, [&](const auto& each) { return each.first == key; });
    if (found == query.end()) return std::nullopt;
    return found->second;
}

bool Request::flag(std::string_view key) const {
    const auto value = argument(key);
    return value && *value != "false" && *value != "0";
}

bool read_target(std::string_view target, Request& request) {
    if (!target.starts_with('/')) return false;
    target.remove_prefix(1);
    const auto mark = target.find('?');
    const auto take_segment = [&](std::string_view part) {
        auto segment = decoded(part, false);
        if (segment) request.path.push_back(*std::move(segment));
        return segment.has_value();
    };
    const auto take_argument = [&](std::string_view part) {
        if (part.empty()) return true;
        const auto equals = part.find('=');
        auto key = decoded(part.substr(0, equals), true);
        auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                      : decoded(part.substr(equals + 1), true);
        if (!key || !value) return false;
        request.query.emplace_back(*std::move(key), *std::move(value));
        return true;
    };
    if (!split(target.substr(0, mark), '/', take_segment)) return false;
    while (!request.path.empty() && request.path.back().empty()) request.path.pop_back();
    return mark == std::string_view::npos || split(target.substr(mark + 1), '&', take_argument);
}

Response text_response(unsigned status, std::string sentence) {
    return {status, std::move(sentence), "text/plain; charset=utf-8", {}};
}

}  // namespace portolan::api
