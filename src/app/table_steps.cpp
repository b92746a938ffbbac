#include "app/table_steps.hpp"

#include <algorithm>
#include <utility>

namespace portolan::app {
namespace {

void sort(std::vector<zone::Change>& changes) {
    std::ranges::sort(changes, [](const zone::Change& a, const zone::Change& b) {
        const auto order = a.owner <=> b.owner;
        return order < 0 || (order == 0 && a.type < b.type);
    });
}

template <class Visit>
void for_each_set(const answer::Table& table, Visit visit) {
    table.for_each([&visit](const answer::Record& record) {
        for (unsigned i = 0; i < record.set_count(); ++i) {
            if (record.set(i).type() != dns::Type::soa) visit(record, record.set(i));
        }
    });
}

}  // namespace

dns::RrsetPtr soa_of(const answer::Table& table) {
    return dns::RrsetPtr(table.find(table.apex().octets())->find(dns::Type::soa));
}

std::vector<zone::Change> with_soa(dns::NameView apex, transfer::Step step) {
    auto changes = std::move(step.changes);
    // In canonical order it comes first (RFC 4034 6.1).
    const auto below = std::ranges::find_if(
        changes, [apex](const zone::Change& each) { return each.owner.view() != apex; });
    std::rotate(changes.begin(), below, changes.end());
    changes.push_back({apex, dns::Type::soa, step.soa_before, step.soa_after});
    return changes;
}

transfer::Step whole_of(const answer::Table& table, std::uint64_t content) {
    const auto soa = soa_of(table);
    transfer::Step step{soa, soa, 0, content, {}};
    for_each_set(table, [&step](const answer::Record& record, const dns::Rrset& set) {
        step.changes.push_back({record.name(), set.type(), nullptr, dns::RrsetPtr(&set)});
    });
    sort(step.changes);
    return step;
}

std::vector<zone::Change> differences(
    const answer::Table& table,
    const std::function<void(const zone::VisitOwner& visit)>& for_each_owner,
    const std::function<bool(dns::Type)>& counts) {
    std::vector<zone::Change> changes;
    std::vector<std::pair<const answer::Record*, dns::Type>> met;  // sets of the table
    for_each_owner([&](dns::NameView owner, std::span<const dns::RrsetPtr> sets) {
        const auto* record = table.find(dns::LowerName(owner).octets());
        for (const auto& set : sets) {
            if (set->type() == dns::Type::soa) continue;
            const auto* shown = record == nullptr ? nullptr : record->find(set->type());
            if (shown != nullptr) met.emplace_back(record, set->type());
            if (shown == nullptr || *shown != *set)
                changes.push_back({owner, set->type(), dns::RrsetPtr(shown), set});
        }
    });
    std::ranges::sort(met);
    for_each_set(table, [&](const answer::Record& record, const dns::Rrset& set) {
        if (counts(set.type()) && !std::ranges::binary_search(met, std::pair(&record, set.type())))
            changes.push_back({record.name(), set.type(), dns::RrsetPtr(&set), nullptr});
    });
    sort(changes);
    return changes;
}

}  // namespace portolan::app
