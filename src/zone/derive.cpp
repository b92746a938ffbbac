#include "portolan/zone/derive.hpp"

#include <algorithm>
#include <string_view>

#include "portolan/zone/units.hpp"

namespace portolan::zone {
namespace {

/// Units in the one order that both plans share: by kind, then by key. A master file may hold
/// several sets at one owner; their types tell them apart.
bool comes_before(const Unit& a, const Unit& b) noexcept {
    if (a.index() != b.index()) return a.index() < b.index();
    if (const auto order = key_of(a) <=> key_of(b); order != 0) return order < 0;
    const auto* x = std::get_if<RecordsUnit>(&a);
    return x != nullptr && x->rrset->type() < std::get<RecordsUnit>(b).rrset->type();
}

std::vector<Unit> sorted_units(const registry::Plan& plan, const ExtraRrsets& extra) {
    std::vector<Unit> units;
    for (auto& placed : units_of(plan, extra)) units.push_back(std::move(placed.unit));
    std::ranges::sort(units, comes_before);  // no two of a checked plan are alike
    return units;
}

/// The units of one plan that the other does not have, or has differently.
struct Difference {
    std::vector<const Unit*> gone;
    std::vector<const Unit*> come;
};

Difference difference(const std::vector<Unit>& before, const std::vector<Unit>& after) {
    Difference result;
    auto x = before.begin();
    auto y = after.begin();
    while (x != before.end() || y != after.end()) {
        if (y == after.end() || (x != before.end() && comes_before(*x, *y))) {
            result.gone.push_back(&*x++);
        } else if (x == before.end() || comes_before(*y, *x)) {
            result.come.push_back(&*y++);
        } else {
            if (!(*x == *y)) {
                result.gone.push_back(&*x);
                result.come.push_back(&*y);
            }
            ++x;
            ++y;
        }
    }
    return result;
}

void put(Zone& zone, const Unit& unit) {
    for (auto& set : rrsets_of(unit)) zone.put(set.owner, std::move(set.rrset));
}

}  // namespace

Zone derive(const registry::Plan& plan, const ExtraRrsets& extra, dns::Serial serial) {
    Zone zone(plan.zone.value);
    for (const auto& placed : units_of(plan, extra)) put(zone, placed.unit);
    if (!plan.is_master_file_only()) zone.set_serial(serial);
    return zone;
}

std::size_t rederive(Zone& zone, const registry::Plan& before, const ExtraRrsets& before_extra,
                     const registry::Plan& after, const ExtraRrsets& after_extra) {
    const auto old_units = sorted_units(before, before_extra);
    const auto new_units = sorted_units(after, after_extra);
    const auto serial = zone.serial();
    const Difference changed = difference(old_units, new_units);
    // All that is gone leaves before anything comes, since an owner may move between units.
    for (const Unit* unit : changed.gone) {
        for (const auto& set : rrsets_of(*unit)) zone.remove(set.owner, set.rrset->type());
    }
    for (const Unit* unit : changed.come) put(zone, *unit);
    if (serial && !after.is_master_file_only()) zone.set_serial(*serial);
    return changed.come.size();
}

dns::Name host_owner(const registry::Plan& plan, const registry::Environment& environment,
                     std::string_view host) {
    dns::Name owner(plan.zone.value);
    // Labels that a plan holds are checked; a name too long is the bare environment's or zone's.
    static_cast<void>(owner.prepend(environment.name) && owner.prepend(host));
    return owner;
}

dns::Name service_owner(const registry::Plan& plan, const registry::Service& service) {
    dns::Name owner = host_owner(plan, *service.environment,
                                 std::string("_") + registry::to_string(service.protocol));
    static_cast<void>(owner.prepend("_" + service.label()));
    return owner;
}

}  // namespace portolan::zone
