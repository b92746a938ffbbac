// A queue of fixed size between two threads: one puts in, one takes out, neither ever waits.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace portolan::app {

/// `Item`s are written and read in their places: `back` gives the next free one, `push` hands it
/// over; `front` gives the oldest, `pop` gives its place back.
template <class Item>
class Ring {
public:
    explicit Ring(std::size_t capacity) : items_(capacity) {}

    // --- for the one that puts in ---

    /// nullptr when the ring is full.
    Item* back() noexcept {
        const auto end = end_.load(std::memory_order_relaxed);
        if (end - begin_.load(std::memory_order_acquire) == items_.size()) return nullptr;
        return &items_[end % items_.size()];
    }
    void push() noexcept {
        end_.store(end_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

    // --- for the one that takes out ---

    /// nullptr when the ring is empty.
    const Item* front() const noexcept {
        const auto begin = begin_.load(std::memory_order_relaxed);
        if (begin == end_.load(std::memory_order_acquire)) return nullptr;
        return &items_[begin % items_.size()];
    }
    void pop() noexcept {
        begin_.store(begin_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

private:
    std::vector<Item> items_;
    alignas(64) std::atomic<std::uint64_t> begin_{0};  // counted since the start
    alignas(64) std::atomic<std::uint64_t> end_{0};
};

}  // namespace portolan::app
