// What the one writer does to a table: see the essay in table.hpp.
#include <algorithm>
#include <ranges>
#include <utility>

#include "portolan/dns/block_pool.hpp"
#include "slots.hpp"
#include "writing.hpp"

namespace portolan::answer {
namespace {

constexpr std::size_t block_octets(std::size_t sets, std::size_t name,
                                   std::size_t addresses) noexcept {
    return sizeof(Record) + sets * sizeof(std::uint64_t) + name + addresses;
}

bool is_address(const dns::RrsetPtr& set) noexcept {
    return set->type() == dns::Type::a || set->type() == dns::Type::aaaa;
}

/// What a record of these sets keeps of its addresses.
struct Addresses {
    std::size_t count = 0, octets = 0;

    explicit Addresses(std::span<const dns::RrsetPtr> sets) noexcept {
        for (const auto& set : sets | std::views::filter(is_address)) {
            count += set->count();
            octets += set->body().size();
        }
        if (octets > Record::most_address_octets) count = octets = 0;
    }
};

}  // namespace

static_assert(sizeof(Record) == 16);

Record::Record(dns::OctetView name, unsigned labels, std::span<const dns::RrsetPtr> sets) noexcept
    : set_count_(static_cast<std::uint16_t>(sets.size())),
      size_(static_cast<std::uint8_t>(name.size())), labels_(static_cast<std::uint8_t>(labels)) {
    auto* word = reinterpret_cast<std::uint64_t*>(this + 1);
    for (const auto& set : sets) {
        intrusive_ptr_add_ref(set.get());
        *word++ = (std::uint64_t{static_cast<std::uint16_t>(set->type())} << address_bits) |
                  reinterpret_cast<std::uintptr_t>(set.get());
    }
    auto* at = std::ranges::copy(name, reinterpret_cast<std::uint8_t*>(word)).out;
    const Addresses addresses(sets);
    address_count_ = static_cast<std::uint8_t>(addresses.count);
    address_octets_ = static_cast<std::uint16_t>(addresses.octets);
    if (addresses.count == 0) return;
    for (const auto& set : sets | std::views::filter(is_address)) {
        at = std::ranges::copy(set->body(), at).out;
    }
}

Record* Table::make(dns::OctetView name, unsigned labels, std::span<const dns::RrsetPtr> sets) {
    void* block = dns::take_block(block_octets(sets.size(), name.size(), Addresses(sets).octets));
    for (const auto& set : sets) resource_records_ += set->count();
    return new (block) Record(name, labels, sets);
}

void Table::free(Record* record) noexcept {
    for (unsigned i = 0; i < record->set_count_; ++i) intrusive_ptr_release(&record->set(i));
    const std::size_t octets =
        block_octets(record->set_count_, record->size_, record->address_octets_);
    record->~Record();
    dns::give_block(record, octets);
}

Table::Table(dns::NameView apex)
    : apex_(apex), slots_(new Slots(fewest_slots)), nsec_chain_(apex_.size()),
      nsec3_chain_(apex_.size()), garbage_(std::make_shared<Garbage>()) {
    Record* record = make(apex_.octets(), apex_.labels(), {});
    slots_.load()->add(record, dns::keyed_hash(apex_.octets()));
    ++used_;
}

Table::Table(const zone::Zone& zone) : Table(zone.apex()) {
    load(zone.nodes().size(), [&] {
        for (const auto& [owner, sets] : zone.nodes()) put(owner, sets);
    });
}

/// The same records in slots of its own.
Table::Table(const Table& other)
    : apex_(other.apex_), slots_(new Slots(*other.slots_.load(std::memory_order_relaxed))),
      nsec_chain_(other.nsec_chain_), nsec3_chain_(other.nsec3_chain_), used_(other.used_),
      resource_records_(other.resource_records_), garbage_(std::make_shared<Garbage>()) {
    take_soa(*find(apex_.octets()));
}

Table::~Table() {
    const std::unique_ptr<Slots> slots(slots_.load());
    delete negative_.load();
    if (!owns_records_) return;
    nsec3_chain_.for_each([](const Record& record) {
        if (record.is_apart()) free(const_cast<Record*>(&record));
    });
    for (std::size_t at = 0; at < slots->count; ++at) {
        const Slot slot = slots->slot[at].load(std::memory_order_relaxed);
        if (holds_record(slot)) free(record_of(slot));
    }
}

void Table::retire(Record* record) {
    for (unsigned i = 0; i < record->set_count_; ++i) resource_records_ -= record->set(i).count();
    if (is_loading_) {
        free(record);
    } else {
        garbage_->records.push_back(record);
    }
}

Table::GarbagePtr Table::take_garbage() {
    return std::exchange(garbage_, std::make_shared<Garbage>());
}

void Table::load(std::size_t names, const std::function<void()>& put_all) {
    change_slots(std::max(fewest_slots, names * 3 / 2 + 2));
    is_loading_ = true;
    put_all();
    if (std::exchange(wants_marks_, false)) mark_all();
    if (std::exchange(wants_chains_, false)) build_chains();
    is_loading_ = false;
    take_garbage();
}

/// Makes room for one record more.
void Table::grow() {
    const Slots& slots = *slots_.load(std::memory_order_relaxed);
    if ((used_ + 1) * 3 <= slots.count * 2) return;
    std::size_t live = 1;
    for (std::size_t at = 0; at < slots.count; ++at) {
        live += holds_record(slots.slot[at].load(std::memory_order_relaxed)) ? 1 : 0;
    }
    change_slots(std::max(fewest_slots, live * 2));
}

/// Tombstones stay behind.
void Table::change_slots(std::size_t count) {
    const Slots& old = *slots_.load(std::memory_order_relaxed);
    auto next = std::make_unique<Slots>(count);
    used_ = 0;
    for (std::size_t at = 0; at < old.count; ++at) {
        const Slot slot = old.slot[at].load(std::memory_order_relaxed);
        if (!holds_record(slot)) continue;
        Record* record = record_of(slot);
        next->add(record, dns::keyed_hash(record->name().octets()));
        ++used_;
    }
    std::unique_ptr<Slots> left(slots_.exchange(next.release(), std::memory_order_acq_rel));
    if (!is_loading_) garbage_->slots.push_back(std::move(left));
}

/// Adds the record of the ancestor of `name` that has `labels` labels, and all above it that do
/// not exist: an ancestor is there before its descendants, as the bisection needs. `apart` is the
/// record that stood apart with that name.
Record& Table::insert(const dns::LowerName& name, unsigned labels,
                      std::span<const dns::RrsetPtr> sets, Record* apart) {
    const dns::OctetView octets = name.ancestor(labels);
    const dns::OctetView above = name.ancestor(labels - 1);
    Record* parent = place_of(above, dns::keyed_hash(above)).record;
    if (parent == nullptr) {
        Record* old = apart_with(above);
        parent = &insert(name, labels - 1, old == nullptr ? Sets{} : sets_of(*old), old);
    }
    grow();
    Record* record = make(octets, labels, sets);
    mark(*record, parent);
    if (slots_.load(std::memory_order_relaxed)->add(record, dns::keyed_hash(octets))) ++used_;
    ++parent->children_;
    if (record->name().is_wildcard()) parent->has_wildcard_.store(true, std::memory_order_relaxed);
    link(apart, record);
    if (apart != nullptr) retire(apart);
    return *record;
}

/// Another record for the same name takes the old one's place, in one store.
void Table::replace(Record& old, std::span<const dns::RrsetPtr> sets) {
    const dns::OctetView octets = old.name().octets();
    const std::uint64_t hash = dns::keyed_hash(octets);
    Record* record = make(octets, old.labels(), sets);
    record->children_ = old.children_;
    record->has_wildcard_.store(old.has_wildcard(), std::memory_order_relaxed);
    mark(*record, parent_of(old));
    const auto loses = [&](dns::Type denial) {
        return old.find(denial) != nullptr && record->find(denial) == nullptr;
    };
    const bool is_unlinked = loses(dns::Type::nsec) || loses(dns::Type::nsec3);
    if (is_unlinked) link(&old, record);
    place_of(octets, hash).slot->store(slot_of(record, hash), std::memory_order_release);
    if (!is_unlinked) link(&old, record);
    retire(&old);
}

/// The name is found no more, nor is an ancestor that has neither sets nor other names below it.
void Table::take_out(const dns::LowerName& name) {
    for (unsigned labels = name.labels(); labels > apex_.labels(); --labels) {
        const dns::OctetView octets = name.ancestor(labels);
        const Place place = place_of(octets, dns::keyed_hash(octets));
        Record* parent = parent_of(*place.record);
        Slots& slots = *slots_.load(std::memory_order_relaxed);
        used_ -= slots.vacate(static_cast<std::size_t>(place.slot - slots.slot));
        retire(place.record);
        if (--parent->children_ > 0) return;
        if (parent->set_count() == 0) continue;
        const Sets sets = sets_of(*parent);
        if (is_for_apart(parent->labels(), sets)) {
            put_apart(dns::LowerName(parent->name()), sets, parent);
        }
        return;
    }
}

/// nullptr for the apex.
Record* Table::parent_of(const Record& record) const noexcept {
    if (record.labels() == apex_.labels()) return nullptr;
    const dns::OctetView octets = record.name().parent().octets();
    return place_of(octets, dns::keyed_hash(octets)).record;
}

/// What a set of this type says at the name holds for all names below: a zone cut or a DNAME.
bool Table::is_for_all_below(const dns::LowerName& name, dns::Type type) const noexcept {
    return type == dns::Type::dname || (type == dns::Type::ns && name.labels() > apex_.labels());
}

/// The record's depths: its parent's, or else its own say.
void Table::mark(Record& record, const Record* parent) noexcept {
    std::uint8_t cut = Record::no_depth;
    std::uint8_t dname = Record::no_depth;
    if (parent != nullptr) {
        cut = parent->cut();
        dname = parent->dname();
        if (record.find(dns::Type::ns) != nullptr) cut = std::min(cut, record.labels_);
    }
    if (record.find(dns::Type::dname) != nullptr) dname = std::min(dname, record.labels_);
    record.cut_.store(cut, std::memory_order_relaxed);
    record.dname_.store(dname, std::memory_order_relaxed);
}

/// After a cut or a DNAME above other names has come or gone: all records anew, from the top.
void Table::mark_all() {
    std::vector<Record*> records;
    for_each([&records](const Record& record) { records.push_back(const_cast<Record*>(&record)); });
    std::ranges::sort(records, {}, &Record::labels);
    for (Record* record : records) mark(*record, parent_of(*record));
}

void Table::take_soa(const Record& apex) {
    const bool has_soa = apex.find(dns::Type::soa) != nullptr;
    const Negative* next = has_soa ? new Negative(apex) : nullptr;
    const Negative* old = negative_.exchange(next, std::memory_order_acq_rel);
    if (old != nullptr) garbage_->negatives.emplace_back(old);
}

/// One owner's change, whatever it is: the sets it has, less those gone, and those that come.
/// True when names below it must be marked anew.
bool Table::edit(dns::NameView owner, std::span<const dns::RrsetPtr> come,
                 std::span<const dns::Type> gone) {
    const dns::LowerName name(owner);
    Record* old = record_with(name.octets());
    if (is_loading_ && std::ranges::any_of(come, is_denial, &dns::Rrset::type)) {
        wants_chains_ = true;
    }
    if (old == nullptr && !is_for_apart(name.labels(), come) &&
        std::ranges::is_sorted(come, {}, &dns::Rrset::type)) {
        if (!come.empty()) insert(name, name.labels(), come);
        return false;
    }
    Sets sets(come.begin(), come.end());
    for (unsigned i = 0; old != nullptr && i < old->set_count(); ++i) {
        const dns::Rrset& set = old->set(i);
        const bool stays = std::ranges::find(gone, set.type()) == gone.end() &&
                           std::ranges::find(come, set.type(), &dns::Rrset::type) == come.end();
        if (stays) sets.emplace_back(&set);
    }
    std::ranges::sort(sets, {}, &dns::Rrset::type);
    const bool has_children = old != nullptr && old->children_ > 0;
    if (!has_children && is_for_apart(name.labels(), sets)) {
        put_apart(name, sets, old);
        return false;
    }
    const bool is_apex = name.labels() == apex_.labels();
    if (sets.empty() && !is_apex && !has_children) {
        link(old, nullptr);
        old->is_apart() ? retire(old) : take_out(name);
        return false;
    }
    if (old == nullptr || old->is_apart()) {
        insert(name, name.labels(), sets, old);
        return false;
    }
    replace(*old, sets);
    if (is_apex) take_soa(*find(name.octets()));
    const auto is_for_below = [&](dns::Type type) { return is_for_all_below(name, type); };
    return has_children && (std::ranges::any_of(gone, is_for_below) ||
                            std::ranges::any_of(come, is_for_below, &dns::Rrset::type));
}

bool Table::edit_owner(std::span<const zone::Change> changes) {
    Sets come;
    std::vector<dns::Type> gone;
    for (const auto& change : changes) {
        if (change.after != nullptr) {
            come.push_back(change.after);
        } else {
            gone.push_back(change.type);
        }
    }
    return edit(changes.front().owner, come, gone);
}

/// Each owner's changes in one edit. True when the records must be marked anew.
bool Table::edit_each(std::span<const zone::Change> changes, const std::function<void()>& rest) {
    bool marks = false;
    for_each_owner(changes, [&](std::span<const zone::Change> of_owner) {
        if (edit_owner(of_owner)) marks = true;
        if (rest) rest();
    });
    return marks;
}

void Table::put(dns::NameView owner, const dns::RrsetPtr& set) { put(owner, {&set, 1}); }

void Table::put(dns::NameView owner, std::span<const dns::RrsetPtr> sets) {
    if (!edit(owner, sets, {})) return;
    if (is_loading_) {
        wants_marks_ = true;
    } else {
        mark_all();
    }
}

void Table::remove(dns::NameView owner, dns::Type type) {
    if (edit(owner, {}, {&type, 1})) mark_all();
}

void Table::apply(std::span<const zone::Change> changes, const std::function<void()>& rest) {
    const bool is_plain = nsec_chain_.is_empty() && nsec3_chain_.is_empty() &&
                          std::ranges::none_of(changes, is_denial, &zone::Change::type);
    if (is_plain ? edit_each(changes, rest) : edit_in_turn(changes, rest)) mark_all();
}

std::unique_ptr<Table> Table::successor(std::span<const zone::Change> changes) {
    const bool marks = std::ranges::any_of(changes, [this](const zone::Change& change) {
        return is_for_all_below(dns::LowerName(change.owner), change.type);
    });
    if (marks) return rebuilt(changes);
    std::unique_ptr<Table> next(new Table(*this));
    // What the changes take out goes when this table goes, and no reader can come here any more.
    next->garbage_ = garbage_;
    next->is_unread_ = true;
    next->edit_each(changes);
    next->is_unread_ = false;
    next->take_garbage();
    owns_records_ = false;
    return next;
}

/// A successor that shares no record, since the marks of any may differ.
std::unique_ptr<Table> Table::rebuilt(std::span<const zone::Change> changes) const {
    auto next = std::make_unique<Table>(apex_.view());
    next->load(used_, [&] {
        for_each([&](const Record& record) {
            if (record.set_count() > 0) next->edit(record.name(), sets_of(record), {});
        });
        next->edit_each(changes);
        next->wants_marks_ = true;
    });
    return next;
}

}  // namespace portolan::answer
