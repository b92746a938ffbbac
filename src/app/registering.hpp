// What the server needs so that programs can register: the registrar, the API, its socket.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "portolan/api/api.hpp"
#include "portolan/api/operations.hpp"
#include "portolan/api/server.hpp"
#include "portolan/app/checking.hpp"
#include "portolan/app/registrar.hpp"
#include "portolan/app/settings.hpp"
#include "portolan/net/socket.hpp"

namespace portolan::app {

class Registering {
public:
    /// All of them outlive it; `etcd` is nullptr for a server of its own. `reload` reads the plans
    /// again, and says whether they are served now.
    Registering(boost::asio::io_context& io, Engine& engine, const ServeSettings& settings,
                source::Etcd* etcd, const api::Operations& operations, std::function<bool()> reload)
        : io_(io), engine_(engine), settings_(settings), etcd_(etcd), operations_(operations),
          reload_(std::move(reload)) {}

    /// Opens the API where the settings, or a plan's `dynamic:`, ask for one; a plan's `updates:`
    /// want the registrar alone, and so does an etcd. Once the plans are loaded. The checks that
    /// registrations bring are probed by `checking`, which outlives this. Throws for what was asked
    /// for and is not possible. Requests wait until the registrations are known, which with an etcd
    /// takes as long as that; those for /metrics, /live and /ready do not.
    void open(Checking& checking);
    /// nullptr: nothing can be registered.
    [[nodiscard]] Registrar* registrar() noexcept { return registrar_ ? &*registrar_ : nullptr; }
    /// The servers that live now, of those that share an etcd.
    void set_members(const std::vector<std::string>& members) {
        if (registrar_) registrar_->set_members(members);
    }
    /// Whether what was registered before is known, or there is nothing to be known.
    [[nodiscard]] bool is_ready() const noexcept { return is_ready_ || !registrar_; }
    /// Why nothing can be registered now, as a sentence.
    [[nodiscard]] std::optional<std::string> fault() const {
        return registrar_ ? registrar_->fault() : std::nullopt;
    }
    /// To the API.
    [[nodiscard]] std::size_t connections() const noexcept {
        return server_ ? server_->connections() : 0;
    }
    [[nodiscard]] std::size_t event_readers() const noexcept {
        return api_ ? api_->event_readers() : 0;
    }
    /// After a load.
    void repeat();
    /// Reads the certificate again; throws net::TlsError when it is no good, and keeps the old.
    void reload_tls() {
        if (tls_) tls_->reload();
    }
    /// "127.0.0.1:8500", "https://127.0.0.1:8500", or "" without an API.
    [[nodiscard]] const std::string& place() const noexcept { return place_; }

private:
    [[nodiscard]] bool is_wanted() const;
    [[nodiscard]] bool takes_updates() const;
    void start();
    [[nodiscard]] bool is_open_to_all(const net::Endpoint& endpoint) const;
    void open();
    [[nodiscard]] std::optional<Registrar::Sharing> sharing() const;
    void probe();
    void look_on();
    void listen();
    void handle(const api::Request& request, api::Respond respond);
    void handle_waiting();

    boost::asio::io_context& io_;
    Engine& engine_;
    const ServeSettings& settings_;
    source::Etcd* etcd_;
    const api::Operations& operations_;
    const std::function<bool()> reload_;
    Checking* checking_ = nullptr;
    registry::VerdictHistory history_;
    std::optional<Registrar> registrar_;
    std::optional<api::Api> api_;
    std::optional<net::TlsServer> tls_;
    std::optional<api::Server> server_;
    bool is_ready_ = false;  // what was registered before is there
    std::vector<std::pair<api::Request, api::Respond>> waiting_;  // until then
    std::string place_;
};

}  // namespace portolan::app
