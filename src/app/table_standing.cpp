#include "app/table_standing.hpp"

namespace portolan::app {
namespace {

sign::Sets sets_of(const answer::Record* record) {
    sign::Sets sets;
    if (record == nullptr) return sets;
    for (unsigned i = 0; i < record->set_count(); ++i) sets.emplace_back(&record->set(i));
    return sets;
}

}  // namespace

void TableStanding::for_each(
    const std::function<void(dns::NameView, const sign::Sets&)>& visit) const {
    table_.for_each([&visit](const answer::Record& record) {
        if (record.set_count() > 0 && !record.is_apart()) visit(record.name(), sets_of(&record));
    });
}

void TableStanding::for_each_hashed(
    const std::function<void(dns::NameView, const sign::Sets&)>& visit) const {
    table_.for_each([&visit](const answer::Record& record) {
        if (record.is_apart()) visit(record.name(), sets_of(&record));
    });
}

sign::Sets TableStanding::at(dns::NameView owner) const {
    return sets_of(table_.find(dns::LowerName(owner).octets()));
}

sign::Sets TableStanding::at_hashed(dns::NameView place) const {
    const auto* record = table_.nsec3_chain().at_or_before(place);
    return sets_of(record != nullptr && record->name() == place ? record : nullptr);
}

std::size_t TableStanding::children(dns::NameView owner) const {
    const auto* record = table_.find(dns::LowerName(owner).octets());
    return record == nullptr ? 0 : record->children();
}

bool TableStanding::is_occluded(dns::NameView owner) const {
    const dns::LowerName name(owner);
    const auto* exact = table_.find(name.octets());
    const auto& nearest = exact != nullptr ? *exact : table_.closest_encloser(name);
    return nearest.cut() < name.labels() || nearest.dname() < name.labels();
}

dns::Name TableStanding::place_before(dns::NameView place) const {
    return dns::Name(ring_.before(place)->name());
}

}  // namespace portolan::app
