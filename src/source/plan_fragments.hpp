// A plan's environments, read piece by piece, by several threads, and only what has changed.
//
// A piece proves that it is an environment by being in perfect order: one key where the split saw
// it, no anchor that reaches elsewhere, nothing to complain of. A quoted text or a { } that the
// split has cut in two leaves a piece that is not closed, which is an error. So there is no
// finding that this way makes: whatever is odd is left to the whole reading, which says it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "portolan/registry/plan.hpp"
#include "portolan/source/plan_file.hpp"
#include "source/plan_report.hpp"
#include "source/plan_split.hpp"
#include "source/plan_tree.hpp"

namespace portolan::source::plan {

/// The environments' lines of the one file that has them.
struct Pieces {
    std::shared_ptr<const std::string> text;  // of the file; the fragments point into it
    std::uint32_t file = 0;                   // index into Plan::files
    std::vector<Fragment> fragments;
    const Node* environments = nullptr;  // the frame's empty value, where they belong
    bool refuted = false;                // the frame is not what the split took it for

    [[nodiscard]] bool empty() const noexcept { return text == nullptr; }
};

/// Parses the frame, which is the text without that block, reports into `report`, and fills
/// `pieces`, which may end up refuted. nullptr when the frame cannot be understood.
Node* parse_frame(std::shared_ptr<const std::string> text, Block environments, std::uint32_t file,
                  Arena& arena, Report& report, Pieces& pieces);

/// The environments in the file's order; nullopt when a piece does not prove to be one, or two
/// have one name. Shares with `before` what stands where it stood, copies what has moved, and reads
/// of what has changed only the entries that have. `tell_parts` hears, on any thread, how many of
/// those that must be read have been.
std::optional<registry::Environments> read_pieces(
    const Pieces& pieces, const Report& report, const PlanMemory::File* before,
    const std::function<void(std::size_t done, std::size_t total)>& tell_parts);

/// What the next reading can use: each piece's text, and what it says.
PlanMemory::File remembered(const Pieces& pieces, const registry::Environments& environments);

}  // namespace portolan::source::plan
