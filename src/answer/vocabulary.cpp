#include "portolan/answer/vocabulary.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace portolan::answer {
namespace {

constexpr std::size_t most_label = dns::max_label_octets;
constexpr unsigned most_compared = 8;  // words, letter by letter, for one that is near

std::uint32_t letters_of(std::string_view word) noexcept {
    std::uint32_t letters = 0;
    for (const char c : word) letters |= 1U << (static_cast<unsigned char>(c) & 31U);
    return letters;
}

/// Insertions, deletions, replacements and swaps of neighbours that make one of the other.
unsigned distance(std::string_view a, std::string_view b) noexcept {
    using Row = std::array<std::uint8_t, most_label + 1>;
    Row before{}, above{}, row{};
    for (std::size_t j = 0; j <= b.size(); ++j) above[j] = static_cast<std::uint8_t>(j);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = static_cast<std::uint8_t>(i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const unsigned replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
            unsigned best = std::min({row[j - 1] + 1U, above[j] + 1U, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                best = std::min(best, before[j - 2] + 1U);
            }
            row[j] = static_cast<std::uint8_t>(best);
        }
        before = above;
        above = row;
    }
    return above[b.size()];
}

bool is_protocol(std::string_view label) noexcept {
    return label == "_tcp" || label == "_udp" || label == "_sctp" || label == "_dccp";
}

bool is_number(std::string_view label) noexcept {
    return std::ranges::all_of(label, [](char c) { return c >= '0' && c <= '9'; });
}

/// What may be repeated in a text: no octets that a terminal or a log would not like.
bool is_plain(std::string_view label) noexcept {
    return std::ranges::all_of(label, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

std::string_view label_at(const dns::LowerName& name, unsigned labels) noexcept {
    const dns::OctetView octets = name.ancestor(labels);
    return {reinterpret_cast<const char*>(octets.data()) + 1, octets[0]};
}

}  // namespace

WordList::WordList(std::vector<std::string> words) {
    std::ranges::sort(words);
    words.erase(std::unique(words.begin(), words.end()), words.end());
    for (auto& word : words) {
        if (word.empty() || word.size() > most_label) continue;
        const std::uint32_t letters = letters_of(word);
        words_.push_back({std::move(word), letters});
    }
}

bool WordList::contains(std::string_view word) const noexcept {
    return std::ranges::binary_search(
        words_, word, {}, [](const Word& each) -> std::string_view { return each.text; });
}

/// Those that begin with the same letter.
std::span<const WordList::Word> WordList::like(std::string_view word) const noexcept {
    if (word.empty()) return {};
    const auto found = std::ranges::equal_range(words_, word.front(), {},
                                                [](const Word& each) { return each.text.front(); });
    return {found.begin(), found.end()};
}

std::string_view WordList::closest(std::string_view typed) const noexcept {
    const std::uint32_t letters = letters_of(typed);
    std::string_view best;
    std::size_t best_distance = most_label + 1;
    unsigned compared = 0;
    for (const Word& word : like(typed)) {
        const std::size_t longer = std::max(typed.size(), word.text.size());
        const std::size_t shorter = std::min(typed.size(), word.text.size());
        const std::size_t most = std::min((longer + 2) / 3, best_distance - 1);
        if (longer - shorter > most) continue;
        // An edit changes at most two of the letters that occur.
        const auto unlike = static_cast<std::size_t>(std::popcount(letters ^ word.letters));
        if (unlike > 2 * most) continue;
        if (++compared > most_compared) break;
        const std::size_t edits = distance(typed, word.text);
        if (edits > most) continue;
        best = word.text;
        best_distance = edits;
        if (edits == 1) break;
    }
    return best;
}

std::string_view WordList::first_part(std::string_view label) const noexcept {
    std::string_view best;
    for (const Word& word : like(label)) {
        const std::size_t size = word.text.size();
        const bool begins =
            label.size() > size && label[size] == '-' && label.starts_with(word.text);
        if (begins && size > best.size()) best = word.text;
    }
    return best;
}

std::string_view WordList::last_part(std::string_view label) const noexcept {
    std::string_view best;
    for (const Word& word : words_) {
        const std::size_t size = word.text.size();
        const bool ends = label.size() > size && label[label.size() - size - 1] == '-' &&
                          label.ends_with(word.text);
        if (ends && size > best.size()) best = word.text;
    }
    return best;
}

/// One text in the making. What does not fit is left out.
class Vocabulary::Explaining {
public:
    Explaining(const Vocabulary& words, const dns::LowerName& name, unsigned apex_labels,
               std::span<char, most_octets> room) noexcept
        : words_(words), name_(name), apex_labels_(apex_labels), room_(room) {}

    std::string_view run() noexcept {
        const unsigned depth = name_.labels() - apex_labels_;
        for (unsigned i = 1; i <= depth; ++i) {
            if (!is_plain(label(i))) return {};
        }
        if (depth > 0) environment(depth);
        return {room_.data(), size_};
    }

private:
    /// The label that stands so many below the apex.
    [[nodiscard]] std::string_view label(unsigned depth) const noexcept {
        return label_at(name_, apex_labels_ + depth);
    }

    template <class... Parts>
    void say(const Parts&... parts) noexcept {
        (put(parts), ...);
    }
    void put(std::string_view part) noexcept {
        const std::size_t taken = std::min(part.size(), room_.size() - size_);
        std::memcpy(room_.data() + size_, part.data(), taken);
        size_ += taken;
    }
    void suggest(std::string_view word) noexcept {
        if (!word.empty()) say("; did you mean \"", word, "\"?");
    }

    void environment(unsigned depth) noexcept {
        const std::string_view environment = label(1);
        if (environment.starts_with('_')) return;
        if (!words_.environments_.contains(environment)) {
            say("no environment \"", environment, "\"");
            return suggest(words_.environments_.closest(environment));
        }
        if (depth == 1) return;
        if (is_protocol(label(2))) {
            if (depth == 3 && label(3).starts_with('_')) service(label(3).substr(1));
        } else if (label(2) == "_port") {
            if (depth == 4 && is_protocol(label(3)) && is_number(label(4))) {
                say("no service on port ", label(4), "/", label(3).substr(1), " in ", environment);
            }
        } else if (!label(2).starts_with('_')) {
            subject(depth);
        }
    }

    /// `_hydrogen-ajp._tcp.prod`
    void service(std::string_view asked) noexcept {
        if (words_.services_.contains(asked)) return nowhere(asked);
        if (words_.types_.contains(asked)) {
            return say("port type ", asked, " has no name over all applications");
        }
        if (const auto application = words_.applications_.first_part(asked); !application.empty()) {
            const auto type = asked.substr(application.size() + 1);
            return words_.types_.contains(type) ? nowhere(asked) : unknown_type(type);
        }
        if (const auto type = words_.types_.last_part(asked); !type.empty()) {
            const auto application = asked.substr(0, asked.size() - type.size() - 1);
            say("no application \"", application, "\"");
            return suggest(words_.applications_.closest(application));
        }
        say("no service \"", asked, "\"");
        suggest(words_.services_.closest(asked));
    }

    void nowhere(std::string_view service) noexcept {
        say(service, " is known, but has no ", label(2).substr(1), " endpoint in ", label(1));
    }

    void unknown_type(std::string_view type) noexcept {
        say("port type ", type, " not in convention");
        suggest(words_.types_.closest(type));
    }

    /// `hydrogen.prod`, `1.hydrogen.prod`, `_ajp._tcp.hydrogen.prod`
    void subject(unsigned depth) noexcept {
        const std::string_view asked = label(2);
        const bool is_known =
            words_.applications_.contains(asked) || words_.services_.contains(asked);
        if (!is_known) {
            say("no host, application or service \"", asked, "\" in ", label(1));
            const auto application = words_.applications_.closest(asked);
            return suggest(application.empty() ? words_.services_.closest(asked) : application);
        }
        if (depth == 2) return say(asked, " is known, but has no address in ", label(1));
        if (depth == 3 && is_number(label(3))) {
            return say(asked, " has no instance ", label(3), " in ", label(1));
        }
        if (depth != 4 || !is_protocol(label(3)) || !label(4).starts_with('_')) return;
        const std::string_view type = label(4).substr(1);
        if (words_.applications_.contains(asked) && !words_.types_.contains(type)) {
            return unknown_type(type);
        }
        say(asked, " has no ", type, " over ", label(3).substr(1), " in ", label(1));
    }

    const Vocabulary& words_;
    const dns::LowerName& name_;
    const unsigned apex_labels_;
    std::span<char, most_octets> room_;
    std::size_t size_ = 0;
};

Vocabulary::Vocabulary(Words words)
    : environments_(std::move(words.environments)), applications_(std::move(words.applications)),
      types_(std::move(words.types)), services_(std::move(words.services)) {}

std::string_view Vocabulary::why_missing(const dns::LowerName& name, unsigned apex_labels,
                                         std::span<char, most_octets> room) const noexcept {
    return Explaining(*this, name, apex_labels, room).run();
}

}  // namespace portolan::answer
