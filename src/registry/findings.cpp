#include "portolan/registry/findings.hpp"

#include "registry/report.hpp"

namespace portolan::registry {

void Report::add(Severity severity, std::string rule, const Place& place, std::string message,
                 std::string cure, Ports ports) {
    found_.emplace(place, PortFinding{plan_.finding(severity, std::move(rule), place,
                                                    std::move(message), std::move(cure)),
                                      std::move(ports)});
}

std::vector<PortFinding> Report::in_plan_order() const {
    std::vector<PortFinding> findings;
    for (const auto& [place, finding] : found_) findings.push_back(finding);
    return findings;
}

std::string listed(const std::vector<std::string>& names, std::size_t limit) {
    std::string text;
    const bool cut = names.size() > limit + 1;  // "and 1 more" is longer than its name
    const auto shown = cut ? limit : names.size();
    for (std::size_t i = 0; i < shown; ++i) {
        const bool last = !cut && i + 1 == shown;
        text += (i == 0 ? "" : last ? " and " : ", ") + names[i];
    }
    return cut ? text + " and " + std::to_string(names.size() - limit) + " more" : text;
}

std::string counted(std::size_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string where(const Plan& plan, const Place& place, const Place& from) {
    if (place.line == 0) return "the plan";
    if (place.file == from.file) return "line " + std::to_string(place.line);
    return plan.text({place.file, place.line, 0});
}

std::vector<PortFinding> port_findings(const Plan& plan) {
    if (plan.is_master_file_only()) return {};
    Report report(plan);
    check_ids(report);
    check_bounds(report);
    check_collisions(report);
    check_ranges(report);
    check_references(report);
    check_placements(report);
    check_addresses(report);
    check_environments(report);
    check_multicast(report);
    check_platforms(report);
    return report.in_plan_order();
}

Findings check_ports(const Plan& plan) {
    Findings findings;
    for (auto& each : port_findings(plan)) findings.push_back(std::move(each.finding));
    return findings;
}

}  // namespace portolan::registry
