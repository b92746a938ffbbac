#include "app/registering.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "net/signals_blocked.hpp"
#include "portolan/net/socket.hpp"

namespace portolan::app {
namespace {

constexpr const char* usual_place = "127.0.0.1:8500";  // where Consul's agent is
constexpr int backlog = 1024;

bool is_loopback(const net::Endpoint& endpoint) {
    const auto octets = net::address_octets(endpoint.storage);
    if (octets.size() == 4) return octets[0] == 127;
    return octets.back() == 1 &&
           std::all_of(octets.begin(), octets.end() - 1, [](auto o) { return o == 0; });
}

}  // namespace

bool Registering::is_wanted() const {
    if (settings_.api.is_off) return false;
    if (settings_.api.listen) return true;
    return std::ranges::any_of(engine_.registries(),
                               [](const auto& each) { return each.plan.dynamic.has_value(); });
}

bool Registering::takes_updates() const {
    return std::ranges::any_of(engine_.registries(),
                               [](const auto& each) { return !each.plan.updates.empty(); });
}

/// Whether callers of other hosts could register without being anybody.
bool Registering::is_open_to_all(const net::Endpoint& endpoint) const {
    if (is_loopback(endpoint) || !settings_.api.trusted.empty()) return false;
    if (settings_.state.empty()) return true;
    const auto tokens = Tokens(settings_.state).all();
    if (!tokens) throw std::runtime_error(tokens.error().text);
    return tokens->empty();
}

void Registering::open(Checking& checking) {
    checking_ = &checking;
    open();
}

void Registering::open() {
    const bool wants_api = is_wanted();
    if (!registrar_ && (wants_api || takes_updates() || etcd_ != nullptr)) start();
    if (api_ || !wants_api) return;
    if (settings_.api.listen && is_open_to_all(*settings_.api.listen)) {
        throw std::runtime_error(fmt::format(
            "--api {} would let every host register: make a token first (portolan token new "
            "--state DIR), or name the networks that need none (--api-trust 10.1.0.0/16)",
            to_string(*settings_.api.listen)));
    }
    if (settings_.api.is_tls) tls_.emplace(settings_.tls, net::TlsFor::http);
    api_.emplace(io_, *registrar_, operations_, history_, reload_);
    registrar_->set_listener([this] { api_->changed(); });
    look_on();
    listen();
}

void Registering::start() {
    {
        const net::SignalsBlocked blocked;  // for the store's thread
        registrar_.emplace(io_, engine_, settings_.state, settings_.api.trusted, sharing());
    }
    if (settings_.state.empty() && etcd_ == nullptr)
        spdlog::warn("registrations are not kept over a restart: --state DIR keeps them");
    registrar_->restore([this] {
        is_ready_ = true;
        handle_waiting();
    });
    probe();
}

std::optional<Registrar::Sharing> Registering::sharing() const {
    if (etcd_ == nullptr) return std::nullopt;
    return Registrar::Sharing{*etcd_, settings_.store.node};
}

void Registering::probe() {
    checking_->set_others([this](const health::Report& report) { registrar_->conclude(report); });
    registrar_->set_prober(
        [this](std::vector<health::Target> wanted, std::vector<std::string> unwanted) {
            checking_->change_others(std::move(wanted), std::move(unwanted));
        });
}

/// What the page shows, and remembers.
void Registering::look_on() {
    engine_.set_watcher([this](auto zone, const auto& change) { api_->said(zone, change); });
    const auto remember = [this](registry::VerdictTurn turn) {
        turn.at = registrar_->now();
        history_.add(std::move(turn));
    };
    checking_->set_turns(remember);
    registrar_->set_turns(remember);
}

/// A place that was asked for must be had; the usual one may be a Consul agent's.
void Registering::listen() {
    auto endpoint =
        settings_.api.listen ? *settings_.api.listen : *net::parse_endpoint(usual_place);
    try {
        net::claim_tcp(endpoint);
        auto listening = net::open_tcp(endpoint, backlog);
        server_.emplace(
            io_, listening.release(),
            [this](const auto& request, auto respond) { handle(request, std::move(respond)); },
            tls_ ? &*tls_ : nullptr);
        place_ = (settings_.api.is_tls ? "https://" : "") + to_string(endpoint);
    } catch (const net::SocketError& error) {
        if (settings_.api.listen) throw;
        spdlog::warn(
            "nobody can register: {} (--api ADDR:PORT for another place, --api none for "
            "no API)",
            error.what());
    }
}

/// How the server fares can be asked from the beginning, and the page be loaded; the rest when it
/// is known what was registered.
void Registering::handle(const api::Request& request, api::Respond respond) {
    if (is_ready_ || api::is_of_operations(request) || api::is_of_page(request)) {
        api_->handle(request, std::move(respond));
    } else {
        waiting_.emplace_back(request, std::move(respond));
    }
}

void Registering::handle_waiting() {
    for (auto& [request, respond] : std::exchange(waiting_, {}))
        api_->handle(request, std::move(respond));
}

void Registering::repeat() {
    if (registrar_) registrar_->repeat();
    if (api_ && engine_.is_sound()) api_->loaded();
    try {
        open();
    } catch (const std::exception& error) {
        spdlog::error("nobody can register: {}", error.what());
    }
}

}  // namespace portolan::app
