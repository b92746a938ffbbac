// A zone as a plain value, for signing to look at.
#pragma once

#include <set>

#include "portolan/sign/signing.hpp"
#include "portolan/zone/derive.hpp"

namespace portolan::test {

/// Slow and obvious: everything is found by walking over all nodes.
class PlainStanding : public sign::Standing {
public:
    explicit PlainStanding(dns::NameView apex) : zone(apex) {}

    void for_each(
        const std::function<void(dns::NameView, const sign::Sets&)>& visit) const override {
        for (const auto& [owner, sets] : zone.nodes()) {
            if (!is_hashed(sets)) visit(owner, sets);
        }
    }
    void for_each_hashed(
        const std::function<void(dns::NameView, const sign::Sets&)>& visit) const override {
        for (const auto& [owner, sets] : zone.nodes()) {
            if (is_hashed(sets)) visit(owner, sets);
        }
    }
    sign::Sets at(dns::NameView owner) const override {
        const auto* node = zone.node(owner);
        return node == nullptr || is_hashed(*node) ? sign::Sets() : *node;
    }
    sign::Sets at_hashed(dns::NameView place) const override {
        const auto* node = zone.node(place);
        return node == nullptr || !is_hashed(*node) ? sign::Sets() : *node;
    }
    std::size_t children(dns::NameView owner) const override {
        std::set<dns::PackedName, dns::CanonicalOrder> found;
        const unsigned labels = owner.label_count() + 1;
        for (const auto& [name, sets] : zone.nodes()) {
            const dns::NameView view = name;
            if (is_hashed(sets) || view.label_count() < labels || !view.is_at_or_below(owner))
                continue;
            found.insert(dns::PackedName(view.ancestor(view.label_count() - labels)));
        }
        return found.size();
    }
    bool is_occluded(dns::NameView owner) const override {
        for (dns::NameView above = owner; above != zone.apex();) {
            above = above.parent();
            if (zone.find(above, dns::Type::dname) != nullptr) return true;
            if (above != zone.apex() && zone.find(above, dns::Type::ns) != nullptr) return true;
        }
        return false;
    }
    dns::Name place_before(dns::NameView place) const override {
        const dns::PackedName* last = nullptr;
        const dns::PackedName* before = nullptr;
        for (const auto& [owner, sets] : zone.nodes()) {
            if (!is_in_ring(sets)) continue;
            last = &owner;
            if (owner.view() < place) before = &owner;
        }
        return dns::Name((before != nullptr ? before : last)->view());
    }

    zone::Zone zone;

private:
    static bool has(const zone::Node& sets, dns::Type type) {
        return std::ranges::any_of(sets, [type](const auto& set) { return set->type() == type; });
    }
    static bool is_hashed(const zone::Node& sets) { return has(sets, dns::Type::nsec3); }
    static bool is_in_ring(const zone::Node& sets) {
        return has(sets, dns::Type::nsec3) || has(sets, dns::Type::nsec);
    }
};

}  // namespace portolan::test
