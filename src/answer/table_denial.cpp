// What the one writer does to a table's chains: see the essays in table.hpp and chain.hpp.
#include <algorithm>
#include <utility>

#include "portolan/zone/soa.hpp"
#include "signatures.hpp"
#include "slots.hpp"
#include "writing.hpp"

namespace portolan::answer {

/// When an owner's changes are made. A reader may come between any two of them and must find a
/// proof that holds, of the zone before or after: so what denies a name goes last of all that says
/// it is there, and comes first of all that says it is not. Where NSEC stands at the name itself,
/// one store changes both.
enum class Table::Turn : std::uint8_t {
    names_come,   // and types, where the denial of others stands at a hash; and NSEC
    hashes_come,  // that deny them
    changes,      // in the denial before a name, too
    apex,
    hashes_go,
    names_go,  // and types, and NSEC
};

Negative::Negative(const Record& apex) {
    const dns::Rrset& soa = *apex.find(dns::Type::soa);
    const dns::Ttl ttl{std::min(soa.ttl().seconds, zone::read_soa(*soa.begin()).minimum)};
    const Signatures signatures = signatures_of(apex, dns::Type::soa);
    soa_octets_ = soa.body().size();
    octets_.assign(soa.body().begin(), soa.body().end());
    octets_.insert(octets_.end(), signatures.octets.begin(), signatures.octets.end());
    signatures_ = signatures.count;
    for (std::size_t at = 0; at < octets_.size();) {
        dns::store_u32(&octets_[at + 6], ttl.seconds);
        at += dns::Rrset::header_octets + dns::load_u16(&octets_[at + 10]);
    }
    nsec3param_ = dns::RrsetPtr(apex.find(dns::Type::nsec3param));
    if (nsec3param_ == nullptr || !sign::has_room_for_nsec3(apex.name().size())) return;
    // Records with flags are not to be used, and one whose hash is unknown cannot be (RFC 5155 4).
    for (const auto rdata : *nsec3param_) {
        if (!nsec3_ && rdata.size() > 1 && rdata[1] == 0) nsec3_ = sign::nsec3_parameters(rdata);
    }
}

/// While a zone is loaded, sets come one by one, and all owners pass for names.
bool Table::is_for_apart(unsigned labels, std::span<const dns::RrsetPtr> sets) const noexcept {
    return !is_loading_ && is_hash_only(labels, sets);
}

/// An owner of NSEC3 and nothing else is no name of the zone (RFC 5155 7.2.8).
bool Table::is_hash_only(unsigned labels, std::span<const dns::RrsetPtr> sets) const noexcept {
    if (labels != apex_.labels() + 1) return false;
    const auto is_of_nsec3 = [](const dns::RrsetPtr& set) {
        return set->type() == dns::Type::nsec3 || set->type() == dns::Type::rrsig;
    };
    return std::ranges::all_of(sets, is_of_nsec3) &&
           std::ranges::find(sets, dns::Type::nsec3, &dns::Rrset::type) != sets.end();
}

/// The record that stands apart with that name; nullptr when there is none.
Record* Table::apart_with(dns::OctetView lower_name) const noexcept {
    const Record* found = nsec3_chain_.at_or_before(dns::NameView(lower_name));
    const bool is_it = found != nullptr && found->is_apart() &&
                       found->name().has_same_octets(dns::NameView(lower_name));
    return is_it ? const_cast<Record*>(found) : nullptr;
}

/// The record of that name, wherever it stands.
Record* Table::record_with(dns::OctetView lower_name) const noexcept {
    Record* found = place_of(lower_name, dns::keyed_hash(lower_name)).record;
    return found != nullptr ? found : apart_with(lower_name);
}

/// Puts a record into the chain alone; `old` is what the name had.
void Table::put_apart(const dns::LowerName& name, std::span<const dns::RrsetPtr> sets,
                      Record* old) {
    Record* record = make(name.octets(), name.labels(), sets);
    record->is_apart_ = true;
    mark(*record, parent_of(*record));
    link(old, record);
    if (old == nullptr) return;
    old->is_apart() ? retire(old) : take_out(name);
}

/// Lets the chains follow: `now` stands for `old`, either of which may be nullptr. A name that
/// comes is linked when it is found already, one that goes is unlinked while it is still found:
/// so a name that was not found and is linked has just come.
void Table::link(const Record* old, Record* now) {
    if (is_loading_) return;
    Chain::Garbage unused;
    Chain::Garbage& garbage = is_unread_ ? unused : garbage_->chains;
    const auto follow = [&](Chain& chain, dns::Type type) {
        const bool was = old != nullptr && old->find(type) != nullptr;
        const bool is = now != nullptr && now->find(type) != nullptr;
        if (was && is) {
            chain.replace(*now);
        } else if (is) {
            chain.insert(*now, garbage);
        } else if (was) {
            chain.erase(old->name(), garbage);
        }
    };
    follow(nsec_chain_, dns::Type::nsec);
    follow(nsec3_chain_, dns::Type::nsec3);
}

/// The chains of a zone that has been loaded.
void Table::build_chains() {
    std::vector<Record*> nsec, nsec3;
    for_each([&](const Record& record) {
        auto* own = const_cast<Record*>(&record);
        if (record.find(dns::Type::nsec) != nullptr) nsec.push_back(own);
        if (record.find(dns::Type::nsec3) != nullptr) nsec3.push_back(own);
    });
    nsec_chain_.assign(nsec);
    nsec3_chain_.assign(nsec3);
    if (nsec3.empty()) return;
    Slots& slots = *slots_.load(std::memory_order_relaxed);
    for (Record* record : nsec3) {
        if (record->children_ > 0 || !is_hash_only(record->labels(), sets_of(*record))) continue;
        const dns::OctetView octets = record->name().octets();
        const Place place = place_of(octets, dns::keyed_hash(octets));
        --parent_of(*record)->children_;
        used_ -= slots.vacate(static_cast<std::size_t>(place.slot - slots.slot));
        record->is_apart_ = true;
    }
    change_slots(std::max(fewest_slots, used_ * 3 / 2 + 2));
}

/// The owner of the apex's NSEC3, which is there for as long as a chain with its parameters is.
/// Nothing in a zone that is not denied by NSEC3.
std::optional<dns::Name> Table::start_of_hashes() const {
    const Negative* apex = negative();
    if (apex == nullptr || !apex->nsec3()) return std::nullopt;
    const auto hash = sign::nsec3_hash(apex_.view(), *apex->nsec3());
    return sign::nsec3_owner(hash, apex_.view());
}

/// Each owner's changes in its turn. True when the records must be marked anew.
bool Table::edit_in_turn(std::span<const zone::Change> changes, const std::function<void()>& rest) {
    // In each turn the owners' order; but what comes does so from the last one on, so that what
    // each one's denial names as the next is there before it. Hashes stand in a circle: so they
    // are counted from one that stays.
    struct Part {
        Turn turn;
        std::ptrdiff_t place;
        std::span<const zone::Change> changes;
    };
    std::vector<Part> parts;
    const auto add = [&parts](Turn turn, std::span<const zone::Change> of_owner,
                              std::ptrdiff_t ahead = 0) {
        const auto place = std::ssize(parts) + ahead;
        const bool comes = turn == Turn::names_come || turn == Turn::hashes_come;
        parts.push_back({turn, comes ? -place : place, of_owner});
    };
    const auto start = start_of_hashes();
    for_each_owner(changes, [&](std::span<const zone::Change> of_owner) {
        const Turn turn = turn_of(of_owner);
        const bool is_round = (turn == Turn::hashes_come || turn == Turn::hashes_go) && start &&
                              of_owner.front().owner < *start;
        add(turn, of_owner, is_round ? std::ssize(changes) : 0);
    });
    std::vector<std::vector<zone::Change>> halves;
    halves.reserve(parts.size());
    for (std::size_t i = 0, count = parts.size(); i < count; ++i) {
        if (parts[i].turn != Turn::names_come) continue;
        const std::span<const zone::Change> whole = parts[i].changes;
        auto first = without_losses(whole);
        if (first.empty()) continue;
        parts[i].changes = halves.emplace_back(std::move(first));
        add(Turn::names_go, whole);
    }
    std::ranges::sort(parts, {}, [](const Part& part) { return std::pair(part.turn, part.place); });
    bool marks = false;
    for (const auto& part : parts) {
        if (edit_owner(part.changes)) marks = true;
        if (rest) rest();
    }
    return marks;
}

/// For an owner that gains types and loses others while its denial stands at a hash: the changes
/// that only give, signatures of what it is to lose included. Empty for other owners.
std::vector<zone::Change> Table::without_losses(std::span<const zone::Change> of_owner) const {
    const Record* old = record_with(dns::LowerName(of_owner.front().owner).octets());
    if (old == nullptr || nsec3_chain_.is_empty()) return {};
    std::vector<zone::Change> gains;
    std::vector<dns::Octets> signatures;
    bool loses = false;
    for (const auto& change : of_owner) {
        if (change.after != nullptr) {
            gains.push_back(change);
            continue;
        }
        loses = true;
        dns::OctetView rest = signatures_of(*old, change.type).octets;
        while (!rest.empty()) {
            const std::size_t size = dns::load_u16(&rest[10]);
            const auto rdata = rest.subspan(dns::Rrset::header_octets, size);
            signatures.emplace_back(rdata.begin(), rdata.end());
            rest = rest.subspan(dns::Rrset::header_octets + size);
        }
    }
    if (!loses) return {};
    const auto rrsig = std::ranges::find(gains, dns::Type::rrsig, &zone::Change::type);
    if (rrsig != gains.end()) {
        for (const auto rdata : *rrsig->after) signatures.emplace_back(rdata.begin(), rdata.end());
        rrsig->after = dns::make_rrset(dns::Type::rrsig, {}, signatures);
    }
    return gains;
}

Table::Turn Table::turn_of(std::span<const zone::Change> of_owner) const noexcept {
    const dns::LowerName name(of_owner.front().owner);
    if (name.labels() == apex_.labels()) return Turn::apex;
    const Record* old = record_with(name.octets());
    const auto had = [old](const zone::Change& change) {
        return old != nullptr && old->find(change.type) != nullptr;
    };
    const auto comes = [&](const auto& change) { return change.after != nullptr && !had(change); };
    const auto goes = [&](const auto& change) { return change.after == nullptr && had(change); };
    const bool any_comes = std::ranges::any_of(of_owner, comes);
    const auto gone = std::ranges::count_if(of_owner, goes);
    const bool is_new = old == nullptr || old->set_count() == 0;
    const bool vanishes = !is_new && !any_comes && gone == old->set_count();
    const bool is_hash =
        std::ranges::find(of_owner, dns::Type::nsec3, &zone::Change::type) != of_owner.end();
    if (is_hash) return is_new ? Turn::hashes_come : vanishes ? Turn::hashes_go : Turn::changes;
    const auto nsec = std::ranges::find(of_owner, dns::Type::nsec, &zone::Change::type);
    const bool has_nsec = nsec != of_owner.end();
    const bool is_denied_apart = !nsec3_chain_.is_empty();
    if (is_new || (is_denied_apart && any_comes) || (has_nsec && comes(*nsec))) {
        return Turn::names_come;
    }
    if (vanishes || (is_denied_apart && gone > 0) || (has_nsec && goes(*nsec))) {
        return Turn::names_go;
    }
    return Turn::changes;
}

}  // namespace portolan::answer
