#include "registry/endpoint_text.hpp"

#include "portolan/dns/presentation.hpp"

namespace portolan::registry {

std::string plain_text(dns::NameView name) {
    auto text = dns::to_text(name);
    if (text.size() > 1) text.pop_back();
    return text;
}

std::string host_text(const Endpoint& endpoint) {
    if (endpoint.is_group) return "mcast";
    return endpoint.target != nullptr ? plain_text(endpoint.target->view()) : host_label(endpoint);
}

std::vector<Address> addresses_of(const Registry& registry, const Endpoint& endpoint) {
    if (endpoint.is_group) return {endpoint.environment->multicast->value};
    if (endpoint.announced != nullptr) return {*endpoint.announced};
    if (endpoint.host == nullptr) return {};
    return addresses_of(registry, *endpoint.environment, *endpoint.host);
}

std::vector<std::string> texts_of(const std::vector<Address>& addresses) {
    std::vector<std::string> texts;
    for (const auto& each : addresses) texts.push_back(to_string(each));
    return texts;
}

bool is_published(const Service& service) noexcept {
    return service.type == nullptr || service.type->publish;
}

bool is_watched(const Endpoint& endpoint) noexcept {
    return endpoint.check != nullptr || endpoint.announced != nullptr ||
           endpoint.verdict != Verdict::passing;
}

}  // namespace portolan::registry
