// portolan serve: answer in the foreground.
#include "portolan/app/serve.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <thread>

#include "loading.hpp"
#include "portolan/app/log.hpp"
#include "portolan/cli/commands.hpp"
#include "store_access.hpp"

namespace portolan::cli {
namespace {

constexpr unsigned most_workers = 16;  // by default: beyond, the sockets are not what is slow

/// The command line as typed, before it means anything.
struct Arguments {
    std::vector<std::string> plans;
    std::vector<std::string> listen{"127.0.0.1:5300"};
    std::vector<std::string> listen_tls;
    std::string log_format = "human";
    std::string log_level = "info";
    double tcp_idle = 10;  // seconds
    bool no_watch = false;
    std::string api;
    std::vector<std::string> api_trust;
    StoreArguments store;
    unsigned stale_after = 600;  // seconds
    app::ServeSettings settings;
};

/// The system's number of processors that this process may use.
unsigned default_workers() {
    return std::clamp(std::thread::hardware_concurrency(), 1U, most_workers);
}

std::string host_name() {
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

/// It goes into one OPT or TXT record beside other things.
std::string short_text(const std::string& text) {
    constexpr std::size_t most = 128;
    return text.size() <= most ? "" : fmt::format("has {} octets; at most {}", text.size(), most);
}

void add_tls_options(CLI::App& command, Arguments& arguments) {
    auto& files = arguments.settings.tls;
    command
        .add_option("--listen-tls", arguments.listen_tls,
                    "address and port for DNS over TLS; may be repeated: 192.0.2.1:853")
        ->type_name("ADDR:PORT")
        ->allow_extra_args(false);
    command
        .add_option("--tls-certificate", files.certificate,
                    "the server's certificate and what leads to its root, in PEM")
        ->type_name("FILE");
    command.add_option("--tls-key", files.key, "the certificate's private key, in PEM")
        ->type_name("FILE");
    command
        .add_option("--tls-client-ca", files.client_ca,
                    "roots of clients' certificates, in PEM: clients are asked for one, and may "
                    "do without unless the plan's transfer: wants it")
        ->type_name("FILE");
    command.add_flag("--tls-require-client", files.requires_client,
                     "no TLS connection without a client's certificate");
}

void add_api_options(CLI::App& command, Arguments& arguments) {
    command
        .add_option("--api", arguments.api,
                    "address and port of the HTTP API by which programs register, "
                    "https://ADDR:PORT for TLS, or none (default: 127.0.0.1:8500 when a plan has "
                    "dynamic:, else none)")
        ->type_name("ADDR:PORT");
    command
        .add_option("--api-trust", arguments.api_trust,
                    "network whose programs register without a token; may be repeated (default: "
                    "this host while there are no tokens)")
        ->type_name("NETWORK")
        ->allow_extra_args(false);
}

void add_sharing_options(CLI::App& command, Arguments& arguments) {
    add_store_options(command, arguments.store);
    command
        .add_option("--node", arguments.settings.store.node,
                    "this server's name among those that share the store (default: the host's)")
        ->type_name("NAME");
    command
        .add_option("--stale-after", arguments.stale_after,
                    "seconds for which a server that is cut off from the store gives its zones to "
                    "secondaries")
        ->check(CLI::Range(1U, 1000000U))
        ->capture_default_str();
}

void add_options(CLI::App& command, Arguments& arguments) {
    auto& settings = arguments.settings;
    add_plans_argument(command, arguments.plans);
    command
        .add_option("-l,--listen", arguments.listen,
                    "address and port; may be repeated: 192.0.2.1:53, [::1]:53, [::]:53")
        ->type_name("ADDR:PORT")
        ->allow_extra_args(false)
        ->capture_default_str();
    add_tls_options(command, arguments);
    add_api_options(command, arguments);
    add_sharing_options(command, arguments);
    command
        .add_option("--workers", settings.workers, "threads that answer, each with its own sockets")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    command
        .add_option(
            "--state", settings.state,
            "folder for what must survive a restart: SOA serials (default: $STATE_DIRECTORY)")
        ->type_name("DIR");
    command
        .add_option("--udp-limit", settings.udp_limit,
                    "largest UDP reply in octets, whatever the client offers")
        ->check(CLI::Range(512, 4096))
        ->capture_default_str();
    command
        .add_option("--udp-limit-without-cookie", settings.udp_limit_without_cookie,
                    "the same for clients that show no good DNS cookie, whose address may be "
                    "forged (default: --udp-limit)")
        ->check(CLI::Range(512, 4096));
    command.add_flag("--require-cookie", settings.requires_cookie,
                     "answer UDP clients that know cookies but show none with BADCOOKIE, so that "
                     "they ask again with one");
    command
        .add_option("--cookie-secrets", settings.cookie_secrets,
                    "file of the secrets that servers behind one address share, 32 hexadecimal "
                    "digits a line; the first makes cookies (default: one at random)")
        ->type_name("FILE");
    command
        .add_option("--rate-limit", settings.rate.replies_per_second,
                    "UDP replies of one kind a second to one network of clients without a good "
                    "cookie; 0: no limit")
        ->check(CLI::Range(0, 1000000))
        ->capture_default_str();
    command
        .add_option("--rate-slip", settings.rate.slip,
                    "beyond it, every so many-th reply says TC instead of being dropped; 0: none")
        ->check(CLI::Range(0, 100))
        ->capture_default_str();
    command
        .add_option("--rate-v4-prefix", settings.rate.v4_prefix, "bits that make an IPv4 network")
        ->check(CLI::Range(8, 32))
        ->capture_default_str();
    command
        .add_option("--rate-v6-prefix", settings.rate.v6_prefix, "bits that make an IPv6 network")
        ->check(CLI::Range(16, 128))
        ->capture_default_str();
    command
        .add_option("--identity", settings.identity.name,
                    "what NSID, id.server and hostname.bind tell (default: nothing)")
        ->check(short_text)
        ->type_name("TEXT");
    command
        .add_option("--version-text", settings.identity.version,
                    "what version.server and version.bind tell (default: nothing)")
        ->check(short_text)
        ->type_name("TEXT");
    command
        .add_option("--query-log", settings.query_log.file,
                    "file or pipe for a JSON line a query; - is standard error (default: none)")
        ->type_name("FILE");
    command
        .add_option("--query-log-sample", settings.query_log.sample,
                    "log one of so many queries of each worker")
        ->check(CLI::Range(1, 1000000))
        ->capture_default_str();
    command.add_option("--tcp-clients", settings.tcp.connections, "most TCP connections at a time")
        ->check(CLI::Range(1, 10000000))
        ->capture_default_str();
    command
        .add_option("--tcp-per-client", settings.tcp.connections_per_client,
                    "most TCP connections of one network of clients")
        ->check(CLI::Range(1, 10000000))
        ->capture_default_str();
    command
        .add_option("--tcp-v4-prefix", settings.tcp.v4_prefix,
                    "bits that make an IPv4 network for --tcp-per-client")
        ->check(CLI::Range(8, 32))
        ->capture_default_str();
    command
        .add_option("--tcp-v6-prefix", settings.tcp.v6_prefix,
                    "bits that make an IPv6 network for --tcp-per-client")
        ->check(CLI::Range(16, 128))
        ->capture_default_str();
    command
        .add_option("--tcp-idle", arguments.tcp_idle,
                    "seconds until a silent TCP connection is closed")
        ->check(CLI::Range(0.1, 86400.0))
        ->capture_default_str();
    command.add_option("--check-rate", settings.check_rate, "health checks that begin in a second")
        ->check(CLI::Range(1, 1000000))
        ->capture_default_str();
    command.add_flag("--no-watch", arguments.no_watch,
                     "do not reload when files change, only on SIGHUP");
    command.add_option("--log-format", arguments.log_format, "on standard error")
        ->check(CLI::IsMember({"human", "json"}))
        ->capture_default_str();
    command.add_option("--log-level", arguments.log_level, "the least that is logged")
        ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error"}))
        ->capture_default_str();
}

/// Why an address is no address; empty when they all are.
std::string read_endpoints(Arguments& arguments) {
    auto& settings = arguments.settings;
    for (const auto& [texts, endpoints] :
         {std::pair(&arguments.listen, &settings.listen),
          std::pair(&arguments.listen_tls, &settings.listen_tls)}) {
        for (const auto& text : *texts) {
            const auto endpoint = net::parse_endpoint(text);
            if (!endpoint) return endpoint.error().message;
            endpoints->push_back(*endpoint);
        }
    }
    return "";
}

/// The same for the API's.
std::string read_api(Arguments& arguments) {
    auto& api = arguments.settings.api;
    api.is_off = arguments.api == "none";
    if (!arguments.api.empty() && !api.is_off) {
        constexpr std::string_view scheme = "https://";
        api.is_tls = arguments.api.starts_with(scheme);
        const auto endpoint =
            net::parse_endpoint(arguments.api.substr(api.is_tls ? scheme.size() : 0));
        if (!endpoint) return endpoint.error().message;
        api.listen = *endpoint;
    }
    for (const auto& text : arguments.api_trust) {
        const auto network = registry::parse_network(text);
        if (!network) return fmt::format("--api-trust {} is no network like 10.1.0.0/16", text);
        api.trusted.push_back(*network);
    }
    return "";
}

/// The same for the store's, and this server's name there.
std::string read_sharing(Arguments& arguments) {
    auto& store = arguments.settings.store;
    if (std::string wrong = read_store(arguments.store, store.etcd); !wrong.empty()) return wrong;
    if (!store.etcd) return store.node.empty() ? "" : "--node is for --store, which is missing";
    store.stale_after = std::chrono::seconds(arguments.stale_after);
    if (store.node.empty()) store.node = host_name();
    const auto is_plain = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_';
    };
    if (store.node.empty() || store.node.size() > 64 ||
        !std::ranges::all_of(store.node, is_plain)) {
        return fmt::format(
            "\"{}\" is no name of a node: 1 to 64 letters, digits, dots, hyphens and underlines; "
            "--node NAME gives one",
            store.node);
    }
    return "";
}

/// What is missing or without use among the options for TLS; empty when nothing is.
std::string fault_of_tls(const app::ServeSettings& settings) {
    const auto& files = settings.tls;
    const bool any = !files.certificate.empty() || !files.key.empty() || !files.client_ca.empty() ||
                     files.requires_client;
    if (settings.listen_tls.empty() && !settings.api.is_tls) {
        return any ? "--tls-... options are for --listen-tls or --api https://, which is missing"
                   : "";
    }
    if (files.certificate.empty() || files.key.empty()) {
        return std::string(settings.listen_tls.empty() ? "--api https://" : "--listen-tls") +
               " needs --tls-certificate and --tls-key. A pair to try it with: openssl "
               "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj "
               "/CN=NAME -addext subjectAltName=DNS:NAME -keyout key.pem -out cert.pem";
    }
    if (files.requires_client && files.client_ca.empty()) {
        return "--tls-require-client needs --tls-client-ca, by which certificates are judged";
    }
    return "";
}

int run(Arguments arguments) {
    auto& settings = arguments.settings;
    if (const std::string wrong = read_endpoints(arguments); !wrong.empty()) return fail(wrong);
    if (const std::string wrong = read_api(arguments); !wrong.empty()) return fail(wrong);
    if (const std::string wrong = read_sharing(arguments); !wrong.empty()) return fail(wrong);
    if (const std::string wrong = fault_of_tls(settings); !wrong.empty()) return fail(wrong);
    settings.plans = plans_or_default(arguments.plans);
    settings.tcp.idle = std::chrono::milliseconds(static_cast<long>(arguments.tcp_idle * 1000));
    settings.watch = !arguments.no_watch;
    const bool as_json = arguments.log_format == "json";
    app::start_log(as_json ? app::LogFormat::json : app::LogFormat::human, arguments.log_level);
    return app::serve(std::move(settings));
}

}  // namespace

void add_serve(CLI::App& program, int& status) {
    auto* command =
        program.add_subcommand("serve", "answer queries for the plans, in the foreground");
    command->footer(
        "SIGHUP reads the plans and the files for TLS again, as does a change to them; a reload "
        "with\n"
        "errors changes nothing. SIGUSR1 logs counters. SIGTERM and SIGINT answer what has been "
        "received and end; "
        "a\n"
        "second one ends at once.\n"
        "Exit status: 0 ended as asked, 1 the system refused (ports, folders), 2 errors in the "
        "plans.");
    auto arguments = std::make_shared<Arguments>();
    arguments->settings.workers = default_workers();
    arguments->settings.state = default_state();
    add_options(*command, *arguments);
    command->callback([arguments, &status] { status = run(*arguments); });
}

}  // namespace portolan::cli
