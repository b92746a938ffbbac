// Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the lines of a change.
#pragma once

#include <string>

#include "portolan/registry/finding.hpp"

namespace portolan::desk {

/// One run of one tool, as JSON. Files are relative URIs as the user named them; a finding without
/// a line is about its file as a whole.
std::string to_sarif(const registry::Findings& findings, const std::string& version);

}  // namespace portolan::desk
