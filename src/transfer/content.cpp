#include "portolan/transfer/content.hpp"

#include <map>
#include <utility>

namespace portolan::transfer {

zone::Records read_sets(const answer::Table& table) {
    zone::Records sets;
    table.for_each([&sets](const answer::Record& record) {
        for (unsigned i = 0; i < record.set_count(); ++i) {
            const dns::Rrset& set = record.set(i);
            if (set.type() != dns::Type::soa) sets.add(record.name(), dns::RrsetPtr(&set));
        }
    });
    return sets;
}

zone::Records with_steps(zone::Records sets, std::span<const StepPtr> steps) {
    std::map<std::pair<dns::PackedName, dns::Type>, dns::RrsetPtr> latest;
    for (const auto& step : steps) {
        for (const auto& change : step->changes) latest[{change.owner, change.type}] = change.after;
    }
    if (latest.empty()) return sets;
    zone::Records result;
    for (const auto set : sets) {
        if (!latest.contains({set.owner, set.rrset->type()})) result.add(set.owner, set.rrset);
    }
    for (const auto& [key, set] : latest) {
        if (set != nullptr) result.add(key.first, set);
    }
    return result;
}

}  // namespace portolan::transfer
