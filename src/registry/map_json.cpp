#include "portolan/registry/map_json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <climits>
#include <set>

#include "portolan/registry/about.hpp"
#include "portolan/registry/expiry.hpp"
#include "portolan/registry/port_map.hpp"
#include "registry/announced.hpp"
#include "registry/endpoint_text.hpp"

namespace portolan::registry {
namespace {

namespace json = boost::json;

json::array strings(const std::vector<std::string>& texts) {
    return json::array(texts.begin(), texts.end());
}

/// What tells two findings of one plan apart.
std::string text_of(const Finding& finding) {
    return fmt::format("{} {}:{} {}", finding.rule, finding.line, finding.column, finding.message);
}

// --- a zone -------------------------------------------------------------------------------------

json::array environments_json(const Plan& plan) {
    json::array all;
    for (const auto& each : plan.environments) {
        json::array aliases;
        for (const auto& alias : each.aliases) aliases.emplace_back(alias.value);
        all.push_back({{"name", each.name}, {"aliases", std::move(aliases)}});
    }
    return all;
}

/// What the pattern's letters stand for: {"X": "instance", "Y": "application", "Z": "type"}.
json::object fields_json(const Pattern& pattern) {
    json::object fields;
    for (const auto& field : pattern.fields) {
        std::size_t behind = 0;  // digits to the right of the field
        for (auto scale = field.scale; scale > 1; scale /= 10) ++behind;
        fields[pattern.text.substr(pattern.text.size() - 1 - behind, 1)] = to_string(field.kind);
    }
    return fields;
}

json::array applications_json(const Plan& plan) {
    json::array all;
    for (const auto& each : plan.convention->applications)
        all.push_back({{"id", each.id},
                       {"name", each.name},
                       {"owner", each.about.owner},
                       {"description", each.about.description},
                       {"until", until_text(each.about)},
                       {"place", plan.text(each.place)}});
    return all;
}

json::array types_json(const Plan& plan) {
    json::array all;
    const auto add = [&](const PortType& type, unsigned id, const std::string& environment) {
        all.push_back({{"id", id},
                       {"name", type.name},
                       {"protocol", to_string(type.protocol)},
                       {"published", type.publish},
                       {"multicast", type.multicast},
                       {"environment", environment},
                       {"owner", type.about.owner},
                       {"description", type.about.description},
                       {"until", until_text(type.about)}});
    };
    for (const auto& type : plan.convention->types) {
        if (type.id) add(type, *type.id, "");
        for (const auto& each : type.ids) {
            const auto* environment = plan.environment(each.environment);
            add(type, each.id, environment == nullptr ? each.environment : environment->name);
        }
    }
    return all;
}

json::array services_json(const Plan& plan) {
    json::array all;
    for (const auto& each : plan.services)
        all.push_back({{"name", each.name},
                       {"owner", each.about.owner},
                       {"description", each.about.description},
                       {"until", until_text(each.about)},
                       {"place", plan.text(each.place)}});
    return all;
}

/// Who has which number, each holder of it once.
using Holders = std::map<unsigned, std::set<std::string>>;

Holders holders_of(const Plan& plan) {
    Holders holders;
    if (plan.convention)
        for (const auto& each : claims(*plan.convention)) holders[each.port].insert(each.text());
    for (const auto& each : named_uses(plan)) holders[each.number].insert(each.label());
    return holders;
}

/// A range as runs of numbers that one holder has, and runs that nobody has.
void add_runs(const Holders& holders, const PortRange& range, json::object& out) {
    json::array held;
    json::array gaps;
    unsigned next = range.first;
    const auto add_gap = [&](unsigned end) {
        if (next < end) gaps.push_back({{"first", next}, {"last", end - 1}});
    };
    for (auto at = holders.lower_bound(range.first); at != holders.end() && at->first <= range.last;
         ++at) {
        add_gap(at->first);
        const json::string text(fmt::format("{}", fmt::join(at->second, ", ")));
        if (next == at->first && !held.empty() && held.back().at("text").as_string() == text) {
            held.back().as_object()["last"] = at->first;
        } else {
            held.push_back({{"first", at->first}, {"last", at->first}, {"text", text}});
        }
        next = at->first + 1;
    }
    add_gap(range.last + 1U);
    out["holders"] = std::move(held);
    out["gaps"] = std::move(gaps);
}

json::array ranges_json(const Plan& plan) {
    const Holders holders = holders_of(plan);
    json::array all;
    for (const auto& each : plan.ranges) {
        json::object range{{"first", each.ports.first},
                           {"last", each.ports.last},
                           {"name", each.name},
                           {"owner", each.about.owner},
                           {"description", each.about.description},
                           {"until", until_text(each.about)}};
        add_runs(holders, each.ports, range);
        all.push_back(std::move(range));
    }
    return all;
}

std::string place_text(const Finding& finding) {
    if (finding.line == 0) return finding.file;
    return fmt::format("{}:{}:{}", finding.file, finding.line, finding.column);
}

json::array findings_json(const Findings& findings, const PortRules& rules) {
    json::array all;
    for (const auto& each : findings) {
        const auto& ports = rules.ports_of(each);
        all.push_back({{"severity", to_string(each.severity)},
                       {"rule", each.rule},
                       {"message", each.message},
                       {"cure", each.cure},
                       {"place", place_text(each)},
                       {"ports", json::array(ports.begin(), ports.end())}});
    }
    return all;
}

// --- rows ---------------------------------------------------------------------------------------

/// The rows of one service as they are made.
class Rows {
public:
    Rows(const Desk& desk, const Registry& registry, const PortRules& rules, const Service& service)
        : desk_(desk), registry_(registry), rules_(rules), service_(service),
          srv_(is_published(service) ? desk.srv_owner(registry.plan, service) : "") {}

    json::array all() {
        for (const auto& each : service_.endpoints) add(each, false);
        for (const auto& each : service_.withheld) add(each, true);
        if (service_.application != nullptr) add_unplaced();
        if (desk_.catalog != nullptr) add_unserved();
        if (rows_.empty()) add_empty();
        json::array all;
        for (auto& [instance, row] : rows_) all.push_back(std::move(row));
        return all;
    }

private:
    /// What has announced itself is no instance, and comes last.
    void add(unsigned instance, json::object row) {
        rows_.emplace(instance == 0 ? UINT_MAX : instance, std::move(row));
    }

    [[nodiscard]] json::object bare(unsigned instance, unsigned port) const {
        const bool is_composed = service_.application != nullptr;
        return {{"service", service_.label()},
                {"application", is_composed ? service_.application->name : ""},
                {"type", service_.kind()},
                {"instance", instance == 0 ? "" : std::to_string(instance)},
                {"port", port},
                {"protocol", to_string(service_.protocol)},
                {"host", ""},
                {"addresses", json::array()},
                {"srv", srv_},
                {"verdict", ""},
                {"aside", ""},
                {"owner", service_.about().owner},
                {"findings", strings(rules_.of(port))}};
    }

    void add(const Endpoint& endpoint, bool is_withheld) {
        if (!endpoint.is_group) return add(endpoint, endpoint.instance, is_withheld);
        const auto* placement = service_.environment->placement(service_.application->name);
        for (const auto& placed : placement->instances) add(endpoint, placed.instance, is_withheld);
    }

    void add(const Endpoint& endpoint, unsigned instance, bool is_withheld) {
        auto row = bare(instance, endpoint.port);
        const auto addresses = addresses_of(registry_, endpoint);
        row["host"] = host_text(endpoint);
        row["addresses"] = strings(texts_of(addresses));
        if (!srv_.empty()) {
            row["priority"] = endpoint.priority;
            row["weight"] = endpoint.weight;
        }
        row["verdict"] = is_watched(endpoint) ? to_string(endpoint.verdict) : "unchecked";
        if (is_withheld) row["withheld"] = true;
        for (const auto& each : addresses) {
            if (desk_.catalog == nullptr || endpoint.port > UINT16_MAX) break;
            const auto* there =
                desk_.catalog->at(each, static_cast<Port>(endpoint.port), service_.protocol);
            if (there == nullptr || !is_of_service(there->registration)) continue;
            shown_.insert(there);
            add_registration(row, *there);
            break;
        }
        add(instance, std::move(row));
    }

    void add_registration(json::object& row, const Registered& one) const {
        row["registration"] = one.said().id;
        row["expiry"] = strings(expiry(one, desk_.now, desk_.catalog->keeps(one)));
        if (one.aside)
            row["aside"] =
                one.aside->reason.empty() ? to_string(one.aside->verdict) : one.aside->reason;
    }

    [[nodiscard]] bool is_of_service(const Registration& one) const {
        return one.zone == registry_.plan.zone.value && one.protocol == service_.protocol &&
               one.environment == service_.environment->name &&
               one.said.service == service_.label();
    }

    /// Registrations that are in no set now.
    void add_unserved() {
        for (const auto* one : desk_.catalog->of_service(service_.label())) {
            if (!is_of_service(one->registration) || shown_.contains(one)) continue;
            auto row = bare(0, one->said().port);
            const auto* host = host_with(registry_, *service_.environment, one->said().address);
            row["host"] = host != nullptr ? host->name : announced_label(one->said().address);
            row["addresses"] = json::array{to_string(one->said().address)};
            row["verdict"] = to_string(one->verdict());
            row["withheld"] = true;
            add_registration(row, *one);
            add(0, std::move(row));
        }
    }

    /// The convention's numbers of instances that are placed nowhere.
    void add_unplaced() {
        const auto& convention = *registry_.plan.convention;
        const bool is_one_number = service_.type->instance || service_.type->multicast;
        if (is_one_number && !rows_.empty()) return;
        std::set<unsigned> placed;
        for (const auto& [instance, row] : rows_) placed.insert(instance);
        const auto last = is_one_number ? convention.first_instance : convention.last_instance;
        for (auto instance = convention.first_instance; instance <= last; ++instance) {
            const auto port = port_of(convention, *service_.application, *service_.type, instance,
                                      service_.environment);
            if (placed.contains(instance) || !port) continue;
            add(instance, bare(is_one_number ? 0 : instance, *port));
        }
    }

    /// A service of the registry that nothing serves.
    void add_empty() {
        if (service_.port == nullptr || !service_.port->port) return;
        add(0, bare(0, *service_.port->port));
    }

    const Desk& desk_;
    const Registry& registry_;
    const PortRules& rules_;
    const Service& service_;
    const std::string srv_;
    std::multimap<unsigned, json::object> rows_;  // by instance
    std::set<const Registered*> shown_;
};

}  // namespace

PortRules::PortRules(const Plan& plan) {
    for (auto& [finding, ports] : port_findings(plan)) {
        if (ports.empty()) continue;
        std::ranges::sort(ports);
        ports.erase(std::unique(ports.begin(), ports.end()), ports.end());
        for (const auto port : ports) {
            auto& rules = by_port_[port];
            if (std::ranges::count(rules, finding.rule) == 0) rules.push_back(finding.rule);
        }
        by_finding_.emplace(text_of(finding), std::move(ports));
    }
}

const std::vector<std::string>& PortRules::of(unsigned port) const {
    static const std::vector<std::string> none;
    const auto found = by_port_.find(port);
    return found == by_port_.end() ? none : found->second;
}

const std::vector<unsigned>& PortRules::ports_of(const Finding& finding) const {
    static const std::vector<unsigned> none;
    const auto found = by_finding_.find(text_of(finding));
    return found == by_finding_.end() ? none : found->second;
}

json::object zone_json(const Plan& plan, std::uint32_t serial, const Findings& findings,
                       const PortRules& rules) {
    const auto* convention = plan.convention ? &*plan.convention : nullptr;
    json::object out{
        {"zone", plain_text(plan.zone.value.view())},
        {"serial", serial},
        {"pattern", convention != nullptr ? convention->pattern.text : ""},
        {"fields", convention != nullptr ? fields_json(convention->pattern) : json::object()},
        {"instances",
         {{"first", convention != nullptr ? convention->first_instance : 0},
          {"last", convention != nullptr ? convention->last_instance : 0}}},
        {"environments", environments_json(plan)},
        {"applications", convention != nullptr ? applications_json(plan) : json::array()},
        {"types", convention != nullptr ? types_json(plan) : json::array()},
        {"services", services_json(plan)},
        {"ranges", ranges_json(plan)},
        {"findings", findings_json(findings, rules)}};
    if (plan.dynamic)
        out["dynamic"] = json::object{{"first", plan.dynamic->ports.first},
                                      {"last", plan.dynamic->ports.last},
                                      {"names", strings(plan.dynamic->names)}};
    return out;
}

json::array rows_json(const Desk& desk, const Registry& registry, const PortRules& rules,
                      const Service& service) {
    return Rows(desk, registry, rules, service).all();
}

json::array rows_json(const Desk& desk, const Registry& registry, const PortRules& rules,
                      const Environment& environment, std::string_view subject) {
    json::array all;
    for (const auto& service : services_of(registry, environment, subject))
        for (auto& row : rows_json(desk, registry, rules, service)) all.push_back(std::move(row));
    return all;
}

}  // namespace portolan::registry
