// Somebody else's YAML (or JSON, which is read as YAML) as trees that know where all was written.
//
// source/plan_tree.hpp reads plans, and is strict: whatever two readers might take differently is
// an error there. These files are not ours to forbid. A tag is kept, a merge key (<<) is followed,
// of two equal keys the last wins as with most readers, and a file may hold many documents.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/desk/port_text.hpp"

namespace portolan::desk {

struct YamlNode {
    enum class Form : std::uint8_t { null, scalar, sequence, mapping };
    struct Entry {
        const YamlNode* key = nullptr;  // nullptr in a sequence
        const YamlNode* value = nullptr;
    };

    Form form = Form::null;
    registry::Place place;  // line and column; `file` is 0
    std::string text;       // of a scalar
    std::string tag;        // "!vault"; "" without one
    std::vector<Entry> entries;

    [[nodiscard]] bool is_scalar() const noexcept { return form == Form::scalar; }
    [[nodiscard]] bool is_mapping() const noexcept { return form == Form::mapping; }
    [[nodiscard]] bool is_sequence() const noexcept { return form == Form::sequence; }
    /// The value of a key of a mapping, merge keys followed; nullptr when absent.
    [[nodiscard]] const YamlNode* find(std::string_view key) const noexcept;
    /// The same, when it is a scalar: its text; else "".
    [[nodiscard]] std::string_view text_of(std::string_view key) const noexcept;
};

/// The documents of one text, which it owns.
struct YamlFile {
    std::deque<YamlNode> nodes;
    std::vector<const YamlNode*> documents;  // without empty ones
    std::optional<Fault> fault;              // why reading stopped; documents before it are there
    registry::Place fault_place;
};

/// Reads at most 64 levels and a million nodes, aliases counted as often as they are used. Never
/// throws for bad input.
YamlFile read_yaml(std::string_view text);

}  // namespace portolan::desk
