// The port desk by HTTP: GET /v1/explain?q=40805 and GET /v1/find?q=oxygen (registry/desk.hpp).
#pragma once

#include "api/routes.hpp"
#include "portolan/api/registrar.hpp"

namespace portolan::api {

/// Both outlive the routes.
void add_explaining(Routes& routes, Registrar& registrar);

}  // namespace portolan::api
