// The members of a JSON object, read one by one, each as what it must be; what is wrong is named by
// its key.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "portolan/registry/registration.hpp"

namespace portolan::registry::json_fields {

namespace json = boost::json;
using std::chrono::milliseconds;

/// What is wrong deep inside a value: thrown by the readers below, and caught by `guarded`.
struct Wrong {
    std::string reason;
};

/// An object's keys, each taken once; one that nobody takes is wrong.
class Fields {
public:
    Fields(const json::value& value, std::string path) : path_(std::move(path)) {
        if (!value.is_object()) throw Wrong{fmt::format("{} must be an object", shown(""))};
        object_ = &value.get_object();
    }

    const json::value* take(std::string_view key) {
        const auto* found = object_->if_contains(key);
        if (found != nullptr) taken_.insert(key);
        return found;
    }

    std::string text(std::string_view key, std::string otherwise = "") {
        const auto* found = take(key);
        if (found == nullptr) return otherwise;
        if (!found->is_string()) throw Wrong{fmt::format("{} must be a text", shown(key))};
        return plain(found->get_string(), key);
    }

    /// A text that may stand in a log's line or a header.
    [[nodiscard]] std::string plain(std::string_view value, std::string_view key) const {
        if (std::ranges::any_of(value, [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
            throw Wrong{fmt::format("{} holds a control character", shown(key))};
        return std::string(value);
    }

    template <class Number>
    std::optional<Number> number(std::string_view key) {
        const auto* found = take(key);
        if (found == nullptr) return std::nullopt;
        boost::system::error_code error;
        const auto value = found->to_number<std::int64_t>(error);
        const auto most = static_cast<std::int64_t>(std::numeric_limits<Number>::max());
        if (error || value < 0 || value > most)
            throw Wrong{fmt::format("{} must be a number from 0 to {}", shown(key), most)};
        return static_cast<Number>(value);
    }

    bool flag(std::string_view key, bool otherwise) {
        const auto* found = take(key);
        if (found == nullptr) return otherwise;
        if (!found->is_bool()) throw Wrong{fmt::format("{} must be true or false", shown(key))};
        return found->get_bool();
    }

    milliseconds duration(std::string_view key, milliseconds otherwise) {
        const auto* found = take(key);
        if (found == nullptr) return otherwise;
        const auto value = found->is_string() ? parse_duration(found->get_string()) : std::nullopt;
        if (!value) throw Wrong{fmt::format("{} must be a duration like \"10s\"", shown(key))};
        return *value;
    }

    const json::array* list(std::string_view key) {
        const auto* found = take(key);
        if (found == nullptr) return nullptr;
        if (!found->is_array()) throw Wrong{fmt::format("{} must be a list", shown(key))};
        return &found->get_array();
    }

    [[nodiscard]] std::string shown(std::string_view key) const {
        if (key.empty()) return path_.empty() ? "the body" : path_;
        return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
    }

    void end() const {
        for (const auto& each : *object_) {
            const std::string_view key = each.key();
            if (!taken_.contains(key)) throw Wrong{fmt::format("{} is unknown", shown(key))};
        }
    }

private:
    const json::object* object_ = nullptr;
    std::set<std::string_view> taken_;
    std::string path_;
};

/// What `read` returns, or what it found wrong.
template <class Read>
auto guarded(const Read& read) -> OrRefusal<decltype(read())> {
    try {
        return read();
    } catch (const Wrong& wrong) {
        return Refusal{Refusal::Kind::malformed, wrong.reason};
    }
}

}  // namespace portolan::registry::json_fields
