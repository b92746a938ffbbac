// The commands: one file each, all with the same shape.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace portolan::cli {

/// Adds a command to the program. When it is the one asked for, it runs while the command line
/// is parsed and leaves its exit status in `status`.
void add_serve(CLI::App& program, int& status);
void add_check(CLI::App& program, int& status);
void add_zone(CLI::App& program, int& status);
void add_port(CLI::App& program, int& status);
void add_explain(CLI::App& program, int& status);
void add_find(CLI::App& program, int& status);
void add_prove(CLI::App& program, int& status);
void add_whatif(CLI::App& program, int& status);
void add_allocate(CLI::App& program, int& status);
void add_ports(CLI::App& program, int& status);
void add_delegation(CLI::App& program, int& status);
void add_schema(CLI::App& program, int& status);
void add_key(CLI::App& program, int& status);
void add_token(CLI::App& program, int& status);
void add_store(CLI::App& program, int& status);
void add_status(CLI::App& program, int& status);       // status, services, watch, wait
void add_registering(CLI::App& program, int& status);  // register, deregister, drain, maintenance
void add_manual(CLI::App& program, int& status);
void add_completion(CLI::App& program, int& status);
void add_import(CLI::App& program, int& status);
void add_export(CLI::App& program, int& status);
void add_run(CLI::App& program, int& status);
void add_free(CLI::App& program, int& status);
void add_lint(CLI::App& program, int& status);  // lint host

/// The plans to work on: those named, else $PORTOLAN_PLAN, else zones/.
std::vector<std::string> plans_or_default(const std::vector<std::string>& named);

/// Where systemd's StateDirectory= says that state belongs; the first, if it names several.
std::string default_state();

}  // namespace portolan::cli
