#include "api_access.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "loading.hpp"
#include "portolan/source/master_file.hpp"

namespace portolan::cli {
namespace {

std::string from_environment(const char* name, const char* otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr || *value == '\0' ? otherwise : value;
}

void add_options(CLI::App& command, ApiAccess& access) {
    auto& credentials = access.credentials;
    credentials.token = from_environment("PORTOLAN_TOKEN", "");
    credentials.ca = from_environment("PORTOLAN_CA", "");
    command
        .add_option_function<std::string>(
            "--token-file",
            [&credentials](const std::string& path) {
                const auto text = source::read_whole_file(path);
                if (!text) throw CLI::ValidationError("--token-file", "cannot read " + path);
                credentials.token = text->substr(0, text->find_first_of("\r\n"));
            },
            "file with the token (default: $PORTOLAN_TOKEN)")
        ->type_name("FILE");
    command
        .add_option("--ca", credentials.ca,
                    "roots of the server's certificate, in PEM (default: $PORTOLAN_CA, else the "
                    "system's)")
        ->type_name("FILE");
    auto* certificate = command
                            .add_option("--certificate", credentials.certificate,
                                        "ours, in PEM, in place of a token")
                            ->type_name("FILE");
    command.add_option("--key", credentials.key, "its private key, in PEM")
        ->type_name("FILE")
        ->needs(certificate);
    certificate->needs(command.get_option("--key"));
    command.add_flag("--json", access.json, "print JSON");
}

}  // namespace

void add_api_access(CLI::App& command, ApiAccess& access) {
    access.server = from_environment("PORTOLAN_API", "127.0.0.1:8500");
    command
        .add_option("--api", access.server,
                    "the server's API; https://NAME:PORT for TLS (default: $PORTOLAN_API)")
        ->type_name("ADDR:PORT")
        ->capture_default_str();
    add_options(command, access);
    command.footer(api_exit_status);
}

void add_api_choice(CLI::App& command, ApiAccess& access) {
    access.server = from_environment("PORTOLAN_API", "");
    command
        .add_option("--api", access.server,
                    "ask the running server with this API (default: $PORTOLAN_API, unless plans "
                    "are named)")
        ->type_name("ADDR:PORT");
    add_options(command, access);
}

std::string ask(const ApiAccess& access, const char* method, const std::string& target, int& status,
                const std::string& body) {
    const auto answer = access.client().ask(method, target, body);
    if (answer.status / 100 == 2) return answer.body;
    status = fail(answer.body.empty() ? "refused with status " + std::to_string(answer.status)
                                      : answer.body);
    return "";
}

}  // namespace portolan::cli
