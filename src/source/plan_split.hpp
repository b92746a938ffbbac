// A plan's text in pieces: each environment's lines, and the frame that is left without them.
//
// Nearly all of a large plan is what stands below `environments:`. Where that is a block mapping,
// an environment's lines are a YAML document of their own, so several threads can read them, one
// tree at a time needs memory, and what has not changed need not be read again.
//
// The split looks at indentation alone and does not understand YAML: a quoted text may hold a
// line that looks like an environment. So it is a guess, which the reading of the pieces proves
// or refutes (plan_fragments.hpp); what is not proved is read as a whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portolan::source::plan {

/// One environment's lines, its name's first.
struct Fragment {
    std::string_view text;
    std::uint32_t line = 0;    // of the name, in the file; from 1
    std::uint32_t column = 0;  // of the name; from 1
};

struct Split {
    std::string frame;                // the text with empty lines for those of the environments
    std::uint32_t line = 0;           // of the key `environments`, in the first column
    std::vector<Fragment> fragments;  // at least one; in the file's order, without gaps
};

/// nullopt when the text does not look like it. The fragments point into `text`.
std::optional<Split> split_environments(std::string_view text);

}  // namespace portolan::source::plan
