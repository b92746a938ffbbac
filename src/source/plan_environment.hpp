// One environment's lines: read all, or only where they differ from the last reading.
//
// An edit changes a few of an environment's hundreds of `hosts:` and `place:` entries. An entry
// whose lines stand in the text as they stood is known: its lines are left empty, what remains is
// read as YAML, and the known entries are put back from the last reading. Where entries begin and
// end is a guess by indentation, and proved:
//
//   - in the old text by the places of hosts and placements, which say where each entry began, so
//     also where the one before it ended;
//   - in the new text by the places of the keys in what remains: `hosts:` and `place:`, the key
//     behind each, and the entries in between that are not known must all stand where the guess saw
//     them. So no quoted text and no { } reaches over lines that were left out.
//
// A block scalar (|, >) may count the empty lines behind it, so next to one nothing is left out.
// Whatever is not proved, or has anything to complain of, is left to the reading of all lines.
#pragma once

#include <memory>
#include <string_view>

#include "portolan/registry/plan.hpp"
#include "source/plan_report.hpp"
#include "source/plan_split.hpp"
#include "source/plan_tree.hpp"

namespace portolan::source::plan {

using EnvironmentPtr = std::shared_ptr<const registry::Environment>;

/// An environment's lines as they were, and what they said.
struct LastReading {
    std::string_view text;
    const registry::Environment* environment = nullptr;
};

/// Whether it is written without { }.
bool is_block_mapping(const Node& node);

/// What the fragment says; nullptr when it does not prove to be one environment, in perfect order
/// and without anchors. `names` has the files that places point into.
EnvironmentPtr read_environment(const Fragment& fragment, std::uint32_t file, const Report& names);

/// The same by what has changed; nullptr also when nothing is known, or it is not proved. Shares
/// the list of hosts or of placements with the last reading when that stands where it stood.
EnvironmentPtr read_changes(const Fragment& fragment, std::uint32_t file, const Report& names,
                            const LastReading& last);

}  // namespace portolan::source::plan
