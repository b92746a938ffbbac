#include "portolan/answer/table.hpp"

#include "slots.hpp"

namespace portolan::answer {
/// The record that has the hash's tag and is the right one.
template <class IsRight>
Table::Place Table::probe(std::uint64_t hash, IsRight is_right) const noexcept {
    const Slots& slots = *slots_.load(std::memory_order_acquire);
    for (std::size_t at = slots.home(hash);; at = slots.after(at)) {
        const Slot slot = slots.slot[at].load(std::memory_order_acquire);
        if (slot == free_slot) return {};
        if (!has_tag(slot, hash)) continue;
        Record* record = record_of(slot);
        if (is_right(*record)) return {&slots.slot[at], record};
    }
}

Table::Place Table::place_of(dns::OctetView lower_name, std::uint64_t hash) const noexcept {
    const dns::NameView name(lower_name);
    return probe(hash, [name](const Record& one) { return one.name().has_same_octets(name); });
}

const Record* Table::find(dns::OctetView lower_name, std::uint64_t hash) const noexcept {
    return place_of(lower_name, hash).record;
}

const Record* Table::find_in_any_case(dns::NameView name, std::uint64_t hash) const noexcept {
    const auto is_right = [name](const Record& one) {
        return one.name().has_same_octets(name) || one.name() == name;
    };
    return probe(hash, is_right).record;
}

void Table::prefetch_slot(std::uint64_t hash) const noexcept {
    const Slots& slots = *slots_.load(std::memory_order_acquire);
    __builtin_prefetch(&slots.slot[slots.home(hash)]);
}

const Record* Table::prefetch_record(std::uint64_t hash) const noexcept {
    const Record* record = probe(hash, [](const Record&) { return true; }).record;
    if (record == nullptr) return nullptr;
    // Header, sets and the name's start; then the rest of the name, and addresses.
    __builtin_prefetch(record);
    __builtin_prefetch(reinterpret_cast<const std::uint8_t*>(record) + 64);
    return record;
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

const Record* Table::denial_at_or_before(dns::NameView lower_name) const noexcept {
    const Negative* apex = negative();
    const bool is_hashed = apex != nullptr && apex->nsec3();
    return (is_hashed ? nsec3_chain_ : nsec_chain_).at_or_before(lower_name);
}

void Table::for_each(const std::function<void(const Record&)>& visit) const {
    for_each_of_part(0, 1, visit);
}

void Table::for_each_of_part(std::size_t part, std::size_t parts,
                             const std::function<void(const Record&)>& visit) const {
    const Slots& slots = *slots_.load(std::memory_order_acquire);
    const std::size_t end = slots.count * (part + 1) / parts;
    for (std::size_t at = slots.count * part / parts; at < end; ++at) {
        const Slot slot = slots.slot[at].load(std::memory_order_acquire);
        if (holds_record(slot)) visit(*record_of(slot));
    }
    nsec3_chain_.for_each_of_part(part, parts, [&visit](const Record& record) {
        if (record.is_apart()) visit(record);
    });
}

}  // namespace portolan::answer
