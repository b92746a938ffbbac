// portolan's own part of the API, /v1/portolan; openapi.cpp describes it.
#pragma once

#include "api/routes.hpp"
#include "api/waiters.hpp"
#include "portolan/api/registrar.hpp"

namespace portolan::api {

/// All three outlive the routes.
void add_native(Routes& routes, Registrar& registrar, Waiters& waiters);

}  // namespace portolan::api
