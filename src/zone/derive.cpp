#include "portolan/zone/derive.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "portolan/dns/lower_name.hpp"

namespace portolan::zone {
namespace {

using registry::Registry;

std::uint64_t name_hash(dns::NameView name) noexcept {
    return dns::keyed_hash(dns::LowerName(name).octets());
}

// No two units of one kind in a checked plan have one key.
std::uint64_t key_hash(const PlacedUnit& placed) noexcept {
    return name_hash(key_of(placed.unit)) + placed.unit.index();
}
bool has_same_key(const PlacedUnit& a, const PlacedUnit& b) noexcept {
    return a.unit.index() == b.unit.index() && key_of(a.unit) == key_of(b.unit);
}

// A master file may hold several sets at one owner; their types tell them apart.
std::uint64_t key_hash(const Records::Set& set) noexcept {
    return name_hash(set.owner) + static_cast<std::uint16_t>(set.rrset->type());
}
bool has_same_key(const Records::Set& a, const Records::Set& b) noexcept {
    return a.rrset->type() == b.rrset->type() && a.owner == b.owner;
}

constexpr std::size_t none = static_cast<std::size_t>(-1);

/// Finds for each element of two lists the one of the other list that has its key. Lists that
/// differ little are nearly in step, so hardly anything ever waits for its like.
template <class List>
class Pairing {
public:
    Pairing(const List& before, const List& after) : before_{before, {}}, after_{after, {}} {}

    /// `pair` is called with both positions, either of them `none` when the other list has none.
    template <class Pair>
    void run(const Pair& pair) {
        const std::size_t size = std::max(before_.list.size(), after_.list.size());
        for (std::size_t i = 0; i < size; ++i) {
            const bool in_both = i < before_.list.size() && i < after_.list.size();
            if (in_both && has_same_key(before_.list[i], after_.list[i])) {
                pair(i, i);
                continue;
            }
            if (i < before_.list.size()) {
                const std::size_t like = meet(i, before_, after_);
                if (like != none) pair(i, like);
            }
            if (i < after_.list.size()) {
                const std::size_t like = meet(i, after_, before_);
                if (like != none) pair(like, i);
            }
        }
        for (const auto& [hash, i] : before_.waiting) pair(i, none);
        for (const auto& [hash, i] : after_.waiting) pair(none, i);
    }

private:
    struct Side {
        const List& list;
        std::unordered_multimap<std::uint64_t, std::size_t> waiting;  // by the hash of the key
    };

    /// Takes from those that wait on the other side the like of element `i`; without one it waits
    /// itself.
    static std::size_t meet(std::size_t i, Side& own, Side& other) {
        const std::uint64_t hash = key_hash(own.list[i]);
        const auto [first, last] = other.waiting.equal_range(hash);
        for (auto at = first; at != last; ++at) {
            const std::size_t like = at->second;
            if (!has_same_key(own.list[i], other.list[like])) continue;
            other.waiting.erase(at);
            return like;
        }
        own.waiting.emplace(hash, i);
        return none;
    }

    Side before_;
    Side after_;
};

/// The RRsets of units that only one of two plans has, or that each has in its own way.
class Difference {
public:
    /// One section of both plans.
    void compare(const Units& before, const Units& after) {
        Pairing(before, after).run([&](std::size_t x, std::size_t y) {
            if (x != none && y != none && before[x].unit == after[y].unit) return;
            if (x != none) note(before[x].unit, &Change::before);
            if (y != none) note(after[y].unit, &Change::after);
        });
    }

    /// One environment of two plans that agree on all else. Where it differs in the placement of a
    /// few subjects, and none of their ports comes or goes, the rest is not even listed.
    void compare(const Registry& before, const registry::Environment& old_one,
                 const Registry& after, const registry::Environment& new_one);

    void compare(const Records& before, const Records& after) {
        Pairing(before, after).run([&](std::size_t x, std::size_t y) {
            if (x != none && y != none && *before[x].rrset == *after[y].rrset) return;
            if (x != none) note(before[x].owner, before[x].rrset, &Change::before);
            if (y != none) note(after[y].owner, after[y].rrset, &Change::after);
        });
    }

    /// A set that leaves one unit and comes back the same in another is no change.
    std::vector<Change> take() {
        std::ranges::sort(sides_, comes_before);
        std::vector<Change> result;
        for (auto& side : sides_) {
            const bool goes_on = !result.empty() && result.back().type == side.type &&
                                 result.back().owner == side.owner;
            if (!goes_on) {
                drop_if_same(result);
                result.push_back(std::move(side));
                continue;
            }
            if (side.before != nullptr) result.back().before = std::move(side.before);
            if (side.after != nullptr) result.back().after = std::move(side.after);
        }
        drop_if_same(result);
        return result;
    }

private:
    static bool comes_before(const Change& a, const Change& b) noexcept {
        const auto order = a.owner <=> b.owner;
        return order != 0 ? order < 0 : a.type < b.type;
    }
    static void drop_if_same(std::vector<Change>& changes) {
        if (changes.empty()) return;
        const Change& last = changes.back();
        const bool both = last.before != nullptr && last.after != nullptr;
        if (both && *last.before == *last.after) changes.pop_back();
    }

    using Side = dns::RrsetPtr Change::*;
    void note(const Unit& unit, Side side) {
        maker_.make(unit, [&](dns::NameView owner, std::span<const dns::RrsetPtr> sets) {
            for (const auto& set : sets) note(owner, set, side);
        });
    }
    void note(dns::NameView owner, const dns::RrsetPtr& set, Side side) {
        sides_.push_back({owner, set->type(), nullptr, nullptr});
        sides_.back().*side = set;
    }

    SetMaker maker_{64};
    std::vector<Change> sides_;  // each with a before or an after
};

std::set<std::string_view> environment_names(const registry::Plan& a, const registry::Plan& b) {
    std::set<std::string_view> names;
    for (const auto* plan : {&a, &b}) {
        for (const auto& environment : plan->environments) names.insert(environment.name);
    }
    return names;
}

/// Nothing for an environment that the plan does not have.
Units units_of(const Registry& registry, const registry::Environment* environment) {
    return environment == nullptr ? Units() : environment_units(registry, *environment);
}

/// What an environment has of some subjects, but for PTR of their ports.
class SubjectUnits {
public:
    SubjectUnits(const Registry& registry, const registry::Environment& environment,
                 const std::vector<std::string_view>& subjects) {
        bool has_applications = false;
        std::set<registry::ServiceType> browsed;
        for (const auto subject : subjects) {
            for (const auto& service : registry::services_of(registry, environment, subject)) {
                add_service_units(registry, service, units);
                if (registry::is_browsed(registry.plan, service)) {
                    browsed.insert(registry::service_type(service));
                }
                for (const unsigned port : ports_of(service)) {
                    ports.emplace_back(service.label(), port);
                }
            }
            const auto* application = registry.plan.application(subject);
            if (application == nullptr) continue;
            has_applications = true;
            add_instance_units(registry, environment, *application, units);
        }
        for (const auto& type : browsed) add_browse_units(registry, environment, type, units);
        if (!has_applications) return;
        for (const auto& type : registry.plan.convention->types) {
            if (!type.across || !registry::is_declared(type, environment)) continue;
            add_union_units(registry, environment, type, units);
        }
    }

    Units units;
    std::vector<std::pair<std::string, unsigned>> ports;  // of each service
};

void Difference::compare(const Registry& before, const registry::Environment& old_one,
                         const Registry& after, const registry::Environment& new_one) {
    const auto subjects = registry::differing_subjects(old_one, new_one);
    const bool are_few = subjects && subjects->size() * 4 <= new_one.placements.size() + 4 &&
                         !std::ranges::binary_search(*subjects, "default");
    if (are_few) {
        const SubjectUnits old_units(before, old_one, *subjects);
        const SubjectUnits new_units(after, new_one, *subjects);
        if (old_units.ports == new_units.ports) return compare(old_units.units, new_units.units);
    }
    compare(environment_units(before, old_one), environment_units(after, new_one));
}

}  // namespace

std::size_t section_count(const registry::Plan& plan) noexcept {
    return plan.environments.size() + 2;
}

Units section_units(const Registry& registry, std::size_t section) {
    const auto& environments = registry.plan.environments;
    if (section == 0) return apex_units(registry.plan);
    if (section > environments.size()) return published_units(registry);
    return environment_units(registry, environments[section - 1]);
}

namespace {

/// Lists, and a name an endpoint.
std::size_t estimate_browsed(const registry::Plan& plan, const registry::Environment& environment) {
    std::size_t names = 8 + 2 * service_types(plan, environment).size();
    if (plan.convention) {
        for (const auto& type : plan.convention->types) {
            if (!is_browsed(plan, type)) continue;
            for (const auto& application : plan.convention->applications) {
                const auto* placement = environment.placement(application.name);
                if (placement != nullptr) names += placement->instances.size();
            }
        }
    }
    for (const auto& service : plan.services) {
        const auto* placement = environment.own_placement(service.name);
        names += service.endpoints.size() * service.ports.size() +
                 (placement == nullptr ? 0 : placement->instances.size() * service.ports.size());
    }
    return names;
}

}  // namespace

std::size_t estimate_names(const registry::Plan& plan, const Records& extra) {
    std::size_t names = 16 + plan.nameservers.size() + extra.size();
    for (const auto& environment : plan.environments) {
        names += 8 + environment.hosts.size();
        if (plan.convention) {
            const std::size_t types = plan.convention->types.size();
            for (const auto& application : plan.convention->applications) {
                const auto* placement = environment.placement(application.name);
                const std::size_t instances =
                    placement == nullptr ? 0 : placement->instances.size();
                // Two names and a port an instance for each type; instances, leader, `_tcp`.
                names += types * (2 + instances) + instances + 2;
            }
        }
        if (registry::has_browsing(plan)) names += estimate_browsed(plan, environment);
        for (const auto& service : plan.services) {
            names += 3 * service.ports.size() + service.endpoints.size() + 2;
        }
    }
    return names;
}

void for_each_owner(const Registry& registry, const Records& extra, const VisitOwner& visit) {
    SetMaker maker;
    for (std::size_t section = 0; section < section_count(registry.plan); ++section) {
        for (const auto& placed : section_units(registry, section)) maker.make(placed.unit, visit);
    }
    for (const auto set : extra) visit(set.owner, {&set.rrset, 1});
}

Zone derive(const Registry& registry, const Records& extra, dns::Serial serial) {
    Zone zone(registry.plan.zone.value);
    for_each_owner(registry, extra,
                   [&zone](dns::NameView owner, std::span<const dns::RrsetPtr> sets) {
                       for (const auto& set : sets) zone.put(owner, set);
                   });
    if (!registry.plan.is_master_file_only()) zone.set_serial(serial);
    return zone;
}

void derive_in_parts(const Registry& registry, const Records& extra, dns::Serial serial,
                     const std::function<void(const Zone& part)>& visit) {
    const registry::Plan& plan = registry.plan;
    SetMaker maker;
    const auto put_all = [&maker](const Units& units, Zone& zone) {
        for (const auto& placed : units) {
            maker.make(placed.unit, [&zone](dns::NameView owner, auto sets) {
                for (const auto& set : sets) zone.put(owner, set);
            });
        }
    };
    Zone rest(plan.zone.value);  // what is in no environment
    put_all(apex_units(plan), rest);
    put_all(published_units(registry), rest);
    for (const auto set : extra) rest.put(set.owner, set.rrset);
    if (!plan.is_master_file_only()) rest.set_serial(serial);
    if (plan.environments.empty()) return visit(rest);

    std::map<dns::Name, const registry::Environment*> environments;  // by owner
    for (const auto& environment : plan.environments) {
        dns::Name owner(plan.zone.value);
        if (owner.prepend(environment.name)) environments.emplace(owner, &environment);
    }
    auto next = rest.nodes().begin();
    const auto move_nodes = [&](Zone& part, const auto& belongs) {
        for (; next != rest.nodes().end() && belongs(next->first.view()); ++next) {
            for (const auto& set : next->second) part.put(next->first, set);
        }
    };
    for (const auto& [owner, environment] : environments) {
        Zone part(plan.zone.value);
        move_nodes(part, [&](dns::NameView name) {
            return name < owner.view() || name.is_at_or_below(owner);
        });
        put_all(environment_units(registry, *environment), part);
        visit(part);
    }
    Zone last(plan.zone.value);
    move_nodes(last, [](dns::NameView) { return true; });
    visit(last);
}

std::vector<Change> changes(const Registry& before, const Records& before_extra,
                            const Registry& after, const Records& after_extra) {
    Difference difference;
    difference.compare(apex_units(before.plan), apex_units(after.plan));
    const bool is_common_same = registry::same_common_parts(before.plan, after.plan);
    for (const auto& name : environment_names(before.plan, after.plan)) {
        const auto* x = before.plan.environments.find(name);
        const auto* y = after.plan.environments.find(name);
        const bool is_said_same = &before.live == &after.live ||
                                  (!before.live.speaks_of(name) && !after.live.speaks_of(name));
        if (!is_common_same || !is_said_same || x == nullptr || y == nullptr) {
            difference.compare(units_of(before, x), units_of(after, y));
        } else if (!registry::same_environment(*x, *y)) {
            difference.compare(before, *x, after, *y);
        }
    }
    difference.compare(published_units(before), published_units(after));
    difference.compare(before_extra, after_extra);
    return difference.take();
}

std::vector<Change> differences(const Units& before, const Units& after) {
    Difference difference;
    difference.compare(before, after);
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
