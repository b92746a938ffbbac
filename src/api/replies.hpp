// What the handlers' replies have in common.
#pragma once

#include <boost/json/value.hpp>
#include <optional>

#include "api/waiters.hpp"
#include "portolan/api/http.hpp"
#include "portolan/api/registrar.hpp"
#include "portolan/registry/desk.hpp"

namespace portolan::api {

Caller caller_of(const Request& request);

/// The status that a refusal has in HTTP.
unsigned status_of(registry::Refusal::Kind kind) noexcept;
/// In plain text, as Consul does.
Response refused(const registry::Refusal& refusal);

/// "svc.corp.example".
std::string zone_name(const registry::Plan& plan);
std::string zone_name(dns::NameView apex);

/// Who answers questions here, with what is known now.
registry::Desk desk_of(const Registrar& registrar);

Response json_response(const boost::json::value& value);

/// Answers with 200 and nothing, or with the refusal.
Registrar::Done answering(Respond respond);

/// Answers a read: at once, or (`?index=`) when there is news of the service, or of anything for
/// "". The answer carries the index that it is of.
void answer_read(Waiters& waiters, const Request& request, const std::string& service,
                 std::function<boost::json::value()> read, Respond respond);

/// The one registration that is meant by an id: the only one of that id, the one at the caller's
/// own address, or "ID@ADDRESS".
registry::OrRefusal<const registry::Registered*> registered_by_id(const Registrar& registrar,
                                                                  const std::string& id,
                                                                  const Request& request);

/// The same for a check's id; with the check's position.
struct FoundCheck {
    const registry::Registered* registered = nullptr;
    std::size_t position = 0;
};
registry::OrRefusal<FoundCheck> check_by_id(const Registrar& registrar, const std::string& id,
                                            const Request& request);

}  // namespace portolan::api
