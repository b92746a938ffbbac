// The log: on standard error, for people or for machines.
#pragma once

#include <string>

namespace portolan::app {

enum class LogFormat { human, json };

/// Sets up the program's log. `level` is one of trace, debug, info, warn, error.
/// human: "2026-01-31 12:00:00.000 warning  text"; json: one object a line with time, level,
/// message.
void start_log(LogFormat format, const std::string& level);

}  // namespace portolan::app
