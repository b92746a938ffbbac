// What every command that talks to a running server has: where it is, and a token.
#pragma once

#include <string>

#include "portolan/api/client.hpp"

namespace CLI {
class App;
}

namespace portolan::cli {

struct ApiAccess {
    std::string server;
    api::Credentials credentials;
    bool json = false;
    [[nodiscard]] api::Client client() const { return api::Client(server, credentials); }
};

/// Adds --api, --token-file, --ca, --certificate, --key and --json.
void add_api_access(CLI::App& command, ApiAccess& access);

/// The same for commands that may read the plans instead: no server unless --api or $PORTOLAN_API
/// names one.
void add_api_choice(CLI::App& command, ApiAccess& access);

/// Asks, and returns the body; a refusal goes to standard error and leaves `status` 2.
std::string ask(const ApiAccess& access, const char* method, const std::string& target, int& status,
                const std::string& body = "");

/// How these commands end.
inline constexpr const char* api_exit_status =
    "Exit status: 0 done, 2 refused or no server, and why.";

}  // namespace portolan::cli
