#include "portolan/desk/write_plan.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "desk/conventions.hpp"
#include "desk/services.hpp"
#include "portolan/registry/findings.hpp"
#include "portolan/source/plan_file.hpp"
#include "portolan/zone/findings.hpp"

namespace portolan::desk {
namespace {

using registry::Finding;
using registry::Findings;
using registry::Plan;
using registry::Severity;

/// What every plan has: its zone, and a name server whose address is to be replaced (TEST-NET-1,
/// RFC 5737), as to_yaml says beside it. nullopt for a zone that cannot be.
std::optional<Plan> bare_plan(const Imported& imported, const PlanTerms& terms) {
    const auto text = fmt::format("zone: {}\nnameservers: {{ns1: 192.0.2.53}}\n", terms.zone);
    auto plan = source::read_plan("plan", [&](auto&) { return std::optional(text); }).plan;
    if (plan) plan->files = imported.files;
    return plan;
}

/// Takes the ports that a convention is about out of `ports`, and into `facts`, if one is asked for
/// and found.
std::optional<Inferred> find_convention(const Imported& imported, const PlanTerms& terms,
                                        std::vector<const ImportedPort*>& ports,
                                        std::vector<KeyedPort>& facts, Findings& findings) {
    if (!terms.infer) return {};
    for (const auto* port : ports)
        if (auto fact = keyed(*port)) facts.push_back(std::move(*fact));
    auto inferred = infer(facts);
    if (!inferred) {
        facts.clear();
        findings.push_back({Severity::warning, "no-convention", imported.files.front(), 0, 0,
                            "no convention explains more than half of the ports",
                            "Give rows an application, a type and an instance"});
        return {};
    }
    std::erase_if(facts, [&](const KeyedPort& each) {
        return inferred->strangers.contains(each.application);
    });
    report(*inferred, facts.size(), imported, findings);
    std::erase_if(ports, [&](const auto* port) {
        const auto fact = keyed(*port);
        return fact && !inferred->strangers.contains(fact->application);
    });
    return inferred;
}

void fill(Plan& plan, const Imported& imported, const PlanTerms& terms, Findings& findings) {
    std::vector<const ImportedPort*> ports;
    std::vector<KeyedPort> facts;
    for (const auto& port : imported.ports) ports.push_back(&port);
    const auto inferred = find_convention(imported, terms, ports, facts, findings);
    const auto named = by_name(ports, findings, imported);
    std::set<std::string> taken;
    for (const auto& each : facts) taken.insert(each.application);
    for (const auto& each : named)
        if (each.owns_label()) taken.insert(each.label);
    const Places places(imported, terms, taken, findings);
    plan.environments = places.environments();
    ServiceWriter writer(places, named, plan);
    for (const auto& each : named) writer.add(each);
    add_ranges(ports, plan);
    if (inferred) add_convention(*inferred, facts, places, plan);
}

// --- taking out what is wrong --------------------------------------------------------------------

/// Where something was said, as a finding has it.
using Line = std::tuple<std::string, std::uint32_t, std::uint32_t>;
using Lines = std::set<Line>;

Findings errors_of(const Plan& plan) {
    Findings errors = registry::check_ports(plan);
    const zone::Records nothing;
    for (auto& each : zone::check_names(plan, nothing)) errors.push_back(std::move(each));
    std::erase_if(errors, [](const Finding& each) { return each.severity != Severity::error; });
    return errors;
}

class Pruning {
public:
    Pruning(Plan& plan, const Findings& errors) : plan_(plan) {
        for (const auto& each : errors) lines_.insert({each.file, each.line, each.column});
    }

    /// Whether anything was taken out.
    bool run() {
        services();
        if (!changed_) ranges();
        if (!changed_) applications();
        if (!changed_) types();
        if (!changed_) hosts();
        return changed_;
    }

private:
    [[nodiscard]] bool is_hit(const registry::Place& place) const {
        return lines_.contains({plan_.files.at(place.file), place.line, place.column});
    }

    bool is_hit(const registry::NamedService& service) const {
        return is_hit(service.place) ||
               std::ranges::any_of(service.ports, [&](auto& port) { return is_hit(port.place); });
    }

    /// A service goes with its name or port, and an endpoint alone.
    void services() {
        decltype(plan_.services) kept;
        for (const auto& each : plan_.services) {
            auto service = each;
            const bool is_alone = service.endpoints.size() < 2;
            const auto gone = std::erase_if(service.endpoints, [&](auto& endpoint) {
                return !is_alone && is_hit(endpoint.place);
            });
            if (gone == 0 && (is_hit(service) || (is_alone && has_hit_endpoint(service)))) {
                changed_ = true;
                continue;
            }
            changed_ = changed_ || gone != 0;
            kept.push_back(std::move(service));
        }
        if (changed_) plan_.services = std::move(kept);
    }

    bool has_hit_endpoint(const registry::NamedService& service) const {
        return std::ranges::any_of(service.endpoints,
                                   [&](auto& endpoint) { return is_hit(endpoint.place); });
    }

    void ranges() {
        changed_ =
            std::erase_if(plan_.ranges, [&](auto& range) { return is_hit(range.place); }) != 0;
    }

    void applications() {
        if (plan_.convention) keep_unhit(plan_.convention->applications);
    }

    void types() {
        if (plan_.convention) keep_unhit(plan_.convention->types);
    }

    template <class Named>
    void keep_unhit(Named& all) {
        Named kept;
        for (const auto& each : all)
            if (!is_hit(each.place)) kept.push_back(each);
        changed_ = kept.size() != all.size();
        if (changed_) all = std::move(kept);
    }

    void hosts() {
        for (std::size_t i = 0; i < plan_.environments.size(); ++i) {
            const auto& hosts = plan_.environments[i].hosts;
            if (std::ranges::none_of(hosts, [&](auto& host) { return is_hit(host.place); }))
                continue;
            keep_unhit(plan_.environments.edit(i).hosts);
        }
    }

    Plan& plan_;
    Lines lines_;
    bool changed_ = false;
};

/// An error of the plan as a reason for what was left out of it.
Finding as_reason(Finding error) {
    error.severity = Severity::warning;
    error.message += "; left out";
    return error;
}

/// The plan that the file carries, if it is one.
WrittenPlan whole_plan(const Imported& imported) {
    auto read = source::read_plan("plan", [&](auto&) { return std::optional(imported.plan); });
    std::erase_if(read.findings, [](auto& each) { return each.severity != Severity::error; });
    if (read.plan)
        for (auto& each : errors_of(*read.plan)) read.findings.push_back(std::move(each));
    if (!read.plan || !read.findings.empty()) return {"", std::move(read.findings)};
    WrittenPlan written{imported.plan, {}};
    if (const auto& records = read.plan->records)
        written.findings.push_back(
            {Severity::warning, "file-beside", imported.files.front(), 0, 0,
             fmt::format("the plan reads {}, which is not in it", records->value),
             "Put that file beside the plan"});
    return written;
}

}  // namespace

WrittenPlan write_checked(Plan plan) {
    WrittenPlan written;
    for (;;) {
        auto errors = errors_of(plan);
        if (errors.empty()) break;
        const bool changed = Pruning(plan, errors).run();
        for (auto& each : errors)
            written.findings.push_back(changed ? as_reason(std::move(each)) : std::move(each));
        if (!changed) return written;
    }
    written.text = to_yaml(plan);
    return written;
}

WrittenPlan write_plan(const Imported& imported, const PlanTerms& terms) {
    if (!imported.plan.empty()) return whole_plan(imported);
    auto plan = bare_plan(imported, terms);
    if (imported.ports.empty() || !plan) return {};
    Findings findings;
    fill(*plan, imported, terms, findings);
    auto written = write_checked(std::move(*plan));
    written.findings.insert(written.findings.begin(), std::make_move_iterator(findings.begin()),
                            std::make_move_iterator(findings.end()));
    return written;
}

}  // namespace portolan::desk
