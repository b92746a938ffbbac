// How the commands talk to people: colours only where a person reads, problems on stderr.
#pragma once

#include <string>
#include <vector>

#include "portolan/app/load.hpp"

namespace portolan::cli {

/// Whether stdout is a terminal whose user has not said NO_COLOR (https://no-color.org).
bool wants_colour();
/// The text in bold (or the severity's colour) when `colour`, else as it is.
std::string bold(const std::string& text, bool colour);
std::string in_colour_of(registry::Severity severity, const std::string& text, bool colour);

/// A name as people write it: without the root's dot.
std::string name_text(dns::NameView name);

/// The plans that could be read. What could not, and that a plan has errors, goes to stderr.
std::vector<const registry::Plan*> readable_plans(const app::LoadedPlans& loaded);

/// Prints "portolan: message" and, below it, the cure to stderr.
void complain(const std::string& message, const std::string& cure);

}  // namespace portolan::cli
