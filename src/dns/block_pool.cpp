#include "portolan/dns/block_pool.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <new>
#include <ranges>
#include <utility>

namespace portolan::dns {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool is_sanitized = true;
#else
constexpr bool is_sanitized = false;
#endif
#else
constexpr bool is_sanitized = false;
#endif

constexpr std::size_t whole_spans(std::size_t octets) noexcept {
    return (octets + BlockPool::span_octets - 1) & ~(BlockPool::span_octets - 1);
}

/// Whole spans of the system's memory, at a multiple of their size. The system knows pages only, so
/// it is asked for one span more, and what stands before and behind goes back. The last place that
/// fits is taken: below what was mapped before, so that the next one joins.
void* map_spans(std::size_t octets) {
    const std::size_t wanted = whole_spans(octets);
    const std::size_t asked = wanted + BlockPool::span_octets;
    void* room = ::mmap(nullptr, asked, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) throw std::bad_alloc();
    auto* const first = static_cast<std::uint8_t*>(room);
    auto* const last = first + asked;
    auto* const end = last - reinterpret_cast<std::uintptr_t>(last) % BlockPool::span_octets;
    auto* const begin = end - wanted;
    if (begin != first) ::munmap(first, static_cast<std::size_t>(begin - first));
    if (end != last) ::munmap(end, static_cast<std::size_t>(last - end));
    return begin;
}

/// The system may refuse, and then gives small pages.
void ask_for_huge_pages(void* room, std::size_t octets) noexcept {
    ::madvise(room, whole_spans(octets), MADV_HUGEPAGE);
}

BlockPool& pool_of_program() {
    static auto* pool = new BlockPool;  // never destroyed: blocks may live as long as the program
    return *pool;
}

BlockPool::Cache& cache_of_thread() {
    static thread_local BlockPool::Cache cache(pool_of_program());
    return cache;
}

}  // namespace

void* take_block(std::size_t octets) {
    if (is_sanitized) return ::operator new(octets);
    if (octets <= BlockPool::largest_block) return cache_of_thread().take(octets);
    if (octets < BlockPool::span_octets) return ::operator new(octets);
    void* room = map_spans(octets);
    ask_for_huge_pages(room, octets);
    return room;
}

void give_block(void* block, std::size_t octets) noexcept {
    if (is_sanitized) return ::operator delete(block);
    if (octets <= BlockPool::largest_block) return cache_of_thread().give(block, octets);
    if (octets < BlockPool::span_octets) return ::operator delete(block);
    ::munmap(block, whole_spans(octets));
}

// --- slabs and spans ---

/// Blocks of one size. `back` are those that were given back; from `fresh` on none was ever taken.
struct BlockPool::Slab {
    std::size_t index = 0;  // of the size
    std::size_t taken = 0;
    Block* back = nullptr;
    std::uint8_t* fresh = nullptr;
    std::uint8_t* end = nullptr;
    Slab* before = nullptr;  // among the open slabs of the size
    Slab* after = nullptr;

    [[nodiscard]] bool has_block() const noexcept {
        return back != nullptr || static_cast<std::size_t>(end - fresh) >= size_at(index);
    }
    Block* take() noexcept {
        ++taken;
        if (back != nullptr) return std::exchange(back, back->next);
        return new (std::exchange(fresh, fresh + size_at(index))) Block{nullptr};
    }
    void give(Block* block) noexcept {
        --taken;
        block->next = std::exchange(back, block);
    }
};

/// Stands at the beginning of its own memory, in the first slab.
struct BlockPool::Span {
    static constexpr std::size_t slab_count = span_octets / slab_octets;
    static_assert(slab_count == 32);

    std::array<Slab, slab_count> slabs{};
    std::uint32_t used = 0;  // a bit a slab

    [[nodiscard]] bool has_slab() const noexcept { return ~used != 0; }
    Slab& take(std::size_t index) noexcept {
        const auto place = static_cast<std::size_t>(std::countr_one(used));
        used |= std::uint32_t{1} << place;
        auto* const memory = reinterpret_cast<std::uint8_t*>(this) + place * slab_octets;
        Slab& slab = slabs[place];
        slab = {.index = index,
                .fresh = place == 0 ? reinterpret_cast<std::uint8_t*>(this + 1) : memory,
                .end = memory + slab_octets};
        return slab;
    }
    void give(const Slab& slab) noexcept { used &= ~(std::uint32_t{1} << (&slab - slabs.data())); }

    /// Whose memory that is.
    static Span& of(const void* memory) noexcept {
        const auto address = reinterpret_cast<std::uintptr_t>(memory);
        return *reinterpret_cast<Span*>(address & ~(span_octets - 1));
    }
    Slab& slab_of(const void* block) noexcept {
        const auto place = reinterpret_cast<std::uintptr_t>(block) % span_octets / slab_octets;
        return slabs[place];
    }
};

BlockPool::~BlockPool() {
    for (Span* span : spans_) ::munmap(span, span_octets);
}

BlockPool::Use BlockPool::use() const {
    const std::lock_guard lock(mutex_);
    Use use{.spans = spans_.size()};
    for (const Span* span : spans_) {
        use.slabs += static_cast<std::size_t>(std::popcount(span->used));
        for (std::size_t place = 0; place < Span::slab_count; ++place) {
            if ((span->used >> place & 1) != 0) use.blocks += span->slabs[place].taken;
        }
    }
    return use;
}

/// From one slab, so that a failure to get another leaves nothing half taken.
BlockPool::Chain BlockPool::take_chain(std::size_t index) {
    std::unique_lock lock(mutex_);
    while (open_[index] == nullptr && !add_slab(index)) {
        const bool is_first = spans_.empty();
        lock.unlock();  // the system clears the memory: others need not wait for that
        Span* span = make_span(is_first);
        lock.lock();
        add_span(span);
    }
    Slab& slab = *open_[index];
    Chain chain;
    while (chain.count < longest_chain(index) && slab.has_block()) chain.push(slab.take());
    if (!slab.has_block()) close(slab);
    return chain;
}

void BlockPool::give_chain(Chain chain) noexcept {
    const std::lock_guard lock(mutex_);
    while (chain.count > 0) {
        Block* block = chain.pop();
        Slab& slab = Span::of(block).slab_of(block);
        if (!slab.has_block()) open(slab);
        slab.give(block);
        if (slab.taken == 0) remove_slab(slab);
    }
}

/// False when no span has room for it.
bool BlockPool::add_slab(std::size_t index) noexcept {
    const auto newest_first = std::views::reverse(spans_);
    const auto found = std::ranges::find_if(newest_first, &Span::has_slab);
    if (found == newest_first.end()) return false;
    open((*found)->take(index));
    return true;
}

/// A small zone needs a part of the first span, and pays for that part: no huge page.
BlockPool::Span* BlockPool::make_span(bool is_first) {
    void* room = map_spans(span_octets);
    if (!is_first) ask_for_huge_pages(room, span_octets);
    return new (room) Span;
}

/// While the system made it, another thread may have brought one as well: then this one goes back,
/// for what is never taken from would never be given back either.
void BlockPool::add_span(Span* span) {
    if (std::ranges::any_of(spans_, &Span::has_slab)) {
        ::munmap(span, span_octets);
        return;
    }
    try {
        spans_.push_back(span);
    } catch (...) {
        ::munmap(span, span_octets);
        throw;
    }
}

void BlockPool::remove_slab(Slab& slab) noexcept {
    close(slab);
    Span& span = Span::of(&slab);
    span.give(slab);
    const auto is_empty = [](const Span* each) { return each->used == 0; };
    if (is_empty(&span) && std::ranges::count_if(spans_, is_empty) > 1) remove_span(span);
}

void BlockPool::remove_span(Span& span) noexcept {
    std::erase(spans_, &span);
    ::munmap(&span, span_octets);
}

void BlockPool::open(Slab& slab) noexcept {
    Slab*& first = open_[slab.index];
    slab.before = nullptr;
    slab.after = first;
    if (first != nullptr) first->before = &slab;
    first = &slab;
}

void BlockPool::close(Slab& slab) noexcept {
    (slab.before != nullptr ? slab.before->after : open_[slab.index]) = slab.after;
    if (slab.after != nullptr) slab.after->before = slab.before;
}

// --- what a thread has at hand ---

void BlockPool::Chain::push(Block* block) noexcept {
    block->next = std::exchange(first, block);
    ++count;
}

BlockPool::Block* BlockPool::Chain::pop() noexcept {
    --count;
    return std::exchange(first, first->next);
}

/// At the end of the program, objects of static storage may still give blocks back after this.
BlockPool::Cache::~Cache() {
    for (auto& chains : chains_) {
        pool_.give_chain(std::exchange(chains.at_hand, {}));
        pool_.give_chain(std::exchange(chains.full, {}));
    }
}

void* BlockPool::Cache::take(std::size_t octets) {
    const std::size_t index = index_of(octets);
    auto& [at_hand, full] = chains_[index];
    if (at_hand.count == 0) std::swap(at_hand, full);
    if (at_hand.count == 0) at_hand = pool_.take_chain(index);
    return at_hand.pop();
}

void BlockPool::Cache::give(void* block, std::size_t octets) noexcept {
    const std::size_t index = index_of(octets);
    auto& [at_hand, full] = chains_[index];
    if (at_hand.count == longest_chain(index)) {
        pool_.give_chain(std::exchange(full, std::exchange(at_hand, {})));
    }
    at_hand.push(new (block) Block{nullptr});
}

}  // namespace portolan::dns
