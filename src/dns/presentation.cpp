#include "portolan/dns/presentation.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include "presentation_codecs.hpp"
#include "rdata_text.hpp"

namespace portolan::dns {
namespace {

/// The ordinary name, without escapes and with room for all of it, in one pass: its wire octets
/// without what follows its last label, and whether that label has a dot behind it. False for
/// other names, which NameBuilder takes, or says why not.
bool read_plain(std::string_view text, std::uint8_t* wire, std::size_t& size,
                bool& absolute) noexcept {
    if (text.size() > max_name_octets - 2 || text == "@" || text == ".") return false;
    std::uint8_t* length = wire;
    std::uint8_t* to = wire + 1;
    const auto end_label = [&] {
        const auto octets = to - length - 1;
        *length = static_cast<std::uint8_t>(octets);
        length = to++;
        return octets > 0 && octets <= static_cast<std::ptrdiff_t>(max_label_octets);
    };
    for (const char c : text) {
        if (c == '\\') return false;
        if (c != '.')
            *to++ = static_cast<std::uint8_t>(c);
        else if (!end_label())
            return false;
    }
    absolute = text.ends_with('.');
    if (!absolute && !end_label()) return false;
    size = static_cast<std::size_t>(length - wire);
    return !text.empty();
}

/// Builds a wire name label by label in room for the longest one.
class NameBuilder {
public:
    /// Takes one octet of text; why not, otherwise.
    const char* octet(std::uint8_t octet) noexcept {
        if (size_ >= max_name_octets - 1) return "the name is longer than 255 octets";
        if (size_ - label_ > max_label_octets) return "a label is longer than 63 octets";
        octets_[size_++] = octet;
        return nullptr;
    }
    const char* end_label() noexcept {
        if (size_ == label_ + 1) return "a label is empty";
        octets_[label_] = static_cast<std::uint8_t>(size_ - label_ - 1);
        label_ = size_++;
        return size_ > max_name_octets ? "the name is longer than 255 octets" : nullptr;
    }
    const char* append(NameView name) noexcept {
        if (label_ + name.size() > max_name_octets)
            return "the name with its origin is longer than 255 octets";
        std::memcpy(octets_.data() + label_, name.octets().data(), name.size());
        size_ = label_ + name.size();
        return nullptr;
    }
    /// Takes a whole name of the ordinary kind; false, and nothing taken, when it is another.
    bool plain(std::string_view text, NameView origin) noexcept {
        bool absolute = false;
        std::size_t size = 0;
        if (!read_plain(text, octets_.data(), size, absolute)) return false;
        const auto rest = absolute ? NameView{} : origin;
        if (size + rest.size() > max_name_octets) return false;
        std::memcpy(octets_.data() + size, rest.octets().data(), rest.size());
        size_ = size + rest.size();
        return true;
    }
    [[nodiscard]] bool label_open() const noexcept { return size_ > label_ + 1; }
    [[nodiscard]] OctetView octets() const noexcept { return {octets_.data(), size_}; }

private:
    std::array<std::uint8_t, max_name_octets + 2> octets_;
    std::size_t label_ = 0;  // where the open label's length octet stands
    std::size_t size_ = 1;
};

std::optional<TextError> build_name(std::string_view text, NameView origin, NameBuilder& name) {
    if (name.plain(text, origin)) return std::nullopt;
    const auto error = [](std::size_t at, const char* why) { return TextError{at, why}; };
    if (text.empty()) return error(0, "the name is empty");
    if (text == "@" || text == ".") {
        if (const auto* why = name.append(text == "@" ? origin : NameView{})) return error(0, why);
        return std::nullopt;
    }
    for (std::size_t at = 0; at < text.size();) {
        const auto start = at;
        const char* why = nullptr;
        if (text[at] == '.') {
            ++at;
            why = name.end_label();
        } else if (text[at] != '\\') {
            why = name.octet(static_cast<std::uint8_t>(text[at++]));
        } else if (const auto octet = codec::octet(text, at)) {
            why = name.octet(*octet);
        } else {
            why = "\"\\\" must be followed by a character or by three digits up to 255";
        }
        if (why) return error(start, why);
    }
    const bool relative = name.label_open();
    if (const auto* why = relative ? name.end_label() : nullptr) return error(text.size(), why);
    if (const auto* why = name.append(relative ? origin : NameView{})) return error(0, why);
    return std::nullopt;
}

constexpr bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\n'; }

/// Where the word that begins at `at` ends: behind its closing quote, or before a blank outside
/// quotes (key="a b" is one word, RFC 9460 2.1).
std::size_t word_end(std::string_view text, std::size_t at) noexcept {
    const bool quoted = text[at] == '"';
    bool inside = false;
    while (at < text.size() && (inside || !is_blank(text[at]))) {
        if (text[at] == '"') inside = !inside;
        at += text[at] == '\\' ? 2U : 1U;
        if (quoted && !inside) break;
    }
    return std::min(at, text.size());
}

/// Splits at blanks; no comments, no parentheses.
std::vector<Token> split(std::string_view text) {
    std::vector<Token> tokens;
    for (std::size_t at = 0; at < text.size();) {
        if (is_blank(text[at])) {
            ++at;
            continue;
        }
        const auto end = word_end(text, at);
        auto word = text.substr(at, end - at);
        const bool quoted = word.size() >= 2 && word.front() == '"';
        if (quoted) word = word.substr(1, word.size() - 2);
        tokens.push_back({word, quoted, 1, static_cast<std::uint32_t>(at + 1)});
        at = end;
    }
    return tokens;
}

}  // namespace

TextResult<Name> parse_name(std::string_view text, NameView origin) {
    NameBuilder builder;
    if (auto error = build_name(text, origin, builder)) return *std::move(error);
    return Name(NameView(builder.octets()));
}

std::optional<TextError> append_name(std::string_view text, NameView origin, Octets& out) {
    NameBuilder builder;
    if (auto error = build_name(text, origin, builder)) return error;
    codec::put(out, builder.octets());
    return std::nullopt;
}

Name name_from(std::string_view text) {
    const auto name = parse_name(text);
    if (!name)
        throw std::invalid_argument("\"" + std::string(text) + "\": " + name.error().message);
    return *name;
}

std::optional<std::uint32_t> parse_seconds(std::string_view text) noexcept {
    constexpr std::uint64_t limit = 0xffffffffU;
    if (const auto plain = codec::number(text, limit)) return plain;
    if (text.empty()) return std::nullopt;
    std::uint64_t total = 0;
    while (!text.empty()) {
        std::uint64_t count = 0;
        std::size_t digits = 0;
        for (; digits < text.size() && codec::is_digit(text[digits]) && count <= limit; ++digits)
            count = count * 10 + static_cast<std::uint64_t>(text[digits] - '0');
        if (digits == 0 || digits == text.size()) return std::nullopt;
        switch (fold(static_cast<std::uint8_t>(text[digits]))) {
            case 'w':
                count *= 604800;
                break;
            case 'd':
                count *= 86400;
                break;
            case 'h':
                count *= 3600;
                break;
            case 'm':
                count *= 60;
                break;
            case 's':
                break;
            default:
                return std::nullopt;
        }
        total += count;
        if (total > limit) return std::nullopt;
        text.remove_prefix(digits + 1);
    }
    return static_cast<std::uint32_t>(total);
}

Octets rdata_from(Type type, std::string_view text, NameView origin) {
    auto octets = parse_rdata(type, split(text), origin);
    if (!octets) throw std::invalid_argument(std::string(text) + ": " + octets.error().message);
    return *std::move(octets);
}

}  // namespace portolan::dns
