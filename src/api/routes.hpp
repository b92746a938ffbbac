// Which handler takes which request.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/api/http.hpp"

namespace portolan::api {

/// A path's parameters, in its order: {"web-1"} of /v1/agent/service/deregister/:id.
using Parameters = std::vector<std::string>;

class Routes {
public:
    using Action = std::function<void(const Request&, const Parameters&, Respond)>;

    /// `pattern` is "/v1/health/service/:name"; a parameter takes one segment.
    void add(std::string_view method, std::string_view pattern, Action action);

    /// 404 for a path that nobody has, 405 with Allow for another method.
    void handle(const Request& request, Respond respond) const;

    /// "PUT /v1/agent/service/register", in order; what the API's description is held against.
    [[nodiscard]] std::vector<std::string> listing() const;

private:
    struct Route {
        std::string method;
        std::vector<std::string> pattern;
        Action action;
    };
    std::vector<Route> routes_;
};

}  // namespace portolan::api
