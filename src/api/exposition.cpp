#include "portolan/api/exposition.hpp"

#include <fmt/format.h>

#include <iterator>

namespace portolan::api {
namespace {

/// A label's value: whatever it is, it stays within its quotes.
std::string escaped(std::string_view value) {
    std::string text;
    for (const char c : value) {
        if (c == '\n') {
            text += "\\n";
        } else {
            if (c == '\\' || c == '"') text += '\\';
            text += c;
        }
    }
    return text;
}

}  // namespace

void Exposition::family(Kind kind, std::string_view name, std::string_view help) {
    name_ = name;
    fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name,
                   kind == Kind::counter ? "counter" : "gauge");
}

void Exposition::begin_sample(Labels labels) {
    text_ += name_;
    char separator = '{';
    for (const auto& [name, value] : labels) {
        fmt::format_to(std::back_inserter(text_), "{}{}=\"{}\"", separator, name, escaped(value));
        separator = ',';
    }
    if (labels.size() > 0) text_ += '}';
}

void Exposition::sample(Labels labels, std::uint64_t value) {
    begin_sample(labels);
    fmt::format_to(std::back_inserter(text_), " {}\n", value);
}

void Exposition::sample(Labels labels, double value) {
    begin_sample(labels);
    fmt::format_to(std::back_inserter(text_), " {}\n", value);
}

}  // namespace portolan::api
