// /metrics, /live and /ready.
#pragma once

#include "api/routes.hpp"
#include "portolan/api/operations.hpp"

namespace portolan::api {

/// `operations` outlives the routes.
void add_operations(Routes& routes, const Operations& operations);

}  // namespace portolan::api
