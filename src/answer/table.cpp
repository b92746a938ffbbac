#include "portolan/answer/table.hpp"

#include "slots.hpp"

namespace portolan::answer {
namespace {

bool same_octets(dns::OctetView a, dns::OctetView b) noexcept {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

template <class IsName>
Table::Place Table::probe(std::uint64_t hash, IsName is_name) const noexcept {
    const Slots& slots = *slots_.load(std::memory_order_acquire);
    for (std::size_t at = slots.home(hash);; at = slots.after(at)) {
        const Slot slot = slots.slot[at].load(std::memory_order_acquire);
        if (slot == free_slot) return {};
        if (!has_tag(slot, hash)) continue;
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
    __builtin_prefetch(&slots.slot[slots.home(hash)]);
}

const Record* Table::prefetched_record(std::uint64_t hash) const noexcept {
    const Slots& slots = *slots_.load(std::memory_order_acquire);
    const Slot slot = slots.slot[slots.home(hash)].load(std::memory_order_acquire);
    return has_tag(slot, hash) ? record_of(slot) : nullptr;
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

void Table::for_each(const std::function<void(const Record&)>& visit) const {
    const Slots& slots = *slots_.load(std::memory_order_acquire);
    for (std::size_t at = 0; at < slots.count; ++at) {
        const Slot slot = slots.slot[at].load(std::memory_order_acquire);
        if (holds_record(slot)) visit(*record_of(slot));
    }
}

}  // namespace portolan::answer
