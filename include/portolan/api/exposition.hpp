// Prometheus' text format, version 0.0.4: families of samples, each with its kind and its help.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace portolan::api {

class Exposition {
public:
    enum class Kind : std::uint8_t { counter, gauge };
    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    /// Begins a family; the samples that follow are its own. A counter's name ends in _total.
    void family(Kind kind, std::string_view name, std::string_view help);
    void sample(Labels labels, std::uint64_t value);
    void sample(Labels labels, double value);

    /// A family of one sample without labels.
    template <class Number>
    void one(Kind kind, std::string_view name, std::string_view help, Number value) {
        family(kind, name, help);
        sample({}, value);
    }

    [[nodiscard]] std::string text() && { return std::move(text_); }

private:
    void begin_sample(Labels labels);

    std::string name_;
    std::string text_;
};

}  // namespace portolan::api
