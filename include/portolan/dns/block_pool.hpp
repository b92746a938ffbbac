// Memory for a zone's blocks: RRsets and the records of a table.
//
// A large zone is millions of blocks of 30 to 300 octets, made by several threads, read in no
// order, and freed by the engine's thread. From the general heap each would have a header and stand
// on a page of 4 KiB, so that nearly every step of an answer made the processor look up where its
// page is. Here a block has no header, and stands on a huge page:
//
//     span    2 MiB of the system's memory, at a multiple of that; a huge page, but for the first
//     slab    64 KiB of a span, for blocks of one size: a multiple of 8 octets, at most 1 KiB
//     chain   up to 4 KiB of blocks, one pointing at the next: what a thread takes, or gives back,
//             at a time
//
// Each thread keeps two chains of a size at hand (Cache); the lock is for exchanging them. What is
// given back is taken again first. A slab whose blocks are all back may serve another size, and a
// span whose slabs are all back goes to the system, but for one. Larger blocks come from the
// general heap, and those of a span or more, like a large table's slots, from the system.
//
// With the address or the thread sanitizer, take_block is operator new: in a pool they would not
// see a block that is used after it was freed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace portolan::dns {

/// At least `octets` of memory, aligned to 8, from any thread; throws std::bad_alloc.
[[nodiscard]] void* take_block(std::size_t octets);
/// On any thread; `octets` as it was taken.
void give_block(void* block, std::size_t octets) noexcept;

/// What stands behind take_block: one for the program, others in tests. Outlives its caches.
class BlockPool {
public:
    static constexpr std::size_t span_octets = std::size_t{1} << 21;
    static constexpr std::size_t slab_octets = std::size_t{1} << 16;
    static constexpr std::size_t largest_block = 1024;

    BlockPool() = default;
    BlockPool(const BlockPool&) = delete;
    BlockPool& operator=(const BlockPool&) = delete;
    /// Its blocks are gone, wherever they are.
    ~BlockPool();

    class Cache;

    struct Use {
        std::size_t spans = 0;   // that the system has given
        std::size_t slabs = 0;   // of those, that serve some size
        std::size_t blocks = 0;  // taken, or in a cache
        friend bool operator==(const Use&, const Use&) = default;
    };
    [[nodiscard]] Use use() const;

private:
    struct Block {
        Block* next;
    };
    struct Chain {
        Block* first = nullptr;
        std::size_t count = 0;
        void push(Block* block) noexcept;
        Block* pop() noexcept;
    };
    struct Slab;
    struct Span;

    static constexpr std::size_t size_step = 8;
    static constexpr std::size_t sizes = largest_block / size_step;
    /// The place of a size among all: 0 for 8 octets.
    static constexpr std::size_t index_of(std::size_t octets) noexcept {
        return octets == 0 ? 0 : (octets - 1) / size_step;
    }
    static constexpr std::size_t size_at(std::size_t index) noexcept {
        return (index + 1) * size_step;
    }
    static constexpr std::size_t longest_chain(std::size_t index) noexcept {
        return 4096 / size_at(index);
    }

    [[nodiscard]] Chain take_chain(std::size_t index);
    void give_chain(Chain chain) noexcept;

    bool add_slab(std::size_t index) noexcept;
    static Span* make_span(bool is_first);
    void add_span(Span* span);
    void remove_slab(Slab& slab) noexcept;
    void remove_span(Span& span) noexcept;
    void open(Slab& slab) noexcept;
    void close(Slab& slab) noexcept;

    mutable std::mutex mutex_;
    std::array<Slab*, sizes> open_{};  // of each size, the slabs that have blocks to take
    std::vector<Span*> spans_;         // in the order of their making
};

/// One thread's blocks at hand; all go back to the pool in the end.
class BlockPool::Cache {
public:
    explicit Cache(BlockPool& pool) noexcept : pool_(pool) {}
    Cache(const Cache&) = delete;
    Cache& operator=(const Cache&) = delete;
    ~Cache();

    /// At most `largest_block` octets.
    [[nodiscard]] void* take(std::size_t octets);
    void give(void* block, std::size_t octets) noexcept;

private:
    struct Chains {
        Chain at_hand;
        Chain full;  // or empty: so that taking and giving in turn never asks the pool each time
    };
    BlockPool& pool_;
    std::array<Chains, sizes> chains_{};
};

}  // namespace portolan::dns
