#include "portolan/app/log.hpp"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string_view>

namespace portolan::app {
namespace {

/// %*: the message as the inside of a JSON string (RFC 8259 7). Octets that are not UTF-8 become
/// U+FFFD, because names in a plan's complaint may hold anything.
class JsonMessage : public spdlog::custom_flag_formatter {
public:
    void format(const spdlog::details::log_msg& message, const std::tm&,
                spdlog::memory_buf_t& out) override {
        std::string_view text(message.payload.data(), message.payload.size());
        while (!text.empty()) text.remove_prefix(put_character(text, out));
    }
    [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<JsonMessage>();
    }

private:
    static void put(std::string_view text, spdlog::memory_buf_t& out) {
        out.append(text.data(), text.data() + text.size());
    }

    /// Writes the first character; returns its octets.
    static std::size_t put_character(std::string_view text, spdlog::memory_buf_t& out) {
        const auto first = static_cast<unsigned char>(text.front());
        if (first < 0x20 || first == 0x7f) {
            put(fmt::format("\\u{:04x}", first), out);
        } else if (first == '"' || first == '\\') {
            put({"\\", 1}, out);
            put(text.substr(0, 1), out);
        } else if (first < 0x80) {
            put(text.substr(0, 1), out);
        } else if (const std::size_t size = utf8_octets(text); size > 0) {
            put(text.substr(0, size), out);
            return size;
        } else {
            put("\\ufffd", out);
        }
        return 1;
    }

    /// The length of the well-formed sequence at the start; 0 when there is none (Unicode 3.9).
    static std::size_t utf8_octets(std::string_view text) {
        const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
        const std::size_t size = at(0) >= 0xf0 ? 4 : at(0) >= 0xe0 ? 3 : 2;
        if (at(0) < 0xc2 || at(0) > 0xf4 || text.size() < size) return 0;
        for (std::size_t i = 1; i < size; ++i) {
            if ((at(i) & 0xc0) != 0x80) return 0;
        }
        const bool overlong = (at(0) == 0xe0 && at(1) < 0xa0) || (at(0) == 0xf0 && at(1) < 0x90);
        const bool beyond = (at(0) == 0xed && at(1) > 0x9f) || (at(0) == 0xf4 && at(1) > 0x8f);
        return overlong || beyond ? 0 : size;
    }
};

std::unique_ptr<spdlog::formatter> json_formatter() {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<JsonMessage>('*').set_pattern(
        R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","message":"%*"})");
    return formatter;
}

}  // namespace

void start_log(LogFormat format, const std::string& level) {
    auto logger = std::make_shared<spdlog::logger>(
        "portolan", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    if (format == LogFormat::json) {
        logger->set_formatter(json_formatter());
    } else {
        logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%-8l%$ %v");
    }
    logger->set_level(spdlog::level::from_str(level));
    logger->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(std::move(logger));
}

}  // namespace portolan::app
