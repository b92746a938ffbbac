#include "suspects.hpp"

#include <algorithm>
#include <bit>

#include "portolan/dns/lower_name.hpp"
#include "portolan/zone/sets.hpp"

namespace portolan::zone {
namespace {

std::uint64_t hash_of(dns::NameView name) noexcept {
    return dns::keyed_hash(dns::LowerName(name).octets());
}

std::string_view text_of(dns::OctetView label) noexcept {
    return {reinterpret_cast<const char*>(label.data()), label.size()};
}

/// A name's labels below the environment's, and the environment's, in lower case.
struct LocalName {
    explicit LocalName(dns::NameView name, dns::NameView apex) : lower(name) {
        if (!name.is_at_or_below(apex)) return;
        depth = lower.labels() - apex.label_count();
        if (depth > 0) environment = text_of(label(depth - 1));
    }
    /// The label with `index` labels in front of it.
    [[nodiscard]] dns::OctetView label(unsigned index) const noexcept {
        return dns::NameView(lower.ancestor(lower.labels() - index)).first_label();
    }

    dns::LowerName lower;
    unsigned depth = 0;  // labels below the apex
    std::string_view environment;
};

bool has_address(const registry::Host* host) noexcept {
    return host != nullptr && !host->addresses.empty();
}

/// Whether the environment derives `INSTANCE.APPLICATION`, or with an empty instance the leader's
/// `APPLICATION`.
bool has_instance(const registry::Plan& plan, const registry::Environment& environment,
                  std::string_view application, std::string_view instance) {
    const auto* found = plan.application(application);
    const auto* placement = found == nullptr ? nullptr : environment.placement(application);
    if (placement == nullptr) return false;
    const auto leader = registry::leader_of(environment, *found);
    return std::ranges::any_of(placement->instances, [&](const registry::PlacedInstance& placed) {
        const bool is_meant = instance.empty() ? leader == placed.instance
                                               : std::to_string(placed.instance) == instance;
        return is_meant && has_address(environment.host(placed.host));
    });
}

/// Whether the plan derives A or AAAA there, in an environment.
bool derives_address(const registry::Plan& plan, dns::NameView name) {
    const LocalName local(name, plan.zone.value);
    if (local.depth != 2 && local.depth != 3) return false;
    const auto* environment = plan.environments.find(local.environment);
    if (environment == nullptr) return false;
    const auto label = text_of(local.label(local.depth - 2));
    if (local.depth == 3) {
        return has_instance(plan, *environment, label, text_of(local.label(0)));
    }
    return has_address(environment->host(label)) || (label == "mcast" && environment->multicast) ||
           has_instance(plan, *environment, label, {});
}

/// Calls for each owner of the unit.
template <class Visit>
void for_each_owner(const Unit& unit, const Visit& visit) {
    if (const auto* service = std::get_if<ServiceUnit>(&unit)) {
        for (const auto& owner : service->owners) visit(owner);
    } else {
        visit(key_of(unit));
    }
}

}  // namespace

OwnerIndex::OwnerIndex(std::size_t most)
    : mask_(std::bit_ceil(most * 3 / 2 + 1) - 1), slots_(mask_ + 1, none) {}

void OwnerIndex::add(std::uint64_t hash, std::uint32_t claim) noexcept {
    std::size_t at = hash & mask_;
    while (slots_[at] != none) at = (at + 1) & mask_;
    slots_[at] = claim;
}

/// One environment's units, looked through for owners and targets that need a second look. Owners
/// of one environment are compared as octets: the plan's labels are in lower case, and the rest is
/// the zone's.
class EnvironmentScan {
public:
    EnvironmentScan(const Suspects& space, const registry::Environment& environment)
        : space_(space),
          meets_records_(space.labels_.contains(environment.name) || space.has_cuts_),
          // Owners of ports can only meet what was written by hand.
          units_(meets_records_ ? environment_units(space.plan(), environment)
                                : named_units(space.plan(), environment)) {
        std::vector<std::uint64_t> owners;  // hashes
        owners.reserve(2 * units_.size());
        for (const auto& placed : units_) collect(placed.unit, owners);
        std::ranges::sort(owners);
        for (auto at = owners.begin(); at != owners.end(); ++at) {
            at = std::adjacent_find(at, owners.end());
            if (at == owners.end()) break;
            repeated_.insert(*at);
        }
    }

    std::vector<Suspects::Owned> suspects() {
        std::unordered_set<std::uint64_t> doubtful;
        for (const auto& placed : units_) {
            const bool service = is_doubtful_service(placed.unit);
            for_each_owner(placed.unit, [&](dns::NameView owner) {
                if (service || is_doubtful(owner, placed.unit)) doubtful.insert(hash(owner));
            });
        }
        std::vector<Suspects::Owned> result;
        if (!doubtful.empty()) take(doubtful, result);
        return result;
    }

private:
    static std::uint64_t hash(dns::NameView name) noexcept {
        return dns::keyed_hash(name.octets());
    }

    void collect(const Unit& unit, std::vector<std::uint64_t>& owners) {
        if (std::holds_alternative<PortUnit>(unit)) return;  // one unit a port, by construction
        for_each_owner(unit, [&](dns::NameView owner) { owners.push_back(hash(owner)); });
        if (std::holds_alternative<AddressUnit>(unit)) addresses_.insert(owners.back());
    }

    [[nodiscard]] bool is_doubtful(dns::NameView owner, const Unit& unit) const {
        if (meets_records_ && space_.meets_others(owner)) return true;
        if (const auto* service = std::get_if<ServiceUnit>(&unit)) {
            if (is_mongodb(owner) || is_large(owner, body_size(*service))) return true;
        }
        if (const auto* list = std::get_if<BrowseUnit>(&unit)) {
            if (is_long_list(owner, list->listed.size(), body_size(*list))) return true;
        }
        return !repeated_.empty() && repeated_.contains(hash(owner));
    }

    /// The SRV set's octets, those of records that it will not repeat included.
    static std::size_t body_size(const ServiceUnit& unit) noexcept {
        std::size_t size = 0;
        for (const auto& member : unit.members) {
            size += dns::Rrset::header_octets + 6 + member.target.size();
        }
        return size;
    }

    static std::size_t body_size(const BrowseUnit& unit) noexcept {
        std::size_t size = 0;
        for (const auto& name : unit.listed) size += dns::Rrset::header_octets + name.size();
        return size;
    }

    [[nodiscard]] bool is_doubtful_service(const Unit& unit) const {
        const auto* service = std::get_if<ServiceUnit>(&unit);
        if (service == nullptr) return false;
        return std::ranges::any_of(service->members, [this](const ServiceUnit::Member& member) {
            const bool is_own_host = !meets_records_ && addresses_.contains(hash(member.target));
            return !is_own_host && zone::is_doubtful(space_, dns::Type::srv, member.target);
        });
    }

    void take(const std::unordered_set<std::uint64_t>& doubtful,
              std::vector<Suspects::Owned>& result) const {
        SetMaker maker(64);
        for (const auto& placed : units_) {
            bool is_wanted = false;
            for_each_owner(placed.unit, [&](dns::NameView owner) {
                is_wanted = is_wanted || doubtful.contains(hash(owner));
            });
            if (!is_wanted) continue;
            maker.make(placed.unit, [&](dns::NameView owner, std::span<const dns::RrsetPtr> sets) {
                if (!doubtful.contains(hash(owner))) return;
                for (const auto& set : sets) {
                    result.push_back({owner, {set, words(placed.subject), placed.place, {}, 0}});
                }
            });
        }
    }

    const Suspects& space_;
    bool meets_records_;
    Units units_;
    // Hashes of owners: of more than one unit, and of A or AAAA.
    std::unordered_set<std::uint64_t> repeated_;
    std::unordered_set<std::uint64_t> addresses_;
};

Suspects::Suspects(const registry::Plan& plan, const Records& records, const Run& run)
    : NameSpace(plan), records_(records), index_(records.size() + 64) {
    const auto own = [](const Units& units) {
        SetMaker maker(64);
        OwnedClaims claims;
        for (const auto& placed : units) {
            maker.make(placed.unit, [&](dns::NameView owner, std::span<const dns::RrsetPtr> sets) {
                for (const auto& set : sets) {
                    claims.push_back({owner, {set, words(placed.subject), placed.place, {}, 0}});
                }
            });
        }
        return claims;
    };
    const auto apex = own(apex_units(plan));
    const auto published = own(published_units(plan));
    own_ = apex;
    own_.insert(own_.end(), published.begin(), published.end());
    index_ = OwnerIndex(own_.size() + records.size());
    for (std::uint32_t i = 0; i < own_.size(); ++i) index_.add(hash_of(own_[i].owner), i);
    index_records();

    claim(apex);
    std::vector<OwnedClaims> found(plan.environments.size());
    run(found.size(),
        [&](std::size_t i) { found[i] = EnvironmentScan(*this, plan.environments[i]).suspects(); });
    for (const auto& claims : found) claim(claims);
    claim(published);
    claim_records();
}

void Suspects::index_records() {
    const dns::NameView apex = plan_.zone.value;
    auto number = static_cast<std::uint32_t>(own_.size());
    for (const auto record : records_) {
        const dns::NameView owner = record.owner;
        index_.add(hash_of(owner), number++);
        has_cuts_ = has_cuts_ || takes_all_below(record.rrset->type(), owner);
        if (plan_.environments.empty()) continue;
        const LocalName local(owner, apex);
        if (!local.environment.empty()) labels_.emplace(local.environment);
    }
    for (const auto& published : own_) {
        const LocalName local(published.owner, apex);
        if (!local.environment.empty()) labels_.emplace(local.environment);
    }
}

void Suspects::claim(const OwnedClaims& claims) {
    for (const auto& each : claims) {
        claims_[each.owner].push_back(each.claim);
        claimed_.insert(hash_of(each.owner));
    }
}

void Suspects::claim_records() {
    for (const auto record : records_) {
        const bool is_beside = claimed_.contains(hash_of(record.owner));
        if (is_beside || is_doubtful(record)) {
            claims_[record.owner].push_back(claim_of(record));
        }
    }
}

bool Suspects::is_doubtful(const Records::Set& record) const {
    const auto type = record.rrset->type();
    if (type == dns::Type::srv) {
        const bool by_owner =
            is_mongodb(record.owner) || is_large(record.owner, record.rrset->body().size());
        if (by_owner) return true;
    }
    const bool is_list = type == dns::Type::ptr;
    if (is_list && is_long_list(record.owner, record.rrset->count(), record.rrset->body().size())) {
        return true;
    }
    return std::any_of(record.rrset->begin(), record.rrset->end(), [&](dns::OctetView rdata) {
        const auto target = target_of(type, rdata);
        return target && zone::is_doubtful(*this, type, *target);
    });
}

/// Whether something else is claimed at the owner of an environment, or takes all names below it.
bool Suspects::meets_others(dns::NameView owner) const {
    const auto is_here = [&](std::uint32_t claim) { return owner_of(claim) == owner; };
    if (index_.find(hash_of(owner), is_here) != OwnerIndex::none) return true;
    const dns::NameView apex = plan_.zone.value;
    for (dns::NameView name = owner; has_cuts_ && name != apex;) {
        name = name.parent();
        const auto is_cut = [&](std::uint32_t claim) {
            return takes_all_below(set_of(claim).type(), name) && owner_of(claim) == name;
        };
        if (index_.find(hash_of(name), is_cut) != OwnerIndex::none) return true;
    }
    return false;
}

/// A delegation or a DNAME.
bool Suspects::takes_all_below(dns::Type type, dns::NameView owner) const {
    return type == dns::Type::dname || (type == dns::Type::ns && owner != plan_.zone.value.view());
}

dns::NameView Suspects::owner_of(std::uint32_t claim) const {
    return claim < own_.size() ? own_[claim].owner.view() : records_[claim - own_.size()].owner;
}

const dns::Rrset& Suspects::set_of(std::uint32_t claim) const {
    return claim < own_.size() ? *own_[claim].claim.rrset : *records_[claim - own_.size()].rrset;
}

Claim Suspects::claim_of(const Records::Set& record) const {
    const Records::Place at = records_.place(record);
    return {record.rrset, "the master file", {}, at.file, at.line};
}

std::optional<Claim> Suspects::find(dns::NameView owner, dns::Type type) const {
    const auto found = index_.find(hash_of(owner), [&](std::uint32_t claim) {
        return set_of(claim).type() == type && owner_of(claim) == owner;
    });
    if (found == OwnerIndex::none) return std::nullopt;
    return found < own_.size() ? own_[found].claim : claim_of(records_[found - own_.size()]);
}

bool Suspects::has_wildcard(dns::NameView owner) const {
    return index_.find(hash_of(owner), [&](std::uint32_t claim) {
        return owner_of(claim) == owner;
    }) != OwnerIndex::none;
}

bool Suspects::has_address(dns::NameView owner) const {
    const auto found = index_.find(hash_of(owner), [&](std::uint32_t claim) {
        const auto type = set_of(claim).type();
        return (type == dns::Type::a || type == dns::Type::aaaa) && owner_of(claim) == owner;
    });
    return found != OwnerIndex::none || derives_address(plan_, owner);
}

}  // namespace portolan::zone
