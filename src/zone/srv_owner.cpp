#include "portolan/zone/srv_owner.hpp"

#include "portolan/dns/presentation.hpp"
#include "portolan/zone/derive.hpp"

namespace portolan::zone {

std::string srv_owner_text(const registry::Plan& plan, const registry::Service& service) {
    auto text = dns::to_text(service_owner(plan, service));
    if (text.size() > 1) text.pop_back();
    return text;
}

}  // namespace portolan::zone
