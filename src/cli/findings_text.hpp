// Findings as commands print them, for people and for programs.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "portolan/registry/finding.hpp"

namespace portolan::cli {

/// Its place, severity (in colour), message, rule and cure.
std::string finding_text(const registry::Finding& finding, bool colour);

/// "2 errors, 1 warning, 0 notes".
std::string summary_of(const registry::Findings& findings);
std::string counted(std::size_t number, const char* one, const char* many);  // "1 plan"

/// {"findings": [...], "summary": {...}}, one finding a line, so that it reads and greps well. The
/// summary has what is given, and the numbers of errors, warnings and notes.
void print_findings_json(const registry::Findings& findings, boost::json::object summary);

}  // namespace portolan::cli
