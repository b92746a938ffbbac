// A plan and its includes as one tree.
#pragma once

#include <string>

#include "portolan/source/master_file.hpp"
#include "source/plan_fragments.hpp"
#include "source/plan_report.hpp"
#include "source/plan_tree.hpp"

namespace portolan::source::plan {

/// Reads the file and everything that it includes, and merges the parts' keys into its own:
/// mappings key by key, whatever their depth; a single value or list given twice is an error
/// that names both places. nullptr, with errors reported, when a file cannot be understood.
/// With `pieces`, a file's environments may be left to be read there (plan_fragments.hpp).
Node* read_with_parts(const std::string& path, const FileReader& read_file, Arena& arena,
                      Report& report, Pieces* pieces);

/// `path` seen from the folder of the file `from`, without needless dots.
std::string beside(const std::string& from, const std::string& path);

}  // namespace portolan::source::plan
