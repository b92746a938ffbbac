#include "portolan/desk/allocation_json.hpp"

#include "portolan/dns/presentation.hpp"
#include "portolan/registry/edit_json.hpp"
#include "portolan/registry/port_map.hpp"

namespace portolan::desk {

std::vector<unsigned> ports_of(const Allocation& made) {
    if (const auto* service = std::get_if<registry::AddService>(&made.edit))
        return {*service->port};
    const auto name = registry::name_of(made.edit);
    const bool is_type = std::holds_alternative<registry::AddType>(made.edit);
    std::vector<unsigned> ports;
    for (const auto& each : registry::claims(*made.plan.convention))
        if ((is_type ? each.type->name : each.application->name) == name)
            ports.push_back(each.port);
    return ports;
}

boost::json::object to_json(const Allocation& made) {
    auto zone = dns::to_text(made.plan.zone.value.view());
    if (zone.size() > 1) zone.pop_back();
    const auto kind = registry::kind_of(made.edit);
    return {{"kind", kind},
            {"name", registry::name_of(made.edit)},
            {kind == "port" ? "port" : "id", registry::number_of(made.edit).value_or(0)},
            {"zone", zone},
            {"entry", made.entry},
            {"ports", registry::compact_ranges(ports_of(made))},
            {"file", made.file},
            {"line", made.line}};
}

}  // namespace portolan::desk
