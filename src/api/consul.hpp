// Consul's HTTP API, as its clients use it to register and to find services.
//
// What differs from Consul: a service must be the plan's (registry/admission.hpp); an id belongs to
// the address that is registered, as it belongs to an agent there; and what Consul calls a
// datacenter is an environment here, the caller's own unless `?dc=` names another.
#pragma once

#include "api/routes.hpp"
#include "api/waiters.hpp"
#include "portolan/api/registrar.hpp"

namespace portolan::api {

/// All three outlive the routes.
void add_consul_agent(Routes& routes, Registrar& registrar, Waiters& waiters);
void add_consul_catalog(Routes& routes, Registrar& registrar, Waiters& waiters);

}  // namespace portolan::api
