// A YAML file as a tree that remembers where everything was written.
//
// yaml-cpp's own tree accepts what a plan must not: a key given twice (the first wins), `010` as
// eight, a quote that is never closed, octets that are no UTF-8, further documents (ignored), an
// alias inside its own anchor (a cycle). So its events build this tree instead, and the traps are
// errors here, before anybody reads a value. Scalars stay text: `no` is a fine name for a host.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "source/plan_report.hpp"

namespace portolan::source::plan {

/// One value. Aliases share nodes, so a node may be met several times, but never inside itself.
struct Node {
    enum class Form : std::uint8_t { null, scalar, sequence, mapping };
    struct Entry {
        Node* key = nullptr;  // always a scalar; nullptr in a sequence
        Node* value = nullptr;
    };

    Form form = Form::null;
    bool quoted = false;      // "text" or 'text': never a number, a boolean or null
    bool valid = true;        // false once a finding has been made about this very value
    std::uint16_t depth = 1;  // levels below, this one included; aliases followed
    registry::Place place;
    std::string text;            // of a scalar
    std::vector<Entry> entries;  // of a sequence or mapping, in the file's order

    /// The value of a key of a mapping; nullptr when absent. Linear: for small mappings.
    [[nodiscard]] const Node* find(std::string_view key) const noexcept;
};

/// Owns nodes; they live as long as it does and do not move.
using Arena = std::deque<Node>;

inline constexpr std::size_t max_plan_octets = std::size_t{64} << 20;
inline constexpr unsigned max_plan_depth = 64;
inline constexpr std::size_t max_alias_growth = 1'000'000;  // nodes that aliases may repeat

/// Where a text stands when it is a piece of a file.
struct Origin {
    std::uint32_t lines_above = 0;
    unsigned levels_above = 0;  // mappings around it
};

struct Document {
    Node* root = nullptr;
    bool has_anchors = false;
};

/// Parses one YAML document. Its root is nullptr, with an error reported, when it cannot be
/// understood at all; what can be stepped over (a duplicate key, an octal-looking number) is
/// reported and left out or marked invalid. Never throws for bad input.
Document parse_yaml(Arena& arena, std::string_view text, std::uint32_t file, Report& report,
                    const Origin& origin = {});

const char* to_string(Node::Form form) noexcept;  // "a mapping"

}  // namespace portolan::source::plan
