// portolan store: the registrations on disk, or in etcd.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>

#include "loading.hpp"
#include "portolan/cli/commands.hpp"
#include "portolan/source/etcd_registrations.hpp"
#include "portolan/source/registration_store.hpp"
#include "store_access.hpp"

namespace portolan::cli {
namespace {

struct Arguments {
    std::string state;
    StoreArguments shared;
    std::optional<source::EtcdSettings> etcd{};  // none: the state folder
    std::string file = "-";
};

std::vector<std::string> lines_of(const Arguments& arguments) {
    return arguments.etcd ? source::export_store(*arguments.etcd)
                          : source::export_store(arguments.state);
}

int run_check(const Arguments& arguments) {
    const auto& etcd = arguments.etcd;
    const auto& state = arguments.state;
    const auto faults = etcd ? source::check_store(*etcd) : source::check_store(state);
    for (const auto& each : faults) fmt::print("{}\n", each);
    if (!faults.empty()) return 1;
    fmt::print("{} is sound, {} registrations\n",
               etcd ? arguments.shared.url : source::store_path(state), lines_of(arguments).size());
    return 0;
}

int run_export(const Arguments& arguments) {
    for (const auto& line : lines_of(arguments)) fmt::print("{}\n", line);
    return 0;
}

int run_import(const Arguments& arguments) {
    std::ifstream file;
    if (arguments.file != "-") {
        file.open(arguments.file);
        if (!file) return fail("cannot read " + arguments.file);
    }
    std::istream& input = arguments.file == "-" ? std::cin : file;
    std::vector<std::string> lines;
    for (std::string line; std::getline(input, line);) {
        if (!line.empty()) lines.push_back(std::move(line));
    }
    fmt::print("imported {} registrations\n", arguments.etcd
                                                  ? source::import_store(*arguments.etcd, lines)
                                                  : source::import_store(arguments.state, lines));
    return 0;
}

std::shared_ptr<Arguments> add(CLI::App& store, int& status, const char* name, const char* what,
                               int (*run)(const Arguments&)) {
    auto* command = store.add_subcommand(name, what);
    auto arguments = std::make_shared<Arguments>();
    arguments->state = default_state();
    command
        ->add_option("--state", arguments->state,
                     "the server's state folder (default: $STATE_DIRECTORY)")
        ->type_name("DIR");
    add_store_options(*command, arguments->shared);
    command->footer("Exit status: 0 done, 1 something is wrong in it, 2 not possible, and why.");
    command->callback([arguments, run, &status] {
        if (const auto wrong = read_store(arguments->shared, arguments->etcd); !wrong.empty()) {
            status = fail(wrong);
            return;
        }
        if (arguments->state.empty() && !arguments->etcd) {
            status = fail("give the server's state folder with --state, or --store");
            return;
        }
        try {
            status = run(*arguments);
        } catch (const source::StoreError& error) {
            status = fail(error.what());
        }
    });
    return arguments;
}

}  // namespace

void add_store(CLI::App& program, int& status) {
    auto* command = program.add_subcommand(
        "store", "Check, export and import registrations, on disk or in etcd");
    command->require_subcommand(1);
    add(*command, status, "check", "See whether the store is sound", run_check);
    add(*command, status, "export", "Print all registrations, a line of JSON each", run_export);
    const auto importing =
        add(*command, status, "import",
            "Put such lines in; on disk all or none, and no server may run", run_import);
    command->get_subcommand("import")->add_option("file", importing->file,
                                                  "where they are; - is standard input");
}

}  // namespace portolan::cli
