// The server, from its settings to its end.
#pragma once

#include "portolan/app/settings.hpp"

namespace portolan::app {

/// Loads, opens, answers until SIGTERM or SIGINT, and drains. Prints one line on standard output
/// when it answers. Returns the exit status: 0 after a drained end, 1 when a second signal cut
/// the end short or the system refused (ports, folders), 2 when the plans have errors.
int serve(ServeSettings settings);

}  // namespace portolan::app
