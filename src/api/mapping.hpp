// The port map by HTTP (registry/map_json.hpp): GET /v1/map, and GET /v1/map?zone=Z&environment=E;
// and GET /v1/history?zone=Z&environment=E&service=S (registry/verdict_history.hpp).
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/routes.hpp"
#include "portolan/api/registrar.hpp"
#include "portolan/registry/map_json.hpp"
#include "portolan/registry/verdict_history.hpp"

namespace portolan::api {

class Mapping {
public:
    /// Both outlive it.
    Mapping(boost::asio::io_context& io, Registrar& registrar) : io_(io), registrar_(registrar) {}

    /// All zones of plans: {"now":"2026-11-23T12:00:00Z","zones":[…]}.
    [[nodiscard]] boost::json::object zones();
    /// Responds with {"zone":"svc.corp.example","environment":"prod","rows":[…]}, applications
    /// first; or with 404 where there is no such environment. The zone may be left out where there
    /// is one.
    void rows(std::string_view zone, std::string_view environment, Respond respond);
    /// The rows of one service: {"zone":…,"environment":…,"service":…,"protocol":…,"rows":[…]};
    /// nullopt when it is in no plan.
    [[nodiscard]] std::optional<boost::json::object> rows(std::string_view zone,
                                                          std::string_view environment,
                                                          std::string_view service,
                                                          registry::Protocol protocol);
    /// The plans are others now.
    void forget() {
        rules_.clear();
        ++load_;
    }

private:
    class Listing;

    [[nodiscard]] const registry::PortRules& rules_of(const registry::Plan& plan);

    boost::asio::io_context& io_;
    Registrar& registrar_;
    std::uint64_t load_ = 0;                            // counts them
    std::map<std::string, registry::PortRules> rules_;  // by zone, once asked for
};

/// Both outlive the routes.
void add_mapping(Routes& routes, Mapping& mapping, const registry::VerdictHistory& history);

}  // namespace portolan::api
