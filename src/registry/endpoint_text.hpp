// Endpoints and names in the words that JSON has for them.
#pragma once

#include <string>
#include <vector>

#include "portolan/registry/services.hpp"

namespace portolan::registry {

/// "svc.corp.example": without a final dot.
std::string plain_text(dns::NameView name);

/// "jb1", "mcast", "ip-10-0-0-5", "far.example".
std::string host_text(const Endpoint& endpoint);
/// Those of its host now, of its group, or the one it announced; none for a foreign target.
std::vector<Address> addresses_of(const Registry& registry, const Endpoint& endpoint);
std::vector<std::string> texts_of(const std::vector<Address>& addresses);

bool is_published(const Service& service) noexcept;
/// Whether somebody watches the endpoint, so that its verdict means something.
bool is_watched(const Endpoint& endpoint) noexcept;

}  // namespace portolan::registry
