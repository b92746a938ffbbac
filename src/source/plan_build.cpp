#include "source/plan_build.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "portolan/dns/presentation.hpp"
#include "source/plan_parts.hpp"

namespace portolan::source::plan {
namespace {

using registry::NameServer;
using registry::Place;
using registry::Plan;

// --- name servers --------------------------------------------------------------------------------

/// "ns1", or "ns1.svc.corp.example." which says the same.
std::optional<std::string> label_in_zone(const Node& key, dns::NameView zone) {
    if (!key.text.ends_with('.')) return *read_label(key.text);
    const auto name = read_domain(key.text);
    if (!name->view().is_at_or_below(zone) ||
        name->view().label_count() != zone.label_count() + 1) {
        return {};
    }
    const dns::OctetView label = name->view().first_label();
    return *read_label({reinterpret_cast<const char*>(label.data()), label.size()});
}

void refuse_server(const Node& key, std::string message, std::string cure, Report& report) {
    report.error(key.place, "name-server", fmt::format("{} {}", key.text, message),
                 std::move(cure));
}

void add_own_server(const Node& key, std::string label, NameServer server, Plan& plan,
                    Report& report) {
    dns::Name name(plan.zone.value.view());
    if (server.addresses.empty()) {
        return refuse_server(key, "has no address", "Give the addresses that it answers on",
                             report);
    }
    if (!name.prepend(label)) {
        return refuse_server(key, "makes a name of over 255 octets", "Shorten it", report);
    }
    server.label = std::move(label);
    server.name = name;
    plan.nameservers.push_back(std::move(server));
}

void add_foreign_server(const Node& key, NameServer server, Plan& plan, Report& report) {
    server.name = *read_domain(key.text);
    if (server.name.view().is_at_or_below(plan.zone.value.view())) {
        return refuse_server(key, "lies deeper in the zone than one label",
                             "Write one label for a server in the zone", report);
    }
    if (!server.addresses.empty()) {
        return refuse_server(key, "is foreign, so its addresses are not this zone's to give",
                             "Write [] for its addresses", report);
    }
    plan.nameservers.push_back(std::move(server));
}

void add_server(const Node& key, const Node& value, Plan& plan, Report& report) {
    NameServer server;
    server.place = key.place;
    server.addresses = addresses_of(value);
    if (auto label = label_in_zone(key, plan.zone.value.view())) {
        add_own_server(key, std::move(*label), std::move(server), plan, report);
    } else {
        add_foreign_server(key, std::move(server), plan, report);
    }
}

void require_servers(const Node& root, const Plan& plan, Report& report) {
    if (root.find("nameservers") != nullptr || plan.is_master_file_only()) return;
    report.error(plan.zone.place, "missing-key", "a plan needs the key nameservers",
                 "Add \"nameservers: {ns1: [192.0.2.53]}\"");
}

// --- SOA and TTLs --------------------------------------------------------------------------------

dns::PackedName contact_of(const Node& root, const Plan& plan) {
    if (const Node* node = valid_value(root, "contact")) return *read_contact(node->text);
    dns::Name name(plan.zone.value.view());
    if (!name.prepend("hostmaster")) return plan.zone.value;
    return name;
}

void build_timers(const Node& root, Plan& plan) {
    if (const Node* ttls = valid_value(root, "ttls")) {
        set_duration(*ttls, "service", plan.ttls.service);
        set_duration(*ttls, "host", plan.ttls.host);
        set_duration(*ttls, "infrastructure", plan.ttls.infrastructure);
        set_duration(*ttls, "negative", plan.ttls.negative);
    }
    if (const Node* soa = valid_value(root, "soa")) {
        set_duration(*soa, "refresh", plan.soa.refresh);
        set_duration(*soa, "retry", plan.soa.retry);
        set_duration(*soa, "expire", plan.soa.expire);
    }
}

}  // namespace

void refuse_default(const Node& key, Report& report) {
    if (*read_label(key.text) != "default") return;
    report.error(key.place, "reserved-name",
                 "default is no name to give: under place it means all that are not named",
                 "Rename it");
}

// --- reading valid nodes -------------------------------------------------------------------------

const Node* valid_value(const Node& mapping, std::string_view key) noexcept {
    const Node* node = mapping.find(key);
    return node != nullptr && node->valid ? node : nullptr;
}

std::string text_of(const Node& mapping, std::string_view key) {
    const Node* node = valid_value(mapping, key);
    return node != nullptr ? node->text : std::string();
}

std::uint32_t number(const Node& scalar) { return *read_number(scalar.text, 0, 0xFFFFFFFF); }

std::optional<std::uint32_t> number_of(const Node& mapping, std::string_view key) {
    const Node* node = valid_value(mapping, key);
    if (node == nullptr) return {};
    return number(*node);
}

std::optional<std::uint16_t> number16_of(const Node& mapping, std::string_view key) {
    const auto value = number_of(mapping, key);
    if (!value) return {};
    return static_cast<std::uint16_t>(*value);
}

bool flag_of(const Node& mapping, std::string_view key, bool otherwise) {
    const Node* node = valid_value(mapping, key);
    return node != nullptr ? *read_flag(node->text) : otherwise;
}

void set_duration(const Node& mapping, std::string_view key, std::uint32_t& seconds) {
    if (const Node* node = valid_value(mapping, key)) seconds = *read_duration(node->text);
}

std::string label_of(const Node& mapping, std::string_view key) {
    const Node* node = valid_value(mapping, key);
    return node != nullptr ? *read_label(node->text) : std::string();
}

std::vector<registry::Placed<std::string>> labels_of(const Node& mapping, std::string_view key) {
    std::vector<registry::Placed<std::string>> labels;
    const Node* node = valid_value(mapping, key);
    if (node == nullptr) return labels;
    for_each_valid(*node, [&](const Node&, const Node& label) {
        labels.push_back({*read_label(label.text), label.place});
    });
    return labels;
}

registry::About about_of(const Node& mapping) {
    const Node* until = valid_value(mapping, "until");
    return {text_of(mapping, "owner"), text_of(mapping, "description"),
            until == nullptr ? std::nullopt : std::optional(*read_date(until->text))};
}

std::optional<bool> browse_of(const Node& mapping) {
    const Node* node = valid_value(mapping, "browse");
    return node != nullptr ? std::optional(*read_flag(node->text)) : std::nullopt;
}

std::optional<registry::WhenEmpty> when_empty_of(const Node& mapping) {
    const std::string word = text_of(mapping, "when_empty");
    if (word == "nodata") return registry::WhenEmpty::nodata;
    if (word == "dot") return registry::WhenEmpty::dot;
    if (word == "nxdomain") return registry::WhenEmpty::nxdomain;
    return {};
}

registry::Protocol protocol_of(const Node& mapping, registry::Protocol otherwise) {
    return registry::parse_protocol(text_of(mapping, "proto")).value_or(otherwise);
}

std::vector<registry::Placed<registry::Address>> addresses_of(const Node& node) {
    std::vector<registry::Placed<registry::Address>> addresses;
    addresses.reserve(std::max<std::size_t>(node.entries.size(), 1));
    if (node.form == Node::Form::scalar)
        addresses.push_back({*read_address(node.text), node.place});
    for_each_valid(node, [&](const Node&, const Node& item) {
        addresses.push_back({*read_address(item.text), item.place});
    });
    return addresses;
}

// --- the whole -----------------------------------------------------------------------------------

std::optional<Plan> build_plan(const Node& root, Report& report,
                               std::optional<registry::Environments> environments) {
    const Node* zone = valid_value(root, "zone");
    if (zone == nullptr) return {};
    Plan plan;
    plan.files = report.files();
    dns::Name apex(read_domain(zone->text)->view());
    apex.lower();
    plan.zone = {apex, zone->place};

    if (const Node* node = valid_value(root, "nameservers")) {
        for_each_valid(*node, [&](const Node& key, const Node& value) {
            add_server(key, value, plan, report);
        });
    }
    plan.contact = contact_of(root, plan);
    build_timers(root, plan);
    if (text_of(root, "weight_scale") == "haproxy")
        plan.weight_scale = registry::WeightScale::haproxy;
    plan.when_empty = when_empty_of(root).value_or(plan.when_empty);
    plan.browse = flag_of(root, "browse", false);
    const Node* health = valid_value(root, "health");
    CheckReader checks(health, report);
    if (health != nullptr) plan.health = health_of(*health);
    if (const Node* node = valid_value(root, "convention")) {
        build_convention(*node, plan, checks, report);
    }
    if (const Node* node = valid_value(root, "registry")) {
        build_registry(*node, plan, checks, report);
    }
    check_via(health, plan, report);
    if (environments) {
        plan.environments = std::move(*environments);
    } else if (const Node* node = valid_value(root, "environments")) {
        for_each_valid(*node, [&](const Node& key, const Node& value) {
            plan.environments.push_back(environment_of(key, value));
        });
    }
    if (const Node* node = valid_value(root, "transfer"))
        plan.transfer = transfer_of(*node, report);
    if (const Node* node = valid_value(root, "updates")) plan.updates = updates_of(*node, report);
    if (const Node* node = valid_value(root, "dnssec")) plan.dnssec = dnssec_of(*node, report);
    if (const Node* node = valid_value(root, "records")) {
        plan.records = {beside(report.files().at(node->place.file), node->text), node->place};
    }
    require_servers(root, plan, report);
    return plan;
}

}  // namespace portolan::source::plan
