// The part of `portolan key` that is about signing.
#pragma once

namespace CLI {
class App;
}

namespace portolan::cli {

void add_signing_keys(CLI::App& key, int& status);

}  // namespace portolan::cli
