// One value that a writer replaces, whole or in part, while many threads read it.
//
// The packet path may not pay for a lock or a reference count (an atomic shared_ptr collapses
// with two readers), so memory is reclaimed by epochs, in the manner of QSBR:
//
//   - The writer swaps the pointer, then raises the epoch. What it took out is retired under the
//     new epoch. `retire` does the same for parts of the value that the writer has replaced in
//     place, by stores that release what they point at.
//   - Every reader has a seat, on a cache line of its own. Reading notes the current epoch there:
//     one load and one store a batch of queries, and the promise that nothing read before is
//     still in use.
//   - A reader that is about to sleep leaves its seat (`rest`), so that a quiet worker does not
//     hold old values back.
//   - The writer frees what was retired under epoch E once every seat is empty or notes E or
//     later. `publish` tries at once; `reclaim` tries again.
//
// Why it holds. A reader in its seat stores the epoch it loaded, then loads the pointer. Should
// the pointer still be the old one, then the epoch was loaded before it was raised, so the seat
// shows less than E and the value stays. The load may overtake the store: until the store is seen,
// the seat shows a still lower epoch. Only an empty seat needs more: the writer must not find it
// empty while the old value is being picked up. There the reader stores its seat and loads the
// epoch again, sequentially consistent as the writer's store of the epoch and load of the seat
// are: either the writer sees the seat taken, or the reader sees E, and with it all that the writer
// did before. That is one such pair a wake-up; everything else is acquire and release.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace portolan::app {

template <class T>
class Published {
    static constexpr std::uint64_t empty = 0;
    struct alignas(64) Seat {
        std::atomic<std::uint64_t> epoch{empty};
    };

public:
    /// One thread's access. It must not outlive the Published.
    class Reader {
    public:
        /// The current value, good until this reader's next call.
        const T& read() noexcept {
            const auto epoch = published_->epoch_.load(std::memory_order_acquire);
            if (seated_) {
                seat_->epoch.store(epoch, std::memory_order_release);
                return *published_->current_.load(std::memory_order_acquire);
            }
            seated_ = true;
            seat_->epoch.store(epoch, std::memory_order_seq_cst);
            static_cast<void>(published_->epoch_.load(std::memory_order_seq_cst));
            return *published_->current_.load(std::memory_order_acquire);
        }
        /// Gives up what was read.
        void rest() noexcept {
            seat_->epoch.store(empty, std::memory_order_release);
            seated_ = false;
        }

    private:
        friend class Published;
        Reader(const Published& published, Seat& seat) : published_(&published), seat_(&seat) {}
        const Published* published_;
        Seat* seat_;
        bool seated_ = false;
    };

    /// `readers` is the number of threads that will read.
    Published(std::unique_ptr<const T> first, std::size_t readers)
        : held_(std::move(first)), current_(held_.get()), seats_(readers) {}
    Published(const Published&) = delete;
    Published& operator=(const Published&) = delete;
    ~Published() = default;  // all readers must have gone

    /// The access of reader `index`, counted from 0; each is for one thread.
    Reader reader(std::size_t index) { return Reader(*this, seats_[index]); }

    // --- for the one writer ---

    void publish(std::unique_ptr<const T> next) {
        std::shared_ptr<const T> value(std::move(next));
        retired_.reserve(retired_.size() + 1);  // from here on nothing throws
        current_.store(value.get(), std::memory_order_release);
        retire(std::exchange(held_, std::move(value)));
    }

    /// Takes over what readers may still hold and can no longer find. Without the memory to note
    /// it the program ends: it cannot be freed now, nor left.
    void retire(std::shared_ptr<const void> garbage) noexcept {
        const auto epoch = epoch_.load(std::memory_order_relaxed) + 1;
        retired_.push_back({std::move(garbage), epoch});
        epoch_.store(epoch, std::memory_order_seq_cst);
        reclaim();
    }

    /// Frees what no reader can hold any more; returns how many values must wait.
    std::size_t reclaim() {
        const auto oldest = oldest_in_use();
        std::erase_if(retired_, [&](const Retired& value) { return value.epoch <= oldest; });
        return retired_.size();
    }

    /// The writer's own view of the current value.
    [[nodiscard]] const T& current() const noexcept { return *held_; }

private:
    struct Retired {
        std::shared_ptr<const void> value;
        std::uint64_t epoch;  // readers at this epoch or later cannot hold it
    };

    [[nodiscard]] std::uint64_t oldest_in_use() const noexcept {
        auto oldest = epoch_.load(std::memory_order_relaxed);
        for (const auto& seat : seats_) {
            const auto epoch = seat.epoch.load(std::memory_order_seq_cst);
            if (epoch != empty && epoch < oldest) oldest = epoch;
        }
        return oldest;
    }

    std::shared_ptr<const T> held_;  // the writer's
    std::atomic<const T*> current_;  // the same, for readers
    std::atomic<std::uint64_t> epoch_{1};
    std::vector<Seat> seats_;
    std::vector<Retired> retired_;
};

}  // namespace portolan::app
