// Names and numbers written into a plan's file, in place: one entry more, behind the last of its
// kind, and every other octet as it was.
//
// The text is edited as text, so that comments and order stay. What it then says is read again and
// held against the plan with the change made in memory (registry/edit.hpp): where the two are not
// the same, the file is written in a way that is not understood here, and nothing is written.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "portolan/registry/edit.hpp"
#include "portolan/source/plan_file.hpp"

namespace portolan::desk {

/// What would be written.
struct Allocation {
    std::string file;        // the plan's, or an include of it
    std::uint32_t line = 0;  // of the new entry, or of the list that it stands in
    std::string entry;       // "aluminium: {id: 13, owner: web-team}"
    std::string before;      // the file's text …
    std::string after;       // … with the entry
    registry::Plan plan;     // as it is read then
    registry::Edit edit;     // with the number that it got
};

/// Reads the plan and finds the place. A refusal when the change cannot be made or written.
registry::OrRefusal<Allocation> allocation(const std::string& plan_path, registry::Edit edit,
                                           const source::FileReader& read_from);

/// A difference that `patch -p0` and `git apply -p0` take; the names as they are given.
std::string patch_text(const std::string& file, const std::string& before,
                       const std::string& after);

/// How long to wait while others write the plan; none: as long as it takes.
using Patience = std::optional<std::chrono::milliseconds>;

/// Makes an allocation and writes it: one at a time on this plan (its file is locked meanwhile),
/// whole or not at all (a new file takes the old one's place). Busy when the lock is not to be had
/// in time; failed, with the system's reason and a cure, when the file cannot be written.
registry::OrRefusal<Allocation> allocate(const std::string& plan_path, const registry::Edit& edit,
                                         Patience patience = std::nullopt);

/// What `make` makes of the first plan that has a place for it: a convention, or that range. A plan
/// that has the place and refuses is the last that is asked: a name that is taken there must not
/// come up in another.
registry::OrRefusal<Allocation> in_one_of(
    const std::vector<std::string>& plan_paths,
    const std::function<registry::OrRefusal<Allocation>(const std::string& plan_path)>& make);

/// The numbers that the new name has now: its port, or all that follow from its id.
std::vector<unsigned> ports_of(const Allocation& made);

}  // namespace portolan::desk
