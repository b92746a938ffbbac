// Ids: do they fit the pattern's digits, and has each one owner.
#include <fmt/core.h>

#include <map>

#include "registry/report.hpp"

namespace portolan::registry {
namespace {

void fits(Report& report, FieldKind kind, const std::string& what, unsigned id,
          const Place& place) {
    const auto& pattern = report.plan().convention->pattern;
    const auto* field = pattern.field(kind);
    if (field == nullptr || id <= field->limit()) return;
    report.error("id-too-large", place,
                 fmt::format("{} {} does not fit the {} of {} in {}: the limit is {}", what, id,
                             counted(field->digits, "digit"), letters(pattern, *field),
                             pattern.text, field->limit()),
                 fmt::format("Choose a number up to {}, or give the pattern another digit.",
                             field->limit()));
}

void check_fit(Report& report) {
    const auto& convention = *report.plan().convention;
    fits(report, FieldKind::instance, "instance", convention.last_instance, convention.place);
    for (const auto& each : convention.applications)
        fits(report, FieldKind::application, "the id of " + each.name + ",", each.id, each.place);
    for (const auto& type : convention.types) {
        if (type.id)
            fits(report, FieldKind::type, "the id of " + type.name + ",", *type.id, type.place);
        for (const auto& each : type.ids)
            fits(report, FieldKind::type,
                 "the id of " + type.name + " in " + each.environment + ",", each.id, each.place);
        if (type.instance)
            fits(report, FieldKind::instance, "the fixed instance of " + type.name + ",",
                 *type.instance, type.place);
    }
}

/// Something with an id; two of them in one scope must differ.
struct Holder {
    std::string name;
    unsigned id = 0;
    std::string environment;  // "": everywhere
    Protocol protocol = Protocol::tcp;
    Place place;
};

bool meet(const Plan& plan, const std::string& a, const std::string& b) {
    if (a.empty() || b.empty() || a == b) return true;
    const auto* environment = plan.environment(a);
    return environment != nullptr && environment->is_called(b);
}

void clash(Report& report, const char* kind, const Holder& first, const Holder& second) {
    const auto scope = !second.environment.empty()  ? " in " + second.environment
                       : !first.environment.empty() ? " in " + first.environment
                                                    : "";
    const auto message =
        fmt::format("{} {} has the id {} of {} ({}){}", kind, second.name, second.id, first.name,
                    where(report.plan(), first.place, second.place), scope);
    if (first.protocol == second.protocol) {
        report.error("duplicate-id", second.place, message + ": all their ports would be the same",
                     fmt::format("Give {} an id of its own.", second.name));
    } else {
        report.note("shared-id", second.place,
                    fmt::format("{}: the same numbers in {} and {}", message,
                                to_string(first.protocol), to_string(second.protocol)),
                    "");
    }
}

void check_unique(Report& report, const char* kind, const std::vector<Holder>& holders) {
    std::map<unsigned, std::vector<const Holder*>> by_id;
    for (const auto& each : holders) {
        for (const auto* other : by_id[each.id])
            if (meet(report.plan(), each.environment, other->environment))
                clash(report, kind, *other, each);
        by_id[each.id].push_back(&each);
    }
}

std::vector<Holder> application_holders(const Convention& convention) {
    std::vector<Holder> holders;
    for (const auto& each : convention.applications)
        holders.push_back({each.name, each.id, "", Protocol::tcp, each.place});
    return holders;
}

std::vector<Holder> type_holders(const Convention& convention) {
    std::vector<Holder> holders;
    for (const auto& type : convention.types) {
        if (type.id) holders.push_back({type.name, *type.id, "", type.protocol, type.place});
        for (const auto& each : type.ids)
            holders.push_back({type.name, each.id, each.environment, type.protocol, each.place});
    }
    return holders;
}

/// One environment given twice for one type, by its name and an alias.
void check_repeated_environments(Report& report) {
    for (const auto& type : report.plan().convention->types)
        for (std::size_t i = 0; i < type.ids.size(); ++i)
            for (std::size_t j = 0; j < i; ++j)
                if (meet(report.plan(), type.ids[i].environment, type.ids[j].environment))
                    report.error("duplicate-environment", type.ids[i].place,
                                 fmt::format("{} has two ids in one environment: {} for {} and {} "
                                             "for {}",
                                             type.name, type.ids[j].id, type.ids[j].environment,
                                             type.ids[i].id, type.ids[i].environment),
                                 "Keep one of them.");
}

/// Without a field for it, many applications (or types) share every number.
void check_missing_field(Report& report, FieldKind kind, std::size_t count) {
    const auto& convention = *report.plan().convention;
    if (count < 2 || convention.pattern.field(kind) != nullptr) return;
    report.error("pattern-lacks-field", convention.pattern_place,
                 fmt::format("the pattern {} has no field for the {}, and there are {}: they would "
                             "all have the same ports",
                             convention.pattern.text, to_string(kind), count),
                 fmt::format("Give the {} a letter in the pattern.", to_string(kind)));
}

}  // namespace

std::string letters(const Pattern& pattern, const Field& wanted) {
    std::size_t at = 0;
    for (const auto& field : pattern.fields) {
        at = pattern.text.find_first_not_of("0123456789", at);
        if (at == std::string::npos) break;
        if (&field == &wanted) return pattern.text.substr(at, field.digits);
        at += field.digits;
    }
    return to_string(wanted.kind);
}

void check_ids(Report& report) {
    if (!report.plan().convention) return;
    const auto& convention = *report.plan().convention;
    check_fit(report);
    if (convention.pattern.field(FieldKind::application) != nullptr)
        check_unique(report, "application", application_holders(convention));
    if (convention.pattern.field(FieldKind::type) != nullptr)
        check_unique(report, "type", type_holders(convention));
    check_repeated_environments(report);
    check_missing_field(report, FieldKind::application, convention.applications.size());
    check_missing_field(report, FieldKind::type, convention.types.size());
}

}  // namespace portolan::registry
