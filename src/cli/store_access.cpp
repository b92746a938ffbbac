#include "store_access.hpp"

#include <fmt/format.h>

#include <fstream>

namespace portolan::cli {
namespace {

/// Its first line.
std::optional<std::string> read_password(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line)) return std::nullopt;
    return line;
}

/// "/portolan" of "portolan/" and the like.
std::string plain_prefix(std::string text) {
    while (text.ends_with('/')) text.pop_back();
    return text.starts_with('/') ? text : "/" + text;
}

}  // namespace

void add_store_options(CLI::App& command, StoreArguments& arguments) {
    command
        .add_option("--store", arguments.url,
                    "etcd that several servers share, etcd://10.0.0.1:2379,10.0.0.2:2379 or "
                    "etcds:// for TLS (default: the state folder of this server alone)")
        ->type_name("URL");
    command
        .add_option("--store-ca", arguments.ca,
                    "roots of the etcds' certificates, in PEM (default: the system's)")
        ->type_name("FILE");
    command
        .add_option("--store-cert", arguments.certificate,
                    "our certificate, for etcds that ask for one, in PEM")
        ->type_name("FILE");
    command.add_option("--store-key", arguments.key, "the certificate's private key, in PEM")
        ->type_name("FILE");
    command.add_option("--store-user", arguments.user, "who we are to etcd (default: nobody)")
        ->type_name("NAME");
    command
        .add_option("--store-password-file", arguments.password_file,
                    "file whose first line is that user's password")
        ->type_name("FILE");
    command
        .add_option("--store-prefix", arguments.prefix,
                    "what all keys in etcd begin with (default: /portolan)")
        ->type_name("PREFIX");
}

std::string read_store(const StoreArguments& arguments, std::optional<source::EtcdSettings>& out) {
    if (arguments.url.empty()) {
        const bool any = !arguments.ca.empty() || !arguments.certificate.empty() ||
                         !arguments.key.empty() || !arguments.user.empty() ||
                         !arguments.password_file.empty() || !arguments.prefix.empty();
        return any ? "--store-... options are for --store, which is missing" : "";
    }
    auto settings = source::parse_etcd_url(arguments.url);
    if (!settings) return "--store: " + settings.error().text;
    const bool any_tls =
        !arguments.ca.empty() || !arguments.certificate.empty() || !arguments.key.empty();
    if (any_tls && !settings->is_tls)
        return "--store-ca, --store-cert and --store-key are for TLS: --store etcds://…";
    if (arguments.certificate.empty() != arguments.key.empty())
        return "--store-cert and --store-key belong together";
    if (arguments.user.empty() != arguments.password_file.empty())
        return "--store-user and --store-password-file belong together";
    settings->ca = arguments.ca;
    settings->certificate = arguments.certificate;
    settings->key = arguments.key;
    settings->user = arguments.user;
    if (!arguments.password_file.empty()) {
        auto password = read_password(arguments.password_file);
        if (!password)
            return fmt::format("cannot read a password from {}", arguments.password_file);
        settings->password = *std::move(password);
    }
    if (!arguments.prefix.empty()) settings->prefix = plain_prefix(arguments.prefix);
    out = *std::move(settings);
    return "";
}

}  // namespace portolan::cli
