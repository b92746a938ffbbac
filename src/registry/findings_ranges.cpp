// Ports against the bounds and ranges that the plan declares for them.
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "portolan/registry/suggest.hpp"
#include "registry/report.hpp"

namespace portolan::registry {
namespace {

std::string text(const PortRange& range) { return fmt::format("{}-{}", range.first, range.last); }

bool overlap(const PortRange& a, const PortRange& b) noexcept {
    return a.first <= b.last && b.first <= a.last;
}

const Range* range_named(const Plan& plan, std::string_view name) {
    for (const auto& each : plan.ranges)
        if (each.name == name) return &each;
    return nullptr;
}

/// What is wrong with one port, and with several: "lies outside", "lie outside".
struct Wrong {
    std::string one;
    std::string several;
};

/// The claims that `is_wrong` picks, one finding for each instance.
template <class IsWrong>
void report_claims(Report& report, IsWrong is_wrong, const char* rule, const Wrong& wrong,
                   const std::string& cure) {
    std::map<unsigned, std::vector<const Claim*>> by_instance;
    for (const auto& each : report.all_claims())
        if (is_wrong(each)) by_instance[each.instance].push_back(&each);
    for (const auto& [instance, group] : by_instance) {
        std::vector<std::string> examples;
        std::vector<unsigned> ports;
        for (const auto* each : group) {
            examples.push_back(fmt::format("{} ({})", each->port, each->label()));
            ports.push_back(each->port);
        }
        report.error(
            rule, report.plan().convention->place,
            fmt::format("{} of instance {} {}: {}", counted(group.size(), "port"), instance,
                        group.size() == 1 ? wrong.one : wrong.several, listed(examples, 2)),
            cure, std::move(ports));
    }
}

void check_named_bounds(Report& report) {
    for (const auto& use : named_uses(report.plan()))
        if (use.number == 0)
            report.error("port-zero", use.place,
                         use.label() + " has port 0, on which nothing can listen",
                         "Give it a port from 1 to 65535.");
    for (const auto& service : report.plan().services)
        for (const auto& port : service.ports)
            for (const auto& each : service.endpoints)
                if (!each.port && !port.port)
                    report.error("endpoint-without-port", each.place,
                                 fmt::format("this endpoint of {} has no port, and neither has the "
                                             "service",
                                             service.name),
                                 "Write `port:` at the endpoint or at the service.");
}

void check_range_of(Report& report, const NamedUse& use) {
    const auto& plan = report.plan();
    const auto& wanted = use.service->range.value;
    if (!wanted.empty()) {
        const auto* range = range_named(plan, wanted);
        if (range == nullptr || range->ports.contains(use.number)) return;
        report.error("port-outside-its-range", use.place,
                     fmt::format("{} has port {}, outside its range \"{}\", {}", use.label(),
                                 use.number, wanted, text(range->ports)),
                     "Choose a port in that range, or name another range in `in:`.", {use.number});
        return;
    }
    if (plan.ranges.empty() ||
        std::any_of(plan.ranges.begin(), plan.ranges.end(),
                    [&](const Range& each) { return each.ports.contains(use.number); }))
        return;
    report.warning("port-outside-ranges", use.place,
                   fmt::format("{} has port {}, which is in no range", use.label(), use.number),
                   "Declare a range that holds it, or move the service into one.", {use.number});
}

void check_named_ranges(Report& report) {
    const auto& plan = report.plan();
    for (const auto& service : plan.services)
        if (!service.range.value.empty() && range_named(plan, service.range.value) == nullptr)
            report.error("unknown-range", service.range.place,
                         fmt::format("there is no range \"{}\"", service.range.value),
                         did_you_mean(service.range.value, names_of(plan.ranges)));
    for (const auto& use : named_uses(plan)) check_range_of(report, use);
}

void check_ranges_overlap(Report& report) {
    const auto& ranges = report.plan().ranges;
    for (std::size_t i = 0; i < ranges.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (overlap(ranges[i].ports, ranges[j].ports))
                report.warning(
                    "ranges-overlap", ranges[i].place,
                    fmt::format("the range \"{}\", {}, overlaps \"{}\", {} ({})", ranges[i].name,
                                text(ranges[i].ports), ranges[j].name, text(ranges[j].ports),
                                where(report.plan(), ranges[j].place, ranges[i].place)),
                    "Let every number belong to one range.");
}

/// From the convention's lowest number to its highest; nullopt without any.
std::optional<PortRange> span_of(const std::vector<Claim>& claims) {
    std::optional<PortRange> span;
    for (const auto& each : claims) {
        if (each.port > 65535) continue;
        const auto port = static_cast<Port>(each.port);
        if (!span) span = PortRange{port, port};
        span->first = std::min(span->first, port);
        span->last = std::max(span->last, port);
    }
    return span;
}

std::size_t claims_within(const std::vector<Claim>& claims, const PortRange& range) {
    return static_cast<std::size_t>(
        std::count_if(claims.begin(), claims.end(),
                      [&](const Claim& each) { return range.contains(each.port); }));
}

void check_span(Report& report) {
    const auto span = span_of(report.all_claims());
    if (!span) return;
    std::vector<std::string> names;
    Place place;
    for (const auto& range : report.plan().ranges) {
        if (!overlap(range.ports, *span)) continue;
        if (names.empty()) place = range.place;
        names.push_back(fmt::format("\"{}\" {} (with {} of its ports)", range.name,
                                    text(range.ports),
                                    claims_within(report.all_claims(), range.ports)));
    }
    if (names.empty()) return;
    report.note("range-in-convention", place,
                fmt::format("inside the convention's span {} {} {}", text(*span),
                            names.size() == 1 ? "lies the range" : "lie the ranges", listed(names)),
                "Keep new applications and types clear of these ranges, or move the ranges.");
}

void check_dynamic(Report& report) {
    const auto& plan = report.plan();
    if (!plan.dynamic) return;
    const auto& ports = plan.dynamic->ports;
    std::vector<std::string> taken;
    std::vector<unsigned> numbers;
    for (const auto& each : report.all_claims())
        if (ports.contains(each.port)) numbers.push_back(each.port);
    if (const auto count = claims_within(report.all_claims(), ports); count > 0)
        taken.push_back(counted(count, "port") + " of the convention");
    for (const auto& use : named_uses(plan))
        if (ports.contains(use.number)) {
            taken.push_back(fmt::format("{} ({})", use.number, use.label()));
            numbers.push_back(use.number);
        }
    if (taken.empty()) return;
    report.warning(
        "dynamic-overlap", plan.dynamic->place,
        fmt::format("dynamic registrations may take {}, where the plan has {}", text(ports),
                    listed(taken)),
        "Reserve the plan's ports on the hosts (net.ipv4.ip_local_reserved_ports), or give dynamic "
        "services another range.",
        std::move(numbers));
}

}  // namespace

void check_bounds(Report& report) {
    check_named_bounds(report);
    if (!report.plan().convention) return;
    const auto& bounds = report.plan().convention->bounds;
    report_claims(
        report, [](const Claim& each) { return each.port > 65535; }, "port-too-large",
        {"passes 65535, the highest port there is", "pass 65535, the highest port there is"},
        "Lower `instances:`, or change the pattern.");
    report_claims(
        report,
        [&](const Claim& each) { return each.port <= 65535 && !bounds.contains(each.port); },
        "port-out-of-bounds",
        {"lies outside the bounds " + text(bounds), "lie outside the bounds " + text(bounds)},
        "Change `bounds:`, or the ids that compose to these numbers.");
}

void check_ranges(Report& report) {
    check_named_ranges(report);
    check_ranges_overlap(report);
    check_span(report);
    check_dynamic(report);
}

}  // namespace portolan::registry
