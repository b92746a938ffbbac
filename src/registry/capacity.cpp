// How much room a plan has left: ids, instances, ports of its ranges.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "portolan/registry/proof.hpp"
#include "portolan/registry/services.hpp"
#include "registry/report.hpp"

namespace portolan::registry {
namespace {

constexpr unsigned highest_port = 65535;

std::set<unsigned> taken_ids(const Convention& convention, FieldKind kind) {
    std::set<unsigned> ids;
    if (kind == FieldKind::application)
        for (const auto& each : convention.applications) ids.insert(each.id);
    if (kind == FieldKind::type)
        for (const auto& type : convention.types) {
            if (type.id) ids.insert(*type.id);
            for (const auto& each : type.ids) ids.insert(each.id);
        }
    return ids;
}

std::string ids_sentence(const Convention& convention, const Field& field) {
    const auto taken = taken_ids(convention, field.kind);
    const auto used = static_cast<unsigned>(
        std::ranges::count_if(taken, [&](unsigned id) { return id != 0 && id <= field.limit(); }));
    const auto next = next_id(convention, field.kind);
    return fmt::format("{} ({}): {} taken, {} free{}", to_string(field.kind),
                       letters(convention.pattern, field), counted(taken.size(), "id"),
                       field.limit() - used,
                       next ? fmt::format(", the next is {}", *next) : std::string());
}

/// How an instance fares: the lowest application of which a port passes the highest there is;
/// nullopt: of none.
std::optional<unsigned> overflows_from(const Convention& convention, unsigned instance) {
    const auto types = taken_ids(convention, FieldKind::type);
    const auto highest_type = types.empty() ? 0 : *types.rbegin();
    const auto* applications = convention.pattern.field(FieldKind::application);
    const auto last = applications == nullptr ? 1 : applications->limit();
    for (unsigned id = 1; id <= last; ++id)
        if (compose(convention.pattern, instance, id, highest_type) > highest_port) return id;
    return std::nullopt;
}

std::string span(unsigned first, unsigned last) {
    return first == last ? std::to_string(first) : fmt::format("{}-{}", first, last);
}

std::string instances_sentence(const Convention& convention, const Field& field) {
    auto sentence =
        fmt::format("instance ({}): {} counted", letters(convention.pattern, field),
                    span(convention.first_instance, convention.last_instance) +
                        (convention.first_instance == convention.last_instance ? " is" : " are"));
    // Instances that fare alike are told together.
    for (unsigned first = convention.last_instance + 1; first <= field.limit();) {
        const auto from = overflows_from(convention, first);
        auto last = first;
        while (last < field.limit() && overflows_from(convention, last + 1) == from) ++last;
        const bool is_one = first == last;
        if (!from) {
            sentence += fmt::format("; {} {}", span(first, last), is_one ? "fits" : "fit");
        } else {
            sentence += fmt::format(
                "; {} {} {}{}", span(first, last), is_one ? "overflows" : "overflow", highest_port,
                *from > 1 ? fmt::format(" from application {} on", *from) : std::string());
        }
        first = last + 1;
    }
    return sentence;
}

std::set<unsigned> taken_ports(const Plan& plan) {
    std::set<unsigned> taken;
    if (plan.convention)
        for (const auto& each : claims(*plan.convention)) taken.insert(each.port);
    for (const auto& each : named_uses(plan)) taken.insert(each.number);
    return taken;
}

std::optional<unsigned> next_port(const std::set<unsigned>& taken, const PortRange& range) {
    for (unsigned port = std::max<unsigned>(range.first, 1); port <= range.last; ++port)
        if (!taken.contains(port)) return port;
    return std::nullopt;
}

std::string range_sentence(const std::set<unsigned>& taken, const Range& range) {
    const auto used =
        std::ranges::count_if(taken, [&](unsigned port) { return range.ports.contains(port); });
    const auto all = range.ports.last - range.ports.first + 1;
    const auto next = next_port(taken, range.ports);
    return fmt::format("{} ({}-{}): {} taken, {} free{}", range.name, range.ports.first,
                       range.ports.last, counted(static_cast<std::size_t>(used), "port"),
                       all - used, next ? fmt::format(", the next is {}", *next) : std::string());
}

}  // namespace

std::vector<std::string> capacity(const Plan& plan) {
    std::vector<std::string> sentences;
    if (plan.convention)
        for (const auto& field : plan.convention->pattern.fields)
            sentences.push_back(field.kind == FieldKind::instance
                                    ? instances_sentence(*plan.convention, field)
                                    : ids_sentence(*plan.convention, field));
    const auto taken = taken_ports(plan);
    for (const auto& each : plan.ranges) sentences.push_back(range_sentence(taken, each));
    return sentences;
}

std::optional<unsigned> next_id(const Convention& convention, FieldKind kind) {
    const auto* field = convention.pattern.field(kind);
    if (field == nullptr) return std::nullopt;
    const auto taken = taken_ids(convention, kind);
    const auto above = taken.empty() ? 1 : *taken.rbegin() + 1;
    if (above <= field->limit()) return above;
    for (unsigned id = 1; id <= field->limit(); ++id)
        if (!taken.contains(id)) return id;
    return std::nullopt;
}

std::optional<unsigned> next_port(const Plan& plan, const PortRange& range) {
    return next_port(taken_ports(plan), range);
}

std::optional<std::vector<PortRange>> parse_port_ranges(std::string_view text) {
    std::vector<PortRange> ranges;
    const auto read = [](std::string_view number) -> std::optional<Port> {
        Port port = 0;
        const auto* end = number.data() + number.size();
        const auto [stop, error] = std::from_chars(number.data(), end, port);
        return error == std::errc{} && stop == end && !number.empty() ? std::optional(port)
                                                                      : std::nullopt;
    };
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        const auto one = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        const auto dash = one.find('-');
        const auto first = read(one.substr(0, dash));
        const auto last = dash == one.npos ? first : read(one.substr(dash + 1));
        if (!first || !last || *first > *last) return std::nullopt;
        ranges.push_back({*first, *last});
    }
    return ranges;
}

}  // namespace portolan::registry
