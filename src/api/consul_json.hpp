// Registrations as Consul shows them. Lists are never null, as its clients would trip over that.
#pragma once

#include <boost/json/object.hpp>

#include "portolan/registry/catalog.hpp"

namespace portolan::api {

/// Of /v1/agent/services.
boost::json::object agent_service(const registry::Registered& one);
/// Of /v1/catalog/service/NAME.
boost::json::object catalog_service(const registry::Registered& one);
/// Of /v1/health/service/NAME.
boost::json::object health_service(const registry::Registered& one);
/// Its checks, the one that stands for a person's word included.
boost::json::array checks_of(const registry::Registered& one);
/// "passing", "warning" or "critical".
const char* consul_status(registry::Verdict verdict) noexcept;

}  // namespace portolan::api
