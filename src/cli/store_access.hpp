// The options by which a command finds registrations that several servers share.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "portolan/source/etcd.hpp"

namespace portolan::cli {

/// As typed.
struct StoreArguments {
    std::string url;
    std::string ca;
    std::string certificate;
    std::string key;
    std::string user;
    std::string password_file;
    std::string prefix;
};

void add_store_options(CLI::App& command, StoreArguments& arguments);

/// What they mean, none without --store; or what is wrong with them, else "".
std::string read_store(const StoreArguments& arguments, std::optional<source::EtcdSettings>& out);

}  // namespace portolan::cli
