#include <algorithm>

#include "portolan/registry/about.hpp"
#include "source/plan_build.hpp"

namespace portolan::source::plan {
namespace {

using registry::Environment;
using registry::PlacedInstance;
using registry::Placement;

void set_networks(const Node& node, Environment& environment) {
    const Node* networks = valid_value(node, "networks");
    if (networks == nullptr) return;
    const auto add = [&](const Node&, const Node& item) {
        environment.networks.push_back({*read_network(item.text), item.place});
    };
    if (networks->form == Node::Form::scalar) return add(*networks, *networks);
    for_each_valid(*networks, add);
}

/// A host whose addresses are at fault stays, so that nobody says that it does not exist.
void add_host(const Node::Entry& entry, Environment& environment) {
    registry::Host host;
    host.name = *read_label(entry.key->text);
    host.place = entry.key->place;
    const Node& value = *entry.value;
    if (value.valid && value.form == Node::Form::mapping) {
        auto about = about_of(value);
        if (!registry::is_empty(about))
            host.about = std::make_shared<const registry::About>(std::move(about));
        if (const Node* addresses = valid_value(value, "addresses")) {
            host.addresses = addresses_of(*addresses);
        }
    } else if (value.valid) {
        host.addresses = addresses_of(value);
    }
    environment.hosts.push_back(std::move(host));
}

void set_hosts(const Node& node, Environment& environment) {
    const Node* hosts = valid_value(node, "hosts");
    if (hosts == nullptr) return;
    environment.hosts.reserve(hosts->entries.size());
    for (const Node::Entry& entry : hosts->entries) {
        if (entry.key->valid) add_host(entry, environment);
    }
}

// --- placement -----------------------------------------------------------------------------------

void add_instance(unsigned number_of_it, const Node& value, Placement& placement) {
    PlacedInstance placed;
    placed.instance = number_of_it;
    placed.place = value.place;
    if (value.form == Node::Form::scalar) {
        placed.host = *read_label(value.text);
    } else {
        placed.host = label_of(value, "host");
        placed.priority = number16_of(value, "priority");
        placed.weight = number16_of(value, "weight");
    }
    if (!placed.host.empty()) placement.instances.push_back(std::move(placed));
}

Placement placement_of(const Node& key, const Node& value) {
    Placement placement;
    placement.subject = *read_label(key.text);
    placement.place = key.place;
    if (value.form == Node::Form::scalar) add_instance(1, value, placement);
    if (value.form == Node::Form::mapping) {
        placement.instances.reserve(value.entries.size());
        for_each_valid(value, [&](const Node& instance, const Node& item) {
            add_instance(number(instance), item, placement);
        });
    }
    if (value.form == Node::Form::sequence) {
        placement.instances.reserve(value.entries.size());
        for (std::size_t i = 0; i < value.entries.size(); ++i) {
            const Node& item = *value.entries[i].value;
            if (item.valid) add_instance(static_cast<unsigned>(i + 1), item, placement);
        }
    }
    std::ranges::sort(placement.instances, {}, &PlacedInstance::instance);  // no two are equal
    return placement;
}

void set_placements(const Node& node, Environment& environment) {
    const Node* place = valid_value(node, "place");
    if (place == nullptr) return;
    std::vector<Placement> all;
    for_each_valid(*place, [&](const Node& key, const Node& value) {
        all.push_back(placement_of(key, value));
    });
    default_first(all);
    environment.placements.reserve(all.size());
    for (Placement& each : all) environment.placements.push_back(std::move(each));
}

// --- failover and overrides ----------------------------------------------------------------------

std::optional<registry::Failover> failover_of(const Node& node) {
    const std::string word = text_of(node, "failover");
    if (word == "ordered") return registry::Failover::ordered;
    if (word == "balanced") return registry::Failover::balanced;
    if (word == "leader") return registry::Failover::leader;
    return {};
}

void set_overrides(const Node& node, Environment& environment) {
    const Node* overrides = valid_value(node, "override");
    if (overrides == nullptr) return;
    for_each_valid(*overrides, [&](const Node& key, const Node& value) {
        registry::Override one;
        one.subject = *read_label(key.text);
        one.place = key.place;
        one.failover = failover_of(value);
        one.leader = number_of(value, "leader");
        if (const Node* ttl = valid_value(value, "ttl")) one.ttl = *read_duration(ttl->text);
        one.health = health_terms_of(value);
        environment.overrides.push_back(std::move(one));
    });
}

}  // namespace

void default_first(std::vector<Placement>& placements) {
    const auto usual = std::ranges::find(placements, "default", &Placement::subject);
    if (usual != placements.end()) std::rotate(placements.begin(), usual, usual + 1);
}

registry::Environment environment_of(const Node& key, const Node& value) {
    Environment environment;
    environment.name = *read_label(key.text);
    environment.place = key.place;
    environment.aliases = labels_of(value, "aliases");
    set_networks(value, environment);
    if (const Node* group = valid_value(value, "multicast")) {
        environment.multicast = {*read_address(group->text), group->place};
    }
    set_hosts(value, environment);
    set_placements(value, environment);
    environment.failover = failover_of(value).value_or(registry::Failover::ordered);
    set_overrides(value, environment);
    environment.about = about_of(value);
    return environment;
}

}  // namespace portolan::source::plan
