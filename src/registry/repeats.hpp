// Which of very many keys come more than once.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "portolan/registry/plan.hpp"

namespace portolan::registry {

/// A million ports are checked for two that are one, and nearly always there are none. So keys go
/// through here first, at eight octets each; what may be repeated is then looked at exactly.
class Repeats {
public:
    explicit Repeats(std::size_t keys) : slots_(size_for(keys)) {}

    /// At most as many as the constructor was told.
    void add(std::uint64_t hash) {
        hash |= 1;  // 0 is an empty slot
        for (std::size_t slot = hash >> 20;; ++slot) {
            auto& there = slots_[slot & (slots_.size() - 1)];
            if (there == hash) repeated_.push_back(hash);
            if (there == 0) there = hash;
            if (there == hash) return;
        }
    }

    [[nodiscard]] bool any() const noexcept { return !repeated_.empty(); }
    /// True for each key that was added twice, and hardly ever for another one. After `sort`.
    [[nodiscard]] bool may_hold(std::uint64_t hash) const noexcept {
        return std::ranges::binary_search(repeated_, hash | 1);
    }
    void sort() { std::ranges::sort(repeated_); }

private:
    static std::size_t size_for(std::size_t keys) {
        std::size_t size = 16;
        while (size < keys * 2) size *= 2;
        return size;
    }

    std::vector<std::uint64_t> slots_;
    std::vector<std::uint64_t> repeated_;
};

/// One step of mixing; good enough for addresses, which differ in their last bits.
inline std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) noexcept {
    hash = (hash ^ value) * 0x9E3779B97F4A7C15;  // 2^64 / golden ratio: Knuth 6.4
    return hash ^ (hash >> 29);
}

inline std::uint64_t hash_of(const Address& address) noexcept {
    std::uint64_t hash = address.size;
    for (std::size_t i = 0; i < address.size; i += 4) {
        std::uint32_t word = 0;
        for (std::size_t j = 0; j < 4; ++j) word = word << 8 | address.octets[i + j];
        hash = mixed(hash, word);
    }
    return mixed(hash, hash >> 32);
}

/// The addresses that more than one place of these plans may have.
inline Repeats repeated_addresses(std::span<const Plan* const> plans) {
    const auto for_each = [&](auto use) {
        for (const auto* plan : plans)
            for (const auto& environment : plan->environments)
                for (const auto& host : environment.hosts)
                    for (const auto& address : host.addresses) use(address.value);
    };
    std::size_t count = 0;
    for_each([&](const Address&) { ++count; });
    Repeats repeats(count);
    for_each([&](const Address& address) { repeats.add(hash_of(address)); });
    repeats.sort();
    return repeats;
}

}  // namespace portolan::registry
