// Endpoints of the plan, as one names them who sets them aside: "jb1.prod:10104", "jb1.prod" for
// all on that host. The person's word on one is kept as a registration of that very endpoint, with
// the former as its id: so it is stored, shared with other servers, shown and taken back as any.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "portolan/api/registrar.hpp"

namespace portolan::api {

/// What would announce each endpoint of the plans that is meant; a refusal when there is none, or
/// when the text names no place.
registry::OrRefusal<std::vector<registry::Announcement>> planned_at(
    const std::vector<registry::Registry>& registries, std::string_view place);

/// Says that word of each, or (nullopt) takes it back; one after the other, up to the first that is
/// refused. Where a program has registered at the endpoint, its registration is set aside.
void set_planned_aside(Registrar& registrar, std::vector<registry::Announcement> endpoints,
                       std::optional<registry::Aside> word, const Caller& caller,
                       Registrar::Done done);

}  // namespace portolan::api
