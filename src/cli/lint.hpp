// portolan lint: what is, held against what the plans say.
#pragma once

namespace CLI {
class App;
}

namespace portolan::cli {

void add_lint_host(CLI::App& lint, int& status);
void add_lint_files(CLI::App& lint, int& status);

}  // namespace portolan::cli
