#include "portolan/answer/table.hpp"

#include <algorithm>
#include <bit>
#include <new>
#include <optional>

#include "portolan/zone/soa.hpp"

namespace portolan::answer {
namespace {

constexpr unsigned tag_shift = 48;
constexpr std::uint64_t pointer_mask = (std::uint64_t{1} << tag_shift) - 1;
constexpr std::uint64_t free_slot = 0;
constexpr std::uint64_t tombstone = 1;  // no block of memory begins there
constexpr std::size_t fewest_slots = 16;

std::uint64_t tag_of(std::uint64_t hash) noexcept { return hash >> tag_shift << tag_shift; }

Record* record_of(std::uint64_t slot) noexcept {
    return reinterpret_cast<Record*>(slot & pointer_mask);
}

std::uint64_t slot_of(const Record* record, std::uint64_t hash) noexcept {
    return tag_of(hash) | reinterpret_cast<std::uintptr_t>(record);
}

bool same_octets(dns::OctetView a, dns::OctetView b) noexcept {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

bool is_wildcard(dns::OctetView name) noexcept { return name[0] == 1 && name[1] == '*'; }

bool changes_depths(dns::Type type) noexcept {
    return type == dns::Type::ns || type == dns::Type::dname;
}

dns::RrsetPtr negative(const dns::Rrset& soa) {
    const auto fields = zone::read_soa(*soa.begin());
    const dns::OctetView rdata = *soa.begin();
    return dns::make_rrset(dns::Type::soa, dns::Ttl{std::min(soa.ttl().seconds, fields.minimum)},
                           {dns::Octets(rdata.begin(), rdata.end())});
}

}  // namespace

// --- records
// --------------------------------------------------------------------------------------

static_assert(sizeof(Record) == 16);

Record::Record(dns::OctetView name, unsigned labels, std::span<const dns::RrsetPtr> sets) noexcept
    : size_(static_cast<std::uint8_t>(name.size())), labels_(static_cast<std::uint8_t>(labels)),
      set_count_(static_cast<std::uint8_t>(sets.size())) {
    auto* word = reinterpret_cast<std::uint64_t*>(this + 1);
    for (const auto& set : sets) {
        intrusive_ptr_add_ref(set.get());
        *word++ = (std::uint64_t{static_cast<std::uint16_t>(set->type())} << pointer_bits) |
                  reinterpret_cast<std::uintptr_t>(set.get());
    }
    std::ranges::copy(name, reinterpret_cast<std::uint8_t*>(word));
}

Record* Table::make(dns::OctetView name, unsigned labels, std::span<const dns::RrsetPtr> sets) {
    void* block = ::operator new(sizeof(Record) + sets.size() * 8 + name.size());
    for (const auto& set : sets) resource_records_ += set->count();
    return new (block) Record(name, labels, sets);
}

void Table::free(Record* record) noexcept {
    for (unsigned i = 0; i < record->set_count_; ++i) intrusive_ptr_release(&record->set(i));
    record->~Record();
    ::operator delete(record);
}

// --- slots
// ----------------------------------------------------------------------------------------

struct Table::Slots {
    explicit Slots(std::size_t count)
        : mask(count - 1), slot(std::make_unique<std::atomic<std::uint64_t>[]>(count)) {}

    /// Puts a record that is not there yet.
    void add(Record* record, std::uint64_t hash) noexcept {
        std::size_t at = hash & mask;
        while (slot[at].load(std::memory_order_relaxed) != free_slot) at = (at + 1) & mask;
        slot[at].store(slot_of(record, hash), std::memory_order_release);
    }

    std::size_t mask;
    std::unique_ptr<std::atomic<std::uint64_t>[]> slot;
};

/// What a table or its predecessor no longer shows.
struct Table::Garbage {
    std::vector<Record*> records;
    std::vector<std::unique_ptr<Slots>> slots;
    std::vector<dns::RrsetPtr> sets;

    Garbage() = default;
    Garbage(const Garbage&) = delete;
    Garbage& operator=(const Garbage&) = delete;
    ~Garbage() {
        for (Record* record : records) Table::free(record);
    }
};

/// A slot that holds a record.
struct Table::Place {
    std::atomic<std::uint64_t>* slot = nullptr;
    Record* record = nullptr;
};

template <class IsName>
Table::Place Table::probe(std::uint64_t hash, IsName is_name) const noexcept {
    const Slots& slots = *slots_.load(std::memory_order_acquire);
    const std::uint64_t tag = tag_of(hash);
    for (std::size_t at = hash & slots.mask;; at = (at + 1) & slots.mask) {
        const std::uint64_t slot = slots.slot[at].load(std::memory_order_acquire);
        if (slot == free_slot) return {};
        if ((slot & ~pointer_mask) != tag || slot == tombstone) continue;
        Record* record = record_of(slot);
        if (is_name(record->name().octets())) return {&slots.slot[at], record};
    }
}

Table::Place Table::place_of(dns::OctetView name, std::uint64_t hash) const noexcept {
    return probe(hash, [name](dns::OctetView own) { return same_octets(own, name); });
}

const Record* Table::find(dns::OctetView lower_name, std::uint64_t hash) const noexcept {
    return place_of(lower_name, hash).record;
}

const Record* Table::find_in_any_case(dns::NameView name, std::uint64_t hash) const noexcept {
    const auto is_name = [name](dns::OctetView own) {
        return same_octets(own, name.octets()) || dns::NameView(own) == name;
    };
    return probe(hash, is_name).record;
}

void Table::prefetch_slot(std::uint64_t hash) const noexcept {
    const Slots& slots = *slots_.load(std::memory_order_acquire);
    __builtin_prefetch(&slots.slot[hash & slots.mask]);
}

const Record* Table::prefetched_record(std::uint64_t hash) const noexcept {
    const Slots& slots = *slots_.load(std::memory_order_acquire);
    const std::uint64_t slot = slots.slot[hash & slots.mask].load(std::memory_order_acquire);
    return (slot & ~pointer_mask) == tag_of(hash) && slot > tombstone ? record_of(slot) : nullptr;
}

void Table::prefetch_record(std::uint64_t hash) const noexcept {
    // Header, sets and the name's start, and the rest of the name.
    const auto* record = reinterpret_cast<const std::uint8_t*>(prefetched_record(hash));
    if (record == nullptr) return;
    __builtin_prefetch(record);
    __builtin_prefetch(record + 64);
}

const Record& Table::closest_encloser(const dns::LowerName& name) const noexcept {
    unsigned existing = apex_.labels();
    unsigned missing = name.labels();
    const Record* found = find(apex_.octets());
    while (missing - existing > 1) {
        const unsigned middle = existing + (missing - existing) / 2;
        if (const Record* record = find(name.ancestor(middle)); record != nullptr) {
            found = record;
            existing = middle;
        } else {
            missing = middle;
        }
    }
    return *found;
}

// --- writing
// --------------------------------------------------------------------------------------

Table::Table(dns::NameView apex)
    : apex_(apex), slots_(new Slots(fewest_slots)), garbage_(std::make_shared<Garbage>()) {
    Record* record = make(apex_.octets(), apex_.labels(), {});
    slots_.load()->add(record, dns::keyed_hash(apex_.octets()));
    ++used_;
}

Table::Table(const zone::Zone& zone) : Table(zone.apex()) {
    for (const auto& [owner, sets] : zone.nodes()) put(owner, sets);
    take_garbage();
}

Table::~Table() {
    const std::unique_ptr<Slots> slots(slots_.load());
    if (const auto* soa = negative_soa_.load(); soa != nullptr) intrusive_ptr_release(soa);
    if (!owns_records_) return;
    for (std::size_t at = 0; at <= slots->mask; ++at) {
        const std::uint64_t slot = slots->slot[at].load(std::memory_order_relaxed);
        if (slot > tombstone) free(record_of(slot));
    }
}

void Table::retire(Record* record) {
    for (unsigned i = 0; i < record->set_count_; ++i) resource_records_ -= record->set(i).count();
    garbage_->records.push_back(record);
}

Table::GarbagePtr Table::take_garbage() {
    return std::exchange(garbage_, std::make_shared<Garbage>());
}

void Table::grow() {
    const Slots& old = *slots_.load(std::memory_order_relaxed);
    if ((used_ + 1) * 2 <= old.mask + 1) return;
    std::size_t live = 1;
    for (std::size_t at = 0; at <= old.mask; ++at) {
        live += old.slot[at].load(std::memory_order_relaxed) > tombstone ? 1 : 0;
    }
    // Tombstones go; an eighth of room to spare keeps the next time away.
    auto next = std::make_unique<Slots>(std::bit_ceil(std::max(fewest_slots, live * 9 / 4)));
    for (std::size_t at = 0; at <= old.mask; ++at) {
        const std::uint64_t slot = old.slot[at].load(std::memory_order_relaxed);
        if (slot <= tombstone) continue;
        Record* record = record_of(slot);
        next->add(record, dns::keyed_hash(record->name().octets()));
    }
    used_ = live - 1;
    garbage_->slots.emplace_back(slots_.exchange(next.release(), std::memory_order_acq_rel));
}

/// Adds the record of the ancestor of `name` that has `labels` labels, and all above it that do
/// not exist: an ancestor is there before its descendants, as the bisection needs.
Record& Table::insert(const dns::LowerName& name, unsigned labels,
                      std::span<const dns::RrsetPtr> sets) {
    const dns::OctetView octets = name.ancestor(labels);
    const dns::OctetView above = name.ancestor(labels - 1);
    Record* parent = place_of(above, dns::keyed_hash(above)).record;
    if (parent == nullptr) parent = &insert(name, labels - 1, {});
    grow();
    Record* record = make(octets, labels, sets);
    record->cut_.store(parent->cut(), std::memory_order_relaxed);
    record->dname_.store(parent->dname(), std::memory_order_relaxed);
    mark(*record);
    slots_.load(std::memory_order_relaxed)->add(record, dns::keyed_hash(octets));
    ++used_;
    ++parent->children_;
    if (is_wildcard(octets)) parent->has_wildcard_.store(true, std::memory_order_relaxed);
    return *record;
}

/// The record's own say on the depths, when nothing above it has spoken.
void Table::mark(Record& record) noexcept {
    const bool is_cut = record.labels() > apex_.labels() && record.find(dns::Type::ns) != nullptr;
    if (is_cut && record.cut() > record.labels()) {
        record.cut_.store(record.labels_, std::memory_order_relaxed);
    }
    const bool is_dname = record.find(dns::Type::dname) != nullptr;
    if (is_dname && record.dname() > record.labels()) {
        record.dname_.store(record.labels_, std::memory_order_relaxed);
    }
}

/// After a cut or a DNAME has come or gone, each record asks those above it, from the top.
void Table::mark_all() noexcept {
    for_each([this](const Record& each) {
        const dns::LowerName name(each.name());
        std::uint8_t cut = Record::no_depth;
        std::uint8_t dname = Record::no_depth;
        for (unsigned labels = name.labels() + 1; labels-- > apex_.labels();) {
            const Record* above = find(name.ancestor(labels));
            const bool is_cut = labels > apex_.labels() && above->find(dns::Type::ns) != nullptr;
            if (is_cut) cut = static_cast<std::uint8_t>(labels);
            const bool is_dname = above->find(dns::Type::dname) != nullptr;
            if (is_dname) dname = static_cast<std::uint8_t>(labels);
        }
        auto& record = const_cast<Record&>(each);
        record.cut_.store(cut, std::memory_order_relaxed);
        record.dname_.store(dname, std::memory_order_relaxed);
    });
}

/// Another record for the same name takes the old one's place, in one store.
void Table::replace(Record& old, std::span<const dns::RrsetPtr> sets) {
    const dns::OctetView octets = old.name().octets();
    const std::uint64_t hash = dns::keyed_hash(octets);
    Record* record = make(octets, old.labels(), sets);
    record->children_ = old.children_;
    record->cut_.store(old.cut(), std::memory_order_relaxed);
    record->dname_.store(old.dname(), std::memory_order_relaxed);
    record->has_wildcard_.store(old.has_wildcard(), std::memory_order_relaxed);
    place_of(octets, hash).slot->store(slot_of(record, hash), std::memory_order_release);
    retire(&old);
}

/// A name without sets and without names below it exists no more, and perhaps its parent neither.
void Table::prune(const dns::LowerName& name) {
    for (unsigned labels = name.labels(); labels > apex_.labels(); --labels) {
        const dns::OctetView octets = name.ancestor(labels);
        const Place place = place_of(octets, dns::keyed_hash(octets));
        if (place.record->set_count() > 0 || place.record->children_ > 0) return;
        place.slot->store(tombstone, std::memory_order_release);
        const dns::OctetView above = name.ancestor(labels - 1);
        Record* parent = place_of(above, dns::keyed_hash(above)).record;
        --parent->children_;
        retire(place.record);
    }
}

void Table::take_soa(const Record& apex) {
    const dns::Rrset* soa = apex.find(dns::Type::soa);
    const dns::Rrset* next = soa == nullptr ? nullptr : negative(*soa).detach();
    const dns::Rrset* old = negative_soa_.exchange(next, std::memory_order_acq_rel);
    if (old != nullptr) garbage_->sets.emplace_back(old, false);
}

/// One owner's change, whatever it is: the sets it has, less those gone, and those that come.
void Table::edit(dns::NameView owner, std::span<const dns::RrsetPtr> come,
                 std::span<const dns::Type> gone) {
    const dns::LowerName name(owner);
    Record* old = place_of(name.octets(), dns::keyed_hash(name.octets())).record;
    std::vector<dns::RrsetPtr> sets(come.begin(), come.end());
    bool depths = std::ranges::any_of(gone, changes_depths);
    for (unsigned i = 0; old != nullptr && i < old->set_count(); ++i) {
        const dns::Rrset& set = old->set(i);
        const bool stays = std::ranges::find(gone, set.type()) == gone.end() &&
                           std::ranges::find(come, set.type(), &dns::Rrset::type) == come.end();
        if (stays) sets.emplace_back(&set);
    }
    std::ranges::sort(sets, {}, &dns::Rrset::type);
    if (old == nullptr) {
        if (!sets.empty()) insert(name, name.labels(), sets);
        return;
    }
    for (const auto& set : come) depths = depths || changes_depths(set->type());
    const bool is_apex = name.labels() == apex_.labels();
    replace(*old, sets);
    if (is_apex) {
        take_soa(*find(name.octets()));
    } else if (sets.empty()) {
        prune(name);
    }
    if (depths) mark_all();
}

void Table::put(dns::NameView owner, const dns::RrsetPtr& set) { edit(owner, {&set, 1}, {}); }

void Table::put(dns::NameView owner, std::span<const dns::RrsetPtr> sets) { edit(owner, sets, {}); }

void Table::remove(dns::NameView owner, dns::Type type) { edit(owner, {}, {&type, 1}); }

void Table::apply(std::span<const zone::Change> changes) {
    for (auto first = changes.begin(); first != changes.end();) {
        auto last = first;
        std::vector<dns::RrsetPtr> come;
        std::vector<dns::Type> gone;
        for (; last != changes.end() && last->owner == first->owner; ++last) {
            if (last->after != nullptr) {
                come.push_back(last->after);
            } else {
                gone.push_back(last->type);
            }
        }
        edit(first->owner, come, gone);
        first = last;
    }
}

std::unique_ptr<Table> Table::successor(std::span<const zone::Change> changes) {
    const bool depths = std::ranges::any_of(
        changes, [](const zone::Change& change) { return changes_depths(change.type); });
    auto next = std::make_unique<Table>(apex_.view());
    if (depths) {  // the marks of every record may change, so none is shared
        for_each([&next](const Record& record) {
            std::vector<dns::RrsetPtr> sets;
            for (unsigned i = 0; i < record.set_count(); ++i) sets.emplace_back(&record.set(i));
            if (!sets.empty()) next->put(record.name(), sets);
        });
        next->take_garbage();
        next->apply(changes);
        return next;
    }
    next->share(*this);
    next->apply(changes);
    // What the changes took out goes when this table goes, and no reader can come here any more.
    owns_records_ = false;
    garbage_ = std::exchange(next->garbage_, std::make_shared<Garbage>());
    return next;
}

/// Becomes a copy of `other` with the same records.
void Table::share(const Table& other) {
    const Slots& from = *other.slots_.load(std::memory_order_relaxed);
    auto copy = std::make_unique<Slots>(from.mask + 1);
    for (std::size_t at = 0; at <= from.mask; ++at) {
        copy->slot[at].store(from.slot[at].load(std::memory_order_relaxed),
                             std::memory_order_relaxed);
    }
    const std::unique_ptr<Slots> own(slots_.exchange(copy.release()));
    for (std::size_t at = 0; at <= own->mask; ++at) {
        if (const std::uint64_t slot = own->slot[at].load(); slot > tombstone)
            free(record_of(slot));
    }
    used_ = other.used_;
    resource_records_ = other.resource_records_;
    take_soa(*find(apex_.octets()));
}

void Table::for_each(const std::function<void(const Record&)>& visit) const {
    const Slots& slots = *slots_.load(std::memory_order_acquire);
    for (std::size_t at = 0; at <= slots.mask; ++at) {
        const std::uint64_t slot = slots.slot[at].load(std::memory_order_acquire);
        if (slot > tombstone) visit(*record_of(slot));
    }
}

}  // namespace portolan::answer
