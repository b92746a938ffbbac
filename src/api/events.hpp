// What changes, as it does: GET /v1/events, server-sent events (https://html.spec.whatwg.org).
//
//     event: hello    {"serial":17,"zones":[{"zone":"svc.corp.example","serial":17}]}
//     event: rows     {"zone":"svc.corp.example","environment":"prod","service":"oxygen-snmp",
//                      "protocol":"udp","rows":[the service's rows, as of registry/map_json.hpp]}
//     event: plan     {"zone":"svc.corp.example"}     the plan is another: load all anew
//
// A service that changes again and again is told ten times a second at most. Where very many have
// changed at once, readers are told that the plan has: to load all costs less than to be told each.
// A comment each 15 s keeps the connection, and shows who is gone. Without readers nothing is done.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "api/mapping.hpp"
#include "api/routes.hpp"
#include "portolan/registry/live.hpp"

namespace portolan::api {

class Events {
public:
    /// The others outlive it.
    Events(boost::asio::io_context& io, const Registrar& registrar, Mapping& mapping)
        : registrar_(registrar), mapping_(mapping), telling_(io), alive_(io) {}

    void add(StreamPtr reader);
    /// Something of that zone has been said; what follows from it is looked at later.
    void said(dns::NameView zone, const registry::Change& change);
    /// The plans are others now.
    void loaded();
    /// How many read now, as far as is known.
    [[nodiscard]] std::size_t readers() const noexcept { return readers_.size(); }

private:
    using Service = std::tuple<std::string, std::string, std::string, registry::Protocol>;

    void tell_soon();
    void tell();
    void keep_alive();
    void write(std::string text);
    [[nodiscard]] std::string greeting() const;

    const Registrar& registrar_;
    Mapping& mapping_;
    std::vector<StreamPtr> readers_;
    std::set<Service> changed_;          // zone, environment, service's label
    std::set<std::string> other_plans_;  // of zones
    bool is_telling_ = false;
    boost::asio::steady_timer telling_;
    boost::asio::steady_timer alive_;
};

/// `events` outlives the routes.
void add_events(Routes& routes, Events& events);

}  // namespace portolan::api
