#include "portolan/registry/edit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "portolan/registry/proof.hpp"
#include "portolan/registry/suggest.hpp"

namespace portolan::registry {
namespace {

Refusal refuse(std::string reason) { return {Refusal::Kind::conflict, std::move(reason)}; }

Refusal unknown(const char* what, const std::string& name,
                const std::vector<std::string_view>& names) {
    return {Refusal::Kind::unknown,
            fmt::format("there is no {} \"{}\". {}", what, name, did_you_mean(name, names))};
}

/// Why a name cannot be given to something new; nullopt when it can.
std::optional<Refusal> fault_of_name(const Plan& plan, const std::string& name) {
    const auto label = read_service_label(name);
    if (!label) return label.error();
    if (*label != name) return refuse("write \"" + *label + "\", in lower case");
    const auto taken = [&](const char* what) {
        return refuse(fmt::format("{} is the name of {} of the plan", name, what));
    };
    if (plan.application(name) != nullptr) return taken("an application");
    if (plan.service(name) != nullptr) return taken("a service");
    for (const auto& each : plan.environments)
        if (each.host(name) != nullptr) return taken("a host");
    return std::nullopt;
}

/// The id that was asked for, or the next.
OrRefusal<unsigned> chosen_id(const Convention& convention, FieldKind kind,
                              std::optional<unsigned> wanted) {
    const auto* field = convention.pattern.field(kind);
    if (field == nullptr)
        return refuse(fmt::format("the pattern {} has no field for the {}", convention.pattern.text,
                                  to_string(kind)));
    const auto id = wanted ? wanted : next_id(convention, kind);
    if (!id)
        return refuse(
            fmt::format("all {} ids of the {} are taken", field->limit(), to_string(kind)));
    if (*id > field->limit() || *id == 0)
        return refuse(fmt::format("{} is no id of the {}: they are 1-{}", *id, to_string(kind),
                                  field->limit()));
    return *id;
}

OrRefusal<Convention*> convention_of(Plan& plan) {
    if (!plan.convention) return Refusal{Refusal::Kind::unknown, "the plan has no convention"};
    return &*plan.convention;
}

// --- one function an edit -----------------------------------------------------------------------

std::optional<Refusal> make(Plan& plan, AddApplication& add) {
    const auto convention = convention_of(plan);
    if (!convention) return convention.error();
    if (auto fault = fault_of_name(plan, add.name)) return fault;
    const auto id = chosen_id(**convention, FieldKind::application, add.id);
    if (!id) return id.error();
    for (const auto& each : (*convention)->applications)
        if (each.id == *id) return refuse(fmt::format("{} has the id {}", each.name, *id));
    add.id = *id;
    (*convention)->applications.push_back({add.name, *id, add.about, {}});
    return std::nullopt;
}

std::optional<Refusal> make(Plan& plan, AddType& add) {
    const auto convention = convention_of(plan);
    if (!convention) return convention.error();
    if (const auto label = read_service_label(add.name); !label) return label.error();
    if (plan.type(add.name) != nullptr)
        return refuse(add.name + " is the name of a type of the plan");
    const auto id = chosen_id(**convention, FieldKind::type, add.id);
    if (!id) return id.error();
    add.id = *id;
    PortType type;
    type.name = add.name;
    type.id = *id;
    type.protocol = add.protocol;
    type.about = add.about;
    (*convention)->types.push_back(std::move(type));
    return std::nullopt;
}

/// Names of `dynamic:` are services too, and stand behind those that are listed.
void add_before_dynamic(Plan& plan, NamedService service) {
    const auto is_dynamic = [&](const NamedService& each) {
        return plan.dynamic &&
               std::ranges::find(plan.dynamic->names, each.name) != plan.dynamic->names.end();
    };
    std::vector<NamedService> all(plan.services.begin(), plan.services.end());
    const auto at = std::ranges::find_if(all, is_dynamic) - all.begin();
    plan.services.clear();
    for (std::ptrdiff_t i = 0; i < at; ++i)
        plan.services.push_back(std::move(all[static_cast<std::size_t>(i)]));
    plan.services.push_back(std::move(service));
    for (auto i = static_cast<std::size_t>(at); i < all.size(); ++i)
        plan.services.push_back(std::move(all[i]));
}

std::optional<Refusal> make(Plan& plan, AddService& add) {
    if (auto fault = fault_of_name(plan, add.name)) return fault;
    const auto range = std::ranges::find(plan.ranges, add.range, &Range::name);
    if (range == plan.ranges.end()) {
        std::vector<std::string_view> names;
        for (const auto& each : plan.ranges) names.push_back(each.name);
        return unknown("range", add.range, names);
    }
    const auto port = add.port ? add.port : next_port(plan, range->ports);
    if (!port) return refuse(fmt::format("no port of {} is free", add.range));
    if (!range->ports.contains(*port))
        return refuse(fmt::format("{} is outside {}, {}-{}", *port, add.range, range->ports.first,
                                  range->ports.last));
    for (const auto& use : named_uses(plan))
        if (use.number == *port) return refuse(fmt::format("{} has {}", use.label(), *port));
    add.port = *port;
    NamedService service;
    service.name = add.name;
    service.ports = {{"", static_cast<Port>(*port), add.protocol, {}}};
    service.range = {add.range, {}};
    service.about = add.about;
    add_before_dynamic(plan, std::move(service));
    return std::nullopt;
}

std::optional<Refusal> make(Plan& plan, CountInstances& count) {
    const auto convention = convention_of(plan);
    if (!convention) return convention.error();
    const auto* field = (*convention)->pattern.field(FieldKind::instance);
    if (field == nullptr) return refuse("the pattern has no field for the instance");
    if (count.last < (*convention)->first_instance || count.last > field->limit())
        return refuse(fmt::format("instances are {}-{} at most", (*convention)->first_instance,
                                  field->limit()));
    (*convention)->last_instance = count.last;
    return std::nullopt;
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// What a letter of a pattern counts; nullopt for one that it does not have.
std::optional<FieldKind> meaning_of(const Pattern& pattern, char letter) {
    std::size_t at = 0;
    for (const auto& field : pattern.fields) {
        while (at < pattern.text.size() && is_digit(pattern.text[at])) ++at;
        if (at < pattern.text.size() && pattern.text[at] == letter) return field.kind;
        at += field.digits;
    }
    return std::nullopt;
}

std::optional<Refusal> make(Plan& plan, UsePattern& use) {
    const auto convention = convention_of(plan);
    if (!convention) return convention.error();
    const auto& before = (*convention)->pattern;
    if (use.text.empty() || use.text.size() > 5) return refuse("a pattern has one to five digits");
    Pattern pattern;
    pattern.text = use.text;
    for (const char c : use.text) {
        for (auto& field : pattern.fields) field.scale *= 10;
        pattern.literal *= 10;
        const auto kind = is_digit(c) ? std::optional<FieldKind>{} : meaning_of(before, c);
        if (is_digit(c)) {
            pattern.literal += static_cast<unsigned>(c - '0');
        } else if (!kind) {
            return refuse(fmt::format("{} means nothing in {}: its letters are those of {}", c,
                                      use.text, before.text));
        } else if (!pattern.fields.empty() && pattern.fields.back().kind == *kind &&
                   pattern.fields.back().scale == 10) {
            ++pattern.fields.back().digits;
            pattern.fields.back().scale = 1;
        } else if (pattern.field(*kind) != nullptr) {
            return refuse(fmt::format("{} stands in two places of {}", c, use.text));
        } else {
            pattern.fields.push_back({*kind, 1, 1});
        }
    }
    for (const auto& field : before.fields)
        if (pattern.field(field.kind) == nullptr)
            return refuse(
                fmt::format("{} has no field for the {}", use.text, to_string(field.kind)));
    (*convention)->pattern = std::move(pattern);
    return std::nullopt;
}

std::optional<Refusal> make(Plan& plan, MoveInstance& move) {
    const auto* application = plan.application(move.application);
    if (application == nullptr)
        return unknown("application", move.application,
                       plan.convention ? names_of(plan.convention->applications)
                                       : std::vector<std::string_view>{});
    for (std::size_t i = 0; i < plan.environments.size(); ++i) {
        if (!plan.environments[i].is_called(move.environment)) continue;
        auto& environment = plan.environments.edit(i);
        if (environment.host(move.host) == nullptr)
            return unknown("host", move.host, names_of(environment.hosts));
        const auto* placement = environment.placement(move.application);
        Placement moved = placement == nullptr ? Placement{} : *placement;
        moved.subject = move.application;
        const auto found =
            std::ranges::find(moved.instances, move.instance, &PlacedInstance::instance);
        if (found == moved.instances.end())
            return refuse(fmt::format("instance {} of {} is placed nowhere in {}", move.instance,
                                      move.application, environment.name));
        found->host = move.host;
        for (std::size_t at = 0; at < environment.placements.size(); ++at)
            if (environment.placements[at].subject == move.application) {
                environment.placements.edit(at) = std::move(moved);
                return std::nullopt;
            }
        environment.placements.push_back(std::move(moved));
        return std::nullopt;
    }
    return unknown("environment", move.environment, names_of(plan.environments));
}

std::string words_of(const AddApplication& add) {
    return fmt::format("add application {}: {}", add.name, add.id.value_or(0));
}
std::string words_of(const AddType& add) {
    return fmt::format("add type {}/{}: {}", add.name, to_string(add.protocol), add.id.value_or(0));
}
std::string words_of(const AddService& add) {
    return fmt::format("add service {}/{}: {} in {}", add.name, to_string(add.protocol),
                       add.port.value_or(0), add.range);
}
std::string words_of(const CountInstances& count) {
    return fmt::format("instances up to {}", count.last);
}
std::string words_of(const UsePattern& use) { return "pattern " + use.text; }
std::string words_of(const MoveInstance& move) {
    return fmt::format("move {} instance {} in {} to {}", move.application, move.instance,
                       move.environment, move.host);
}

}  // namespace

OrRefusal<Plan> edited(const Plan& plan, Edit& edit) {
    Plan after = plan;
    const auto fault = std::visit([&](auto& each) { return make(after, each); }, edit);
    if (fault) return *fault;
    return after;
}

std::string words(const Edit& edit) {
    return std::visit([](const auto& each) { return words_of(each); }, edit);
}

}  // namespace portolan::registry
