// What the server needs so that programs can register: the registrar, the API, its socket.
#pragma once

#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>

#include "portolan/api/api.hpp"
#include "portolan/api/server.hpp"
#include "portolan/app/checking.hpp"
#include "portolan/app/registrar.hpp"
#include "portolan/app/settings.hpp"

namespace portolan::app {

class Registering {
public:
    /// All three outlive it.
    Registering(boost::asio::io_context& io, Engine& engine, const ServeSettings& settings)
        : io_(io), engine_(engine), settings_(settings) {}

    /// Opens the API where the settings, or a plan's `dynamic:`, ask for one; a plan's `updates:`
    /// want the registrar alone. Once the plans are loaded. The checks that registrations bring are
    /// probed by `checking`, which outlives this. Throws for what was asked for and is not
    /// possible.
    void open(Checking& checking);
    /// nullptr: nothing can be registered.
    [[nodiscard]] Registrar* registrar() noexcept { return registrar_ ? &*registrar_ : nullptr; }
    /// After a load.
    void repeat();
    /// "127.0.0.1:8500", or "" without an API.
    [[nodiscard]] const std::string& place() const noexcept { return place_; }

private:
    [[nodiscard]] bool is_wanted() const;
    [[nodiscard]] bool takes_updates() const;
    void start();
    [[nodiscard]] bool is_open_to_all(const net::Endpoint& endpoint) const;
    void open();
    void probe();
    void listen();

    boost::asio::io_context& io_;
    Engine& engine_;
    const ServeSettings& settings_;
    Checking* checking_ = nullptr;
    std::optional<Registrar> registrar_;
    std::optional<api::Api> api_;
    std::optional<api::Server> server_;
    std::string place_;
};

}  // namespace portolan::app
