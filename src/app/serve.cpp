#include "portolan/app/serve.hpp"

#include <fmt/chrono.h>
#include <malloc.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdio>
#include <ctime>
#include <locale>
#include <optional>

#include "app/nodes.hpp"
#include "app/operations.hpp"
#include "app/registering.hpp"
#include "portolan/app/checking.hpp"
#include "portolan/app/engine.hpp"
#include "portolan/app/transfers.hpp"
#include "portolan/app/updates.hpp"
#include "portolan/app/watch.hpp"

namespace portolan::app {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::milliseconds reclaim_pause{50};

std::uint32_t unix_time() { return static_cast<std::uint32_t>(std::time(nullptr)); }

/// 1437 as "1,437".
std::string grouped(std::size_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
    return text;
}

std::string with_noun(std::size_t count, const char* noun) {
    return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s");
}

/// Every TCP client and every probe takes a descriptor: take as many as the system lets this user
/// have, and say so when they are fewer than the settings promise. Returns how many are left for
/// probes.
std::size_t raise_file_limit(const ServeSettings& settings) {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    const std::size_t own =
        16 + settings.workers * (3 + 2 * settings.listen.size() + settings.listen_tls.size());
    const std::size_t taken = own + settings.tcp.connections;
    if (limit.rlim_cur >= taken) return limit.rlim_cur - taken;
    spdlog::warn(
        "the limit of open files, {}, leaves no room for {} TCP clients (--tcp-clients): "
        "raise it (ulimit -n, LimitNOFILE=) or lower theirs",
        limit.rlim_cur, settings.tcp.connections);
    return 0;
}

/// Enough for all that may begin within two seconds, the usual timeout, and not answer.
health::ProberSettings prober_settings(const ServeSettings& settings, std::size_t descriptors) {
    constexpr std::size_t least = 64;
    const std::size_t wanted = std::max<std::size_t>(4096, std::size_t{3} * settings.check_rate);
    const auto at_once = static_cast<unsigned>(std::clamp(descriptors, least, wanted));
    if (at_once < 2 * std::size_t{settings.check_rate}) {
        spdlog::info(
            "the limit of open files leaves room for {} health checks at once: where many targets "
            "do not answer, the others are checked less often (ulimit -n, LimitNOFILE=)",
            at_once);
    }
    return {.rate = settings.check_rate, .at_once = at_once};
}

answer::Moment moment_of(const ServeSettings& settings) {
    const auto idle = std::min<std::int64_t>(settings.tcp.idle.count() / 100, 0xffff);
    return {.udp_limit = settings.udp_limit,
            .udp_limit_without_cookie = settings.udp_limit_without_cookie,
            .requires_cookie = settings.requires_cookie,
            .tcp_idle = static_cast<std::uint16_t>(idle)};
}

std::unique_ptr<source::Etcd> etcd_of(asio::io_context& io, const ServeSettings& settings) {
    if (!settings.store.etcd) return nullptr;
    return std::make_unique<source::Etcd>(io, *settings.store.etcd);
}

class Server {
public:
    explicit Server(ServeSettings settings)
        : settings_(std::move(settings)), serials_(settings_.state), counts_(settings_.tcp),
          engine_(settings_.plans, moment_of(settings_), serials_, settings_.workers + 1,
                  unix_time),
          signals_(io_, SIGHUP, SIGUSR1), reclaim_(io_), tend_(io_),
          watch_(io_, [this] { reload(Engine::Cause::files_changed); }),
          etcd_(etcd_of(io_, settings_)),
          operations_({engine_, registering_, workers_, transfers_, checking_, query_log_}),
          registering_(io_, engine_, settings_, etcd_.get(), operations_,
                       [this] { return reload(Engine::Cause::files_changed); }),
          updates_(io_, engine_, registering_) {
        signal(SIGPIPE, SIG_IGN);
        if (etcd_ != nullptr) nodes_.emplace(io_, *etcd_, engine_, settings_.store);
        engine_.set_conduct(conduct());
    }

    int run() {
        if (!engine_.load(Engine::Cause::start)) return refuse_plans();
        signals_.add(SIGTERM);  // until here they kill, as nothing is there to be drained
        signals_.add(SIGINT);
        const std::size_t descriptors = raise_file_limit(settings_);
        open();
        checking_.emplace(io_, engine_, launcher_, prober_settings(settings_, descriptors),
                          settings_.state);
        if (nodes_) {
            nodes_->begin(
                *checking_,
                {.stale = [this](auto since) { set_stale(since); },
                 .living = [this](const auto& nodes) { registering_.set_members(nodes); }});
        }
        checking_->look();
        registering_.open(*checking_);
        look_at_files();
        if (!serials_.is_kept()) {
            spdlog::info("serials start from the time and are not kept: --state DIR keeps them");
        }
        for (auto& worker : workers_) worker->start();
        transfers_->start();
        say_that_it_answers();
        tend();
        await_signal();
        io_.run();
        return end();
    }

private:
    int refuse_plans() {
        for (const auto& finding : engine_.last_findings()) {
            if (finding.severity != registry::Severity::error) continue;
            fmt::print(stderr, "{}\n", registry::to_string(finding));
        }
        fmt::print(stderr, "portolan: the plans have errors and are not served\n");
        return 2;
    }

    /// All sockets are open before the first thread runs.
    void open() {
        for (auto& endpoint : settings_.listen) net::claim(endpoint);
        for (auto& endpoint : settings_.listen_tls) net::claim_tcp(endpoint);
        if (!settings_.listen_tls.empty()) tls_.emplace(settings_.tls);
        if (!settings_.query_log.file.empty()) {
            query_log_.emplace(settings_.query_log, settings_.workers);
        }
        transfers_.emplace(settings_, engine_.published().reader(settings_.workers));
        engine_.set_follower(*transfers_);
        for (unsigned i = 0; i < settings_.workers; ++i) {
            const auto log = query_log_ ? std::optional(query_log_->seat(i)) : std::nullopt;
            workers_.push_back(std::make_unique<Worker>(settings_, engine_.published().reader(i),
                                                        *transfers_, counts_,
                                                        tls_ ? &*tls_ : nullptr, log, &updates_));
        }
    }

    void say_that_it_answers() {
        std::vector<std::string> places;
        for (const auto& each : settings_.listen) places.push_back("udp+tcp " + to_string(each));
        for (const auto& each : settings_.listen_tls) places.push_back("tls " + to_string(each));
        if (const auto& place = registering_.place(); !place.empty())
            places.push_back("api " + place);
        fmt::print("portolan: answering {}, {} on {}\n", with_noun(engine_.zone_count(), "zone"),
                   with_noun(engine_.record_count(), "record"), fmt::join(places, ", "));
        std::fflush(stdout);
    }

    void await_signal() {
        signals_.async_wait([this](const boost::system::error_code& error, int number) {
            if (error) return;
            if (number == SIGTERM || number == SIGINT) return stop(number);
            if (number == SIGHUP) reload(Engine::Cause::asked);
            if (number == SIGUSR1) operations_.log_counters();
            await_signal();
        });
    }

    /// Throws std::runtime_error when there is something wrong with the file of cookie secrets.
    [[nodiscard]] ConductPtr conduct() const {
        return std::make_shared<Conduct>(
            Conduct{settings_.identity, settings_.cookie_secrets.empty()
                                            ? answer::CookieSecrets{draw_cookie_secret()}
                                            : read_cookie_secrets(settings_.cookie_secrets)});
    }

    void reload_cookie_secrets() {
        if (settings_.cookie_secrets.empty()) return;
        try {
            engine_.set_conduct(conduct());
        } catch (const std::exception& error) {
            spdlog::error("{}; the cookie secrets stay as they were", error.what());
        }
    }

    /// False when the plans have errors, and what was served stays.
    bool reload(Engine::Cause cause) {
        if (cause == Engine::Cause::asked) {
            reload_cookie_secrets();
            if (query_log_) query_log_->reopen();
        }
        watch_.forget();
        const bool is_loaded = engine_.load(cause);
        registering_.repeat();
        if (is_loaded) checking_->look();
        reload_tls();
        look_at_files();
        reclaim();
        tend();
        return is_loaded;
    }

    void set_stale(EtcdAgreement::Since since) {
        transfers_->set_stale(
            since ? fmt::format("cut off from the other nodes since {:%F %T} UTC",
                                fmt::gmtime(std::chrono::system_clock::to_time_t(*since)))
                  : "");
    }

    /// What time alone changes, now and for as long as the server runs.
    void tend() {
        tend_.expires_after(engine_.tend());
        tend_.async_wait([this](const boost::system::error_code& cancelled) {
            if (!cancelled) tend();
        });
    }

    void look_at_files() {
        if (!settings_.watch) return;
        auto files = engine_.files();
        for (const auto* path :
             {&settings_.tls.certificate, &settings_.tls.key, &settings_.tls.client_ca}) {
            if (!path->empty()) files.push_back(*path);
        }
        watch_.look_at(files, settings_.plans);
    }

    void reload_tls() {
        try {
            if (tls_) tls_->reload();
            registering_.reload_tls();
        } catch (const net::TlsError& error) {
            spdlog::error("TLS goes on with the certificate that it has: {}", error.what());
        }
    }

    /// Old snapshots go as soon as the workers have passed, which busy ones do with every batch.
    /// Then the system gets back what a reload leaves in pieces, a sixth of a large zone's memory.
    void reclaim() {
        if (engine_.published().reclaim() == 0) {
            malloc_trim(0);
            return;
        }
        reclaim_.expires_after(reclaim_pause);
        reclaim_.async_wait([this](const boost::system::error_code& cancelled) {
            if (!cancelled) reclaim();
        });
    }

    /// The first signal drains; from now on another one kills, as signals do by themselves.
    void stop(int number) {
        spdlog::info("{}: answering what has been received, then ending",
                     number == SIGTERM ? "SIGTERM" : "SIGINT");
        boost::system::error_code ignored;
        signals_.clear(ignored);
        signal(SIGTERM, [](int) { _exit(1); });
        signal(SIGINT, [](int) { _exit(1); });
        signal(SIGHUP, SIG_IGN);
        signal(SIGUSR1, SIG_IGN);
        for (auto& worker : workers_) worker->drain();
        io_.stop();
    }

    int end() {
        checking_->stop();
        transfers_->stop();
        for (auto& worker : workers_) worker->join();
        serials_.settle();
        operations_.log_counters();
        return 0;
    }

    health::Launcher launcher_;  // before the first thread and the first socket
    ServeSettings settings_;
    SerialStore serials_;
    net::ConnectionCounts counts_;
    Engine engine_;
    asio::io_context io_{1};
    asio::signal_set signals_;
    asio::steady_timer reclaim_;
    asio::steady_timer tend_;
    FileWatch watch_;
    std::optional<Checking> checking_;
    std::unique_ptr<source::Etcd> etcd_;  // nullptr: a server of its own
    std::optional<Nodes> nodes_;
    Operations operations_;
    Registering registering_;
    Updates updates_;
    std::optional<net::TlsServer> tls_;
    std::optional<Transfers> transfers_;
    std::optional<QueryLog> query_log_;
    std::vector<std::unique_ptr<Worker>> workers_;  // gone before what they refer to
};

}  // namespace

int serve(ServeSettings settings) {
    try {
        return Server(std::move(settings)).run();
    } catch (const std::exception& error) {
        fmt::print(stderr, "portolan: {}\n", error.what());
        return 1;
    }
}

}  // namespace portolan::app
