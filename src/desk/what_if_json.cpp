#include "portolan/desk/what_if_json.hpp"

#include <boost/json/array.hpp>

#include "portolan/registry/proof_json.hpp"
#include "portolan/zone/describe.hpp"

namespace portolan::desk {
namespace {

namespace json = boost::json;

json::array strings(const std::vector<std::string>& texts) {
    return json::array(texts.begin(), texts.end());
}

}  // namespace

json::object to_json(const registry::Plan& after, const registry::Edit& edit,
                     const WhatIf& result) {
    json::array grounds;
    for (const auto& each : result.judgements) grounds.push_back(registry::to_json(after, each));
    json::array ways;
    for (const auto& each : result.ways)
        ways.push_back(
            {{"ground", to_string(each.ground)}, {"way", each.way}, {"edit", each.edit}});
    json::array firewall;
    for (const auto& each : result.firewall)
        firewall.push_back({{"environment", each.environment},
                            {"host", each.host},
                            {"addresses", strings(each.addresses)},
                            {"opened", strings(each.opened)},
                            {"closed", strings(each.closed)}});
    const auto names = zone::describe(result.names, after.zone.value.view(), SIZE_MAX);
    return {{"edit", words(edit)},
            {"clean", result.is_clean()},
            {"opened", strings(result.opened)},
            {"closed", strings(result.closed)},
            {"grounds", std::move(grounds)},
            {"ways", std::move(ways)},
            {"errors", strings(result.errors)},
            {"capacity", strings(result.capacity)},
            {"dns", strings(names)},
            {"firewall", std::move(firewall)}};
}

}  // namespace portolan::desk
