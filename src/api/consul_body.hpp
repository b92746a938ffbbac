// What clients of Consul put into a request's body, as announcements.
//
// Keys are taken in any case and with or without underscores: programs write DeregisterCritical-
// ServiceAfter, definition files deregister_critical_service_after. Unknown keys are passed over,
// as there are many that mean nothing here (Connect, Namespace, EnableTagOverride, …). What would
// mean something and cannot be done is refused: a script to be run, a check of another host.
//
// A check goes to the address that is registered, wherever it says; "localhost", which is the
// agent's host for Consul, is that address too.
#pragma once

#include <string>
#include <string_view>

#include "portolan/registry/registration.hpp"

namespace portolan::api {

/// The body of PUT /v1/agent/service/register: a service, or a definition file's {"service": …}.
/// `peer` is the address that is meant when none is given.
registry::OrRefusal<registry::Announcement> read_consul_service(std::string_view body,
                                                                const registry::Address& peer);

/// The body of PUT /v1/agent/check/register: the id of the service that it is for, and the check.
registry::OrRefusal<std::string> service_id_of_check(std::string_view body);
registry::OrRefusal<registry::RegisteredCheck> read_consul_check(
    std::string_view body, const registry::Announcement& service);

/// The body of PUT /v1/agent/check/update/ID.
struct ConsulUpdate {
    registry::Verdict verdict = registry::Verdict::critical;
    std::string output;
};
registry::OrRefusal<ConsulUpdate> read_consul_update(std::string_view body);

}  // namespace portolan::api
