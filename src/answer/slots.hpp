// The inside of a Table, for the files that read and write it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "portolan/answer/table.hpp"
#include "portolan/dns/block_pool.hpp"

namespace portolan::answer {

constexpr std::size_t fewest_slots = 16;

/// A slot: 0 when free, `tombstone` when what it held was taken out, or a record's address below
/// the 16 upper bits of its name's hash.
using Slot = std::uint64_t;

constexpr Slot free_slot = 0;
constexpr Slot tombstone = 1;  // no block of memory begins there

constexpr bool holds_record(Slot slot) noexcept { return slot > tombstone; }

inline Record* record_of(Slot slot) noexcept {
    return reinterpret_cast<Record*>(slot & address_mask);
}

inline Slot slot_of(const Record* record, std::uint64_t hash) noexcept {
    return (hash & ~address_mask) | reinterpret_cast<std::uintptr_t>(record);
}

/// True for a record whose hash begins like this one: its own, but for one in 65,536.
constexpr bool has_tag(Slot slot, std::uint64_t hash) noexcept {
    return ((slot ^ hash) & ~address_mask) == 0 && holds_record(slot);
}

struct Table::Slots {
    explicit Slots(std::size_t size)
        : count(size), slot(static_cast<std::atomic<Slot>*>(dns::take_block(octets()))) {
        std::uninitialized_value_construct_n(slot, count);
    }
    Slots(const Slots& other) : Slots(other.count) {
        for (std::size_t at = 0; at < count; ++at) {
            slot[at].store(other.slot[at].load(std::memory_order_relaxed),
                           std::memory_order_relaxed);
        }
    }

    Slots& operator=(const Slots&) = delete;
    ~Slots() { dns::give_block(slot, octets()); }

    [[nodiscard]] std::size_t octets() const noexcept { return count * sizeof(*slot); }

    /// Where to look first: the lower half of the hash, of which no tag has a bit, scaled to the
    /// count. So the count need not be a power of two.
    [[nodiscard]] std::size_t home(std::uint64_t hash) const noexcept {
        return (hash & 0xffffffff) * count >> 32;
    }
    [[nodiscard]] std::size_t after(std::size_t at) const noexcept {
        return at + 1 == count ? 0 : at + 1;
    }
    [[nodiscard]] std::size_t before(std::size_t at) const noexcept {
        return (at == 0 ? count : at) - 1;
    }

    /// Puts a record that is not there yet; true when that took a free slot, not a tombstone's.
    bool add(Record* record, std::uint64_t hash) noexcept {
        std::size_t at = home(hash);
        while (holds_record(slot[at].load(std::memory_order_relaxed))) at = after(at);
        const bool was_free = slot[at].load(std::memory_order_relaxed) == free_slot;
        slot[at].store(slot_of(record, hash), std::memory_order_release);
        return was_free;
    }

    /// Takes a record out; returns how many slots are free again. A tombstone is only needed where
    /// a probe may have to go on, so names that come and go do not fill the table.
    std::size_t vacate(std::size_t at) noexcept {
        if (slot[after(at)].load(std::memory_order_relaxed) != free_slot) {
            slot[at].store(tombstone, std::memory_order_release);
            return 0;
        }
        std::size_t freed = 0;
        do {
            slot[at].store(free_slot, std::memory_order_release);
            at = before(at);
            ++freed;
        } while (slot[at].load(std::memory_order_relaxed) == tombstone);
        return freed;
    }

    std::size_t count;        // below 2^32
    std::atomic<Slot>* slot;  // the first of them
};

/// A slot that holds a record; both nullptr when there is none.
struct Table::Place {
    std::atomic<Slot>* slot = nullptr;
    Record* record = nullptr;
};

/// What a table or its predecessor no longer shows.
struct Table::Garbage {
    std::vector<Record*> records;
    std::vector<std::unique_ptr<Slots>> slots;
    std::vector<std::unique_ptr<const Negative>> negatives;
    Chain::Garbage chains;

    Garbage() = default;
    Garbage(const Garbage&) = delete;
    Garbage& operator=(const Garbage&) = delete;
    ~Garbage() {
        for (Record* record : records) Table::free(record);
    }
};

}  // namespace portolan::answer
