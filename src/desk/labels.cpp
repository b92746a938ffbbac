#include "desk/labels.hpp"

#include <algorithm>

namespace portolan::desk {
namespace {

constexpr std::size_t most = 63;  // octets of a label (RFC 1035 2.3.4)

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_letter(char c) noexcept { return c >= 'a' && c <= 'z'; }

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

void trim_end(std::string& label) {
    while (label.ends_with('-')) label.pop_back();
}

}  // namespace

std::string to_label(std::string_view text) {
    std::string label;
    for (const char c : text) {
        const char low = lower(c);
        if (is_letter(low) || is_digit(low)) {
            label += low;
        } else if (!label.empty() && !label.ends_with('-')) {
            label += '-';
        }
    }
    trim_end(label);
    if (!label.empty() && std::ranges::all_of(label, is_digit)) label.insert(0, 1, 'p');
    if (label.size() > most) label.resize(most);
    trim_end(label);
    return label;
}

const std::string& Labels::of(const std::string& name, std::string_view otherwise) {
    const auto found = by_name_.find(name);
    if (found != by_name_.end()) return found->second;
    auto label = to_label(name);
    if (label.empty()) label = otherwise;
    return by_name_.emplace(name, fresh(label)).first->second;
}

std::string Labels::fresh(const std::string& label) {
    if (taken_.insert(label).second) return label;
    for (unsigned number = 2;; ++number) {
        const auto suffix = "-" + std::to_string(number);
        auto numbered = label.substr(0, most - suffix.size());
        trim_end(numbered);
        numbered += suffix;
        if (taken_.insert(numbered).second) return numbered;
    }
}

}  // namespace portolan::desk
