// A plan's text in pieces: the entries of one block mapping in it, each with its own lines.
//
// Nearly all of a large plan is what stands below `environments:`, and nearly all of a large
// environment what stands below its `hosts:` and `place:`. Where that is a block mapping, an
// entry's lines are a YAML document of their own, so several threads can read them, one tree at a
// time needs memory, and what has not changed need not be read again.
//
// The split looks at indentation alone and does not understand YAML: a quoted text may hold a
// line that looks like an environment. So it is a guess, which the reading of the pieces proves
// or refutes (plan_fragments.hpp, plan_environment.hpp); what is not proved is read as a whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portolan::source::plan {

/// The lines of one entry of a block mapping, its name's first, up to the next entry's.
struct Fragment {
    std::string_view text;
    std::uint32_t line = 0;    // of the name, in the file; from 1
    std::uint32_t column = 0;  // of the name; from 1
    friend bool operator==(const Fragment&, const Fragment&) = default;
};

/// What stands below one key, as entries.
struct Block {
    std::uint32_t line = 0;           // of the key
    std::uint32_t column = 0;         // of the key
    std::vector<Fragment> fragments;  // at least one; in the file's order, without gaps
    std::string_view text;            // all lines between the key's and the end
    std::uint32_t next_line = 0;      // where the block ends; 0 when that is the text's end
};

/// The block of `key`, which ends in a colon, stands in that column, and has nothing behind it;
/// the text's first line has the number `line`. nullopt when there is none, or it looks odd. The
/// fragments point into `text`.
std::optional<Block> find_block(std::string_view text, std::string_view key, std::uint32_t column,
                                std::uint32_t line);

/// A text with empty lines for those of some fragments of it, given in the text's order.
std::string without(std::string_view text, const std::vector<std::string_view>& fragments);

}  // namespace portolan::source::plan
