#include "portolan/registry/port_map.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "portolan/registry/services.hpp"

namespace portolan::registry {
namespace {

/// Calls `visit(id, only_in)` for each id of a type.
template <class Visit>
void for_each_id(const PortType& type, Visit visit) {
    if (type.id) visit(*type.id, static_cast<const PortType::PerEnvironment*>(nullptr));
    for (const auto& each : type.ids) visit(each.id, &each);
}

bool ignores_instance(const Convention& convention, const PortType& type) noexcept {
    return type.instance || convention.pattern.field(FieldKind::instance) == nullptr;
}

Claim make_claim(const Convention& convention, const Application& application, const PortType& type,
                 unsigned id, const PortType::PerEnvironment* only_in, unsigned instance) {
    Claim claim;
    claim.application = &application;
    claim.type = &type;
    claim.only_in = only_in;
    claim.id = id;
    claim.instance = instance;
    claim.every_instance = ignores_instance(convention, type);
    claim.port = compose(convention.pattern, instance, application.id, id);
    return claim;
}

/// The instances that the arithmetic counts for a type: its fixed one, or all of `instances:`.
std::pair<unsigned, unsigned> counted_instances(const Convention& convention,
                                                const PortType& type) noexcept {
    if (type.instance) return {*type.instance, *type.instance};
    if (convention.pattern.field(FieldKind::instance) == nullptr)
        return {convention.first_instance, convention.first_instance};
    return {convention.first_instance, convention.last_instance};
}

bool counts(const Convention& convention, const PortType& type, unsigned instance) noexcept {
    const auto [first, last] = counted_instances(convention, type);
    if (convention.pattern.field(FieldKind::instance) == nullptr) return true;
    return instance >= first && instance <= last;
}

/// The ids that do not fit their digits spill over, so that taking digits apart misses them.
bool spills(const Convention& convention) noexcept {
    const auto over = [&](FieldKind kind, unsigned id) {
        const auto* field = convention.pattern.field(kind);
        return field != nullptr && id > field->limit();
    };
    bool any = over(FieldKind::instance, convention.last_instance);
    for (const auto& each : convention.applications) any |= over(FieldKind::application, each.id);
    for (const auto& each : convention.types) {
        for_each_id(each, [&](unsigned id, auto*) { any |= over(FieldKind::type, id); });
        any |= each.instance && over(FieldKind::instance, *each.instance);
    }
    return any;
}

std::vector<Claim> claims_by_search(const Convention& convention, unsigned port) {
    auto all = claims(convention);
    std::erase_if(all, [port](const Claim& each) { return each.port != port; });
    return all;
}

std::string application_text(const Convention& convention, unsigned id) {
    std::string names;
    for (const auto& each : convention.applications)
        if (each.id == id) names += (names.empty() ? "" : " or ") + each.name;
    return names.empty() ? "application id not assigned" : names;
}

std::string type_text(const Convention& convention, unsigned wanted) {
    std::string names;
    for (const auto& type : convention.types)
        for_each_id(type, [&](unsigned id, const PortType::PerEnvironment* only_in) {
            if (id != wanted) return;
            names += (names.empty() ? "" : " or ") + type.name;
            if (only_in != nullptr) names += " in " + only_in->environment;
        });
    return names.empty() ? "type id not in the convention" : names;
}

std::string instance_text(const Convention& convention, unsigned instance) {
    if (instance >= convention.first_instance && instance <= convention.last_instance)
        return "instance";
    return fmt::format("instance, outside {}-{}", convention.first_instance,
                       convention.last_instance);
}

std::string field_text(const Convention& convention, const Field& field, const Reading& reading) {
    const auto part = [&](unsigned id, const std::string& meaning) {
        return fmt::format("{:0{}} ({})", id, field.digits, meaning);
    };
    switch (field.kind) {
        case FieldKind::instance:
            return part(reading.instance, instance_text(convention, reading.instance));
        case FieldKind::application:
            return part(reading.application, application_text(convention, reading.application));
        case FieldKind::type:
            return part(reading.type, type_text(convention, reading.type));
    }
    return {};
}

}  // namespace

std::string Claim::label() const { return application->name + "-" + type->name; }

std::string Claim::text() const {
    auto text = application->name + " " + type->name;
    if (!every_instance) text += fmt::format(" instance {}", instance);
    if (only_in != nullptr) text += " (" + only_in->environment + ")";
    return text;
}

std::vector<Claim> claims(const Convention& convention) {
    std::vector<Claim> all;
    for (const auto& application : convention.applications)
        for (const auto& type : convention.types)
            for_each_id(type, [&](unsigned id, const PortType::PerEnvironment* only_in) {
                const auto [first, last] = counted_instances(convention, type);
                for (auto instance = first; instance <= last; ++instance)
                    all.push_back(make_claim(convention, application, type, id, only_in, instance));
            });
    return all;
}

std::vector<Claim> claims_at(const Convention& convention, unsigned port) {
    if (spills(convention)) return claims_by_search(convention, port);
    std::vector<Claim> all;
    const auto reading = read_port(convention.pattern, port);
    if (!reading) return all;
    const bool any_application = convention.pattern.field(FieldKind::application) == nullptr;
    const bool any_type = convention.pattern.field(FieldKind::type) == nullptr;
    for (const auto& application : convention.applications) {
        if (!any_application && application.id != reading->application) continue;
        for (const auto& type : convention.types)
            for_each_id(type, [&](unsigned id, const PortType::PerEnvironment* only_in) {
                if (!any_type && id != reading->type) return;
                if (!counts(convention, type, reading->instance)) return;
                const auto first = counted_instances(convention, type).first;
                const auto instance =
                    ignores_instance(convention, type) ? first : reading->instance;
                all.push_back(make_claim(convention, application, type, id, only_in, instance));
            });
    }
    return all;
}

bool holds_in(const Claim& claim, const Environment& environment) noexcept {
    return claim.only_in == nullptr || environment.is_called(claim.only_in->environment);
}

std::optional<Reading> read_port(const Pattern& pattern, unsigned port) noexcept {
    Reading reading;
    for (const auto& field : pattern.fields) {
        const auto id = port / field.scale % (field.limit() + 1);
        switch (field.kind) {
            case FieldKind::instance:
                reading.instance = id;
                break;
            case FieldKind::application:
                reading.application = id;
                break;
            case FieldKind::type:
                reading.type = id;
                break;
        }
    }
    const auto composed = compose(pattern, reading.instance, reading.application, reading.type);
    return composed == port ? std::optional(reading) : std::nullopt;
}

std::string arithmetic(const Convention& convention, const Reading& reading) {
    const auto& pattern = convention.pattern;
    std::string text;
    auto field = pattern.fields.begin();
    for (std::size_t at = 0; at < pattern.text.size();) {
        if (!text.empty()) text += ' ';
        if (std::isdigit(static_cast<unsigned char>(pattern.text[at])) == 0) {
            if (field == pattern.fields.end()) break;
            at += std::max(1U, field->digits);
            text += field_text(convention, *field++, reading);
            continue;
        }
        const auto end =
            std::min(pattern.text.find_first_not_of("0123456789", at), pattern.text.size());
        text += pattern.text.substr(at, end - at) + " (fixed)";
        at = end;
    }
    return text;
}

std::string NamedUse::label() const {
    return port->name.empty() ? service->name : service->name + "-" + port->name;
}

std::vector<NamedUse> named_uses(const Plan& plan) {
    std::vector<NamedUse> uses;
    for (const auto& service : plan.services)
        for (const auto& port : service.ports) {
            const auto& place = port.place.line != 0 ? port.place : service.place;
            if (port.port) uses.push_back({&service, &port, nullptr, *port.port, place});
            for (const auto& each : service.endpoints)
                if (each.port && each.port != port.port)
                    uses.push_back({&service, &port, &each, *each.port, each.place});
        }
    return uses;
}

std::string compact_ranges(std::vector<unsigned> ports) {
    std::sort(ports.begin(), ports.end());
    ports.erase(std::unique(ports.begin(), ports.end()), ports.end());
    std::string text;
    for (std::size_t i = 0; i < ports.size();) {
        auto last = i;
        while (last + 1 < ports.size() && ports[last + 1] == ports[last] + 1) ++last;
        text += fmt::format("{}{}", text.empty() ? "" : ",", ports[i]);
        if (last != i) text += fmt::format("-{}", ports[last]);
        i = last + 1;
    }
    return text;
}

}  // namespace portolan::registry
