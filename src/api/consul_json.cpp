#include "api/consul_json.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>

namespace portolan::api {
namespace {

namespace json = boost::json;
using registry::Registered;
using registry::Verdict;

/// A host that registers is a node; its address is its name.
std::string node_of(const Registered& one) { return registry::to_string(one.said().address); }

json::array tags_of(const Registered& one) {
    return json::array(one.said().tags.begin(), one.said().tags.end());
}

json::object meta_of(const Registered& one) {
    json::object meta;
    for (const auto& [key, value] : one.said().meta) meta[key] = value;
    return meta;
}

json::object weights_of(const Registered& one) {
    return {{"Passing", one.said().weight.value_or(1)}, {"Warning", 1}};
}

const char* type_of(const registry::Check& check) noexcept {
    static constexpr std::array words{"tcp", "http", "grpc", "dns", "script", "ttl"};
    return words[check.how.index()];
}

json::object check_json(const Registered& one, std::string_view id, std::string_view name,
                        const char* status, std::string_view notes, std::string_view output,
                        const char* type) {
    return {{"Node", node_of(one)},
            {"CheckID", id},
            {"Name", name},
            {"Status", status},
            {"Notes", notes},
            {"Output", output},
            {"ServiceID", one.said().id},
            {"ServiceName", one.said().service},
            {"ServiceTags", tags_of(one)},
            {"Type", type},
            {"Definition", json::object()},
            {"CreateIndex", one.created},
            {"ModifyIndex", one.changed}};
}

}  // namespace

const char* consul_status(Verdict verdict) noexcept {
    if (verdict == Verdict::passing) return "passing";
    return verdict == Verdict::warning ? "warning" : "critical";
}

json::array checks_of(const Registered& one) {
    json::array all;
    for (std::size_t i = 0; i < one.checks.size(); ++i) {
        const auto& check = one.said().checks[i];
        all.push_back(check_json(one, check.id, check.name, consul_status(one.checks[i].verdict),
                                 check.notes, one.checks[i].output, type_of(check.check)));
    }
    if (one.aside) {
        const bool drains = one.aside->verdict == Verdict::draining;
        all.push_back(check_json(one, fmt::format("_service_maintenance:{}", one.said().id),
                                 drains ? "Service Draining" : "Service Maintenance Mode",
                                 "critical", one.aside->reason, "", "maintenance"));
    }
    return all;
}

json::object agent_service(const Registered& one) {
    return {{"ID", one.said().id},
            {"Service", one.said().service},
            {"Tags", tags_of(one)},
            {"Meta", meta_of(one)},
            {"Port", one.said().port},
            {"Address", registry::to_string(one.said().address)},
            {"TaggedAddresses", json::object()},
            {"Weights", weights_of(one)},
            {"EnableTagOverride", false},
            {"Datacenter", one.registration.environment},
            {"CreateIndex", one.created},
            {"ModifyIndex", one.changed}};
}

json::object catalog_service(const Registered& one) {
    return {{"ID", node_of(one)},
            {"Node", node_of(one)},
            {"Address", registry::to_string(one.said().address)},
            {"Datacenter", one.registration.environment},
            {"TaggedAddresses", json::object()},
            {"NodeMeta", json::object()},
            {"ServiceID", one.said().id},
            {"ServiceName", one.said().service},
            {"ServiceTags", tags_of(one)},
            {"ServiceAddress", registry::to_string(one.said().address)},
            {"ServiceTaggedAddresses", json::object()},
            {"ServicePort", one.said().port},
            {"ServiceMeta", meta_of(one)},
            {"ServiceWeights", weights_of(one)},
            {"ServiceEnableTagOverride", false},
            {"CreateIndex", one.created},
            {"ModifyIndex", one.changed}};
}

json::object health_service(const Registered& one) {
    json::object service = agent_service(one);
    service.erase("Datacenter");
    return {{"Node", json::object{{"ID", node_of(one)},
                                  {"Node", node_of(one)},
                                  {"Address", registry::to_string(one.said().address)},
                                  {"Datacenter", one.registration.environment},
                                  {"TaggedAddresses", json::object()},
                                  {"Meta", json::object()}}},
            {"Service", std::move(service)},
            {"Checks", checks_of(one)}};
}

}  // namespace portolan::api
