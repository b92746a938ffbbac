// The port map by HTTP (registry/map_json.hpp): GET /v1/map, and GET /v1/map?zone=Z&environment=E;
// and GET /v1/history?zone=Z&environment=E&service=S (registry/verdict_history.hpp).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "api/routes.hpp"
#include "portolan/api/registrar.hpp"
#include "portolan/registry/map_json.hpp"
#include "portolan/registry/verdict_history.hpp"

namespace portolan::api {

class Mapping {
public:
    explicit Mapping(Registrar& registrar) : registrar_(registrar) {}

    /// All zones of plans: {"now":"2026-11-23T12:00:00Z","zones":[…]}.
    [[nodiscard]] boost::json::object zones();
    /// {"zone":"svc.corp.example","environment":"prod","rows":[…]}; a refusal where there is no
    /// such environment. The zone may be left out where there is one.
    [[nodiscard]] registry::OrRefusal<boost::json::object> rows(std::string_view zone,
                                                                std::string_view environment);
    /// The same of one service: {"zone":…,"environment":…,"service":…,"protocol":…,"rows":[…]};
    /// nullopt when it is in no plan.
    [[nodiscard]] std::optional<boost::json::object> rows(std::string_view zone,
                                                          std::string_view environment,
                                                          std::string_view service,
                                                          registry::Protocol protocol);
    /// The plans are others now.
    void forget() { rules_.clear(); }

private:
    [[nodiscard]] const registry::PortRules& rules_of(const registry::Plan& plan);

    Registrar& registrar_;
    std::map<std::string, registry::PortRules> rules_;  // by zone, once asked for
};

/// Both outlive the routes.
void add_mapping(Routes& routes, Mapping& mapping, const registry::VerdictHistory& history);

}  // namespace portolan::api
