#include "portolan/zone/derive.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

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

std::vector<Unit> sorted(std::vector<PlacedUnit> placed) {
    std::vector<Unit> units;
    units.reserve(placed.size());
    for (auto& each : placed) units.push_back(std::move(each.unit));
    std::ranges::sort(units, comes_before);  // no two of a checked plan are alike
    return units;
}

/// The RRsets of units that only one of two plans has, or that each has in its own way.
class Difference {
public:
    /// One section of both plans: an environment, the apex, the master file.
    void compare(std::vector<PlacedUnit> before, std::vector<PlacedUnit> after) {
        const auto old_units = sorted(std::move(before));
        const auto new_units = sorted(std::move(after));
        auto x = old_units.begin();
        auto y = new_units.begin();
        while (x != old_units.end() || y != new_units.end()) {
            if (y == new_units.end() || (x != old_units.end() && comes_before(*x, *y))) {
                goes(*x++);
            } else if (x == old_units.end() || comes_before(*y, *x)) {
                comes(*y++);
            } else {
                if (!(*x == *y)) {
                    goes(*x);
                    comes(*y);
                }
                ++x;
                ++y;
            }
        }
    }

    /// A set that leaves one unit and comes back the same in another is no change.
    std::vector<Change> take() {
        std::vector<Change> result;
        for (auto& [key, change] : changes_) {
            const bool same = change.before != nullptr && change.after != nullptr &&
                              *change.before == *change.after;
            if (!same) result.push_back(std::move(change));
        }
        return result;
    }

private:
    Change& at(const OwnedRrset& set) {
        const auto type = set.rrset->type();
        const auto [found, is_new] = changes_.try_emplace({set.owner, type});
        if (is_new) found->second = {set.owner, type, nullptr, nullptr};
        return found->second;
    }
    void goes(const Unit& unit) {
        for (const auto& set : rrsets_of(unit)) at(set).before = set.rrset;
    }
    void comes(const Unit& unit) {
        for (const auto& set : rrsets_of(unit)) at(set).after = set.rrset;
    }

    std::map<std::pair<dns::PackedName, dns::Type>, Change> changes_;
};

std::set<std::string> environment_names(const registry::Plan& a, const registry::Plan& b) {
    std::set<std::string> names;
    for (const auto* plan : {&a, &b}) {
        for (const auto& environment : plan->environments) names.insert(environment.name);
    }
    return names;
}

}  // namespace

void for_each_rrset(const registry::Registry& registry, const Records& extra,
                    const std::function<void(dns::NameView, const dns::RrsetPtr&)>& visit) {
    const auto emit = [&visit](const std::vector<PlacedUnit>& units) {
        for (const auto& placed : units) {
            for (const auto& set : rrsets_of(placed.unit)) visit(set.owner, set.rrset);
        }
    };
    emit(apex_units(registry.plan));
    for (const auto& environment :
         registry.plan.environments) {  // one at a time: their sum is large
        emit(environment_units(registry, environment.name));
    }
    emit(published_units(registry));
    for (const auto set : extra) visit(set.owner, set.rrset);
}

Zone derive(const registry::Registry& registry, const Records& extra, dns::Serial serial) {
    Zone zone(registry.plan.zone.value);
    for_each_rrset(registry, extra, [&zone](dns::NameView owner, const dns::RrsetPtr& rrset) {
        zone.put(owner, rrset);
    });
    if (!registry.plan.is_master_file_only()) zone.set_serial(serial);
    return zone;
}

std::vector<Change> changes(const registry::Registry& before, const Records& before_extra,
                            const registry::Registry& after, const Records& after_extra) {
    Difference difference;
    difference.compare(apex_units(before.plan), apex_units(after.plan));
    for (const auto& name : environment_names(before.plan, after.plan)) {
        difference.compare(environment_units(before, name), environment_units(after, name));
    }
    difference.compare(published_units(before), published_units(after));
    difference.compare(record_units(before_extra), record_units(after_extra));
    return difference.take();
}

std::vector<Change> differences(std::vector<PlacedUnit> before, std::vector<PlacedUnit> after) {
    Difference difference;
    difference.compare(std::move(before), std::move(after));
    return difference.take();
}

void apply(Zone& zone, const std::vector<Change>& changes) {
    for (const auto& change : changes) {
        if (change.after == nullptr) {
            zone.remove(change.owner, change.type);
        } else {
            zone.put(change.owner, change.after);
        }
    }
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
