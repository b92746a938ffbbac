#include "desk/declared_ports.hpp"

#include <algorithm>

#include "portolan/dns/presentation.hpp"

namespace portolan::desk {

using registry::Port;

DeclaredPorts::DeclaredPorts(Plans plans) {
    for (const auto* plan : plans) {
        if (plan->convention)
            for (const auto& claim : registry::claims(*plan->convention))
                if (claim.port >= 1 && claim.port <= 65535)
                    add({plan, claim.application, claim.every_instance ? 0 : claim.instance,
                         claim.label(), claim.application->name, claim.text(), claim.type->protocol,
                         static_cast<Port>(claim.port), claim.application->place});
        for (const auto& use : registry::named_uses(*plan))
            add({plan, nullptr, 0, use.label(), use.service->name, use.label(), use.port->protocol,
                 use.number, use.place});
    }
}

/// A service that has a number at several endpoints, or whatever the instance, has it once.
void DeclaredPorts::add(DeclaredPort port) {
    auto& here = by_port_[port.port];
    const bool is_known = std::ranges::any_of(here, [&](const DeclaredPort& each) {
        return each.plan == port.plan && each.text == port.text && each.protocol == port.protocol;
    });
    if (is_known) return;
    by_label_[port.label].push_back(port.port);
    by_subject_[port.subject].push_back(port.port);
    here.push_back(std::move(port));
}

const std::vector<DeclaredPort>& DeclaredPorts::at(Port port) const {
    static const std::vector<DeclaredPort> nothing;
    const auto found = by_port_.find(port);
    return found == by_port_.end() ? nothing : found->second;
}

std::vector<DeclaredPort> DeclaredPorts::of(const std::string& name,
                                            const std::string& port_name) const {
    const auto collect = [&](const auto& index, const std::string& key, auto member) {
        std::vector<DeclaredPort> all;
        const auto found = index.find(key);
        if (found == index.end()) return all;
        for (const Port port : found->second)
            for (const DeclaredPort& each : at(port))
                if (each.*member == key &&
                    std::ranges::none_of(all, [&](const DeclaredPort& known) {
                        return known.port == each.port && known.text == each.text &&
                               known.plan == each.plan && known.protocol == each.protocol;
                    }))
                    all.push_back(each);
        return all;
    };
    if (auto own = collect(by_label_, name, &DeclaredPort::label); !own.empty()) return own;
    if (!port_name.empty())
        if (auto own = collect(by_label_, name + "-" + port_name, &DeclaredPort::label);
            !own.empty())
            return own;
    return collect(by_subject_, name, &DeclaredPort::subject);
}

std::string zone_text(const registry::Plan& plan) {
    auto text = dns::to_text(plan.zone.value.view());
    if (text.size() > 1) text.pop_back();
    return text;
}

}  // namespace portolan::desk
