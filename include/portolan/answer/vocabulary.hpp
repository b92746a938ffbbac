// The words that a derived zone's names are made of, so that a "no" can say which one is not known.
//
// NXDOMAIN for `_oxigen-jmx._tcp.prod` does not tell a typo from an outage. The plan knows: jmx and
// prod are words of it, oxigen is none, and oxygen is near. A Vocabulary is made with the zone's
// table and only read on the packet path, where it allocates nothing; what it says goes out as the
// text of an Extended DNS Error (RFC 8914), to clients with EDNS, where there is room.
//
// What it costs is bounded: a slip is looked for among the words that begin with the same letter,
// most of which are left after a glance at which letters they have, and few are compared.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/dns/lower_name.hpp"

namespace portolan::answer {

/// Words in lower case, as they stand in labels.
class WordList {
public:
    WordList() = default;
    explicit WordList(std::vector<std::string> words);

    [[nodiscard]] bool contains(std::string_view word) const noexcept;
    /// A word with the same first letter that few edits make of `typed`; "" when none is near
    /// enough to be a slip (registry/suggest.hpp), or too many had to be compared before.
    [[nodiscard]] std::string_view closest(std::string_view typed) const noexcept;
    /// The longest word that `label` begins or ends with, next to a hyphen; "" without one.
    [[nodiscard]] std::string_view first_part(std::string_view label) const noexcept;
    [[nodiscard]] std::string_view last_part(std::string_view label) const noexcept;

private:
    struct Word {
        std::string text;
        std::uint32_t letters = 0;  // a bit for each that occurs
    };
    [[nodiscard]] std::span<const Word> like(std::string_view word) const noexcept;

    std::vector<Word> words_;  // sorted
};

class Vocabulary {
public:
    struct Words {
        std::vector<std::string> environments, applications, types;
        std::vector<std::string> services;  // of the registry, by their labels
    };
    explicit Vocabulary(Words words);

    /// The most octets of a text.
    static constexpr std::size_t most_octets = 160;

    /// Why the zone with an apex of `apex_labels` labels has no such name. The text stands in
    /// `room`, or is empty when there is nothing to say.
    [[nodiscard]] std::string_view why_missing(const dns::LowerName& name, unsigned apex_labels,
                                               std::span<char, most_octets> room) const noexcept;

private:
    class Explaining;

    WordList environments_, applications_, types_, services_;
};

}  // namespace portolan::answer
