// portolan: one program, one file a command.
#include <CLI/CLI.hpp>
#include <exception>

#include "loading.hpp"
#include "portolan/cli/commands.hpp"

int main(int argc, char** argv) {
    using namespace portolan::cli;
    CLI::App program{"An authoritative DNS server that computes its zone from a port plan",
                     "portolan"};
    program.set_version_flag("--version", "portolan " PORTOLAN_VERSION);
    program.require_subcommand(1);
    int status = 0;
    add_serve(program, status);
    add_check(program, status);
    add_zone(program, status);
    add_port(program, status);
    add_explain(program, status);
    add_find(program, status);
    add_prove(program, status);
    add_whatif(program, status);
    add_allocate(program, status);
    add_ports(program, status);
    add_delegation(program, status);
    add_schema(program, status);
    add_key(program, status);
    add_token(program, status);
    add_store(program, status);
    add_status(program, status);
    add_registering(program, status);
    add_import(program, status);
    add_export(program, status);
    add_run(program, status);
    add_free(program, status);
    add_lint(program, status);
    add_manual(program, status);
    add_completion(program, status);
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        // --help and --version are parse "errors" of status 0; a wrong command line is status 2.
        return program.exit(error) == 0 ? 0 : failed;
    } catch (const std::exception& error) {
        return fail(error.what());
    }
    return status;
}
