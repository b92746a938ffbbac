#include "portolan/dns/block_pool.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <mutex>
#include <random>
#include <span>
#include <thread>
#include <vector>

using portolan::dns::BlockPool;
using portolan::dns::give_block;
using portolan::dns::take_block;

namespace {

/// A block with something written all over it, which nobody else may touch.
struct Held {
    std::uint8_t* block = nullptr;
    std::size_t octets = 0;
    std::uint8_t mark = 0;

    [[nodiscard]] bool is_whole() const {
        return std::ranges::all_of(std::span(block, octets),
                                   [this](std::uint8_t octet) { return octet == mark; });
    }
    [[nodiscard]] bool is_aligned() const {
        return reinterpret_cast<std::uintptr_t>(block) % 8 == 0;
    }
};

Held hold(BlockPool::Cache& cache, std::size_t octets, std::uint8_t mark) {
    const Held held{static_cast<std::uint8_t*>(cache.take(octets)), octets, mark};
    std::memset(held.block, mark, octets);
    return held;
}

std::vector<Held> hold_many(BlockPool::Cache& cache, std::size_t count, std::size_t octets) {
    std::vector<Held> all;
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back(hold(cache, octets, static_cast<std::uint8_t>(i)));
    }
    return all;
}

void give_all(BlockPool::Cache& cache, const std::vector<Held>& all) {
    for (const auto& held : all) cache.give(held.block, held.octets);
}

bool are_whole(const std::vector<Held>& all) {
    return std::ranges::all_of(all, &Held::is_whole) && std::ranges::all_of(all, &Held::is_aligned);
}

constexpr std::size_t a_span = BlockPool::span_octets;
constexpr std::size_t span_full_of_64 = a_span / 64;

}  // namespace

TEST_CASE("a block has the octets that were asked for, to itself") {
    const auto octets = GENERATE(as<std::size_t>(), 0, 1, 7, 8, 9, 16, 72, 248, 1000, 1023, 1024);
    CAPTURE(octets);
    BlockPool pool;
    BlockPool::Cache cache(pool);
    // More than a slab of them, so that the edges of slabs are among them.
    const auto all =
        hold_many(cache, BlockPool::slab_octets / std::max<std::size_t>(octets, 8) + 9, octets);
    CHECK(are_whole(all));
    auto blocks = all;
    std::ranges::sort(blocks, {}, &Held::block);
    CHECK(std::ranges::adjacent_find(blocks, {}, &Held::block) == blocks.end());
}

TEST_CASE("a block of any size comes from the program's pool, the heap, or the system") {
    const auto octets = GENERATE(as<std::size_t>(), 0, 8, 1024, 1025, 65536, a_span - 1, a_span,
                                 a_span + 1, 5 * a_span);
    CAPTURE(octets);
    const Held held{static_cast<std::uint8_t*>(take_block(octets)), octets, 0x5a};
    std::memset(held.block, held.mark, octets);
    CHECK(held.is_whole());
    CHECK(held.is_aligned());
    give_block(held.block, octets);
}

TEST_CASE("small needs take a part of one span") {
    BlockPool pool;
    CHECK(pool.use() == BlockPool::Use{});
    BlockPool::Cache cache(pool);
    for (std::size_t octets = 32; octets <= 256; octets += 8) (void)hold(cache, octets, 1);
    CHECK(pool.use().spans == 1);
}

TEST_CASE("what was given back is taken again") {
    BlockPool pool;
    std::vector<Held> all;
    {
        BlockPool::Cache maker(pool);
        all = hold_many(maker, 3 * span_full_of_64, 64);
    }
    const auto full = pool.use();
    CHECK(full.blocks == all.size());
    BlockPool::Cache other(pool);  // as on another thread
    for (int round = 0; round < 5; ++round) {
        const auto some = static_cast<std::ptrdiff_t>(all.size() / 3);
        const std::vector<Held> gone(all.end() - some, all.end());
        all.erase(all.end() - some, all.end());
        give_all(other, gone);
        const auto come = hold_many(other, gone.size(), 64);
        all.insert(all.end(), come.begin(), come.end());
        CHECK(pool.use().spans == full.spans);
    }
    CHECK(are_whole(all));
}

TEST_CASE("memory serves another size when all of a slab is back") {
    BlockPool pool;
    BlockPool::Cache cache(pool);
    const auto first = hold_many(cache, span_full_of_64 * 3, 64);
    const auto stays = hold_many(cache, 1, 64);
    const auto before = pool.use();
    give_all(cache, first);
    const auto second = hold_many(cache, span_full_of_64 / 2, 128);
    CHECK(pool.use().spans <= before.spans);
    CHECK(are_whole(second));
    CHECK(are_whole(stays));
}

TEST_CASE("spans go back to the system when all is given back, but for one") {
    BlockPool pool;
    {
        BlockPool::Cache cache(pool);
        const auto all = hold_many(cache, 4 * span_full_of_64, 64);
        CHECK(pool.use().spans == 5);  // a span's own head takes room too
        give_all(cache, all);
    }
    CHECK(pool.use() == BlockPool::Use{.spans = 1, .slabs = 0, .blocks = 0});
}

TEST_CASE("whatever is taken and given, blocks stay whole and the pool's account is right") {
    std::mt19937 random(20261122);
    BlockPool pool;
    {
        std::array<std::unique_ptr<BlockPool::Cache>, 3> caches;
        for (auto& cache : caches) cache = std::make_unique<BlockPool::Cache>(pool);
        std::vector<Held> held;
        std::size_t wish = 0;
        for (int step = 0; step < 200000; ++step) {
            if (step % 20000 == 0) wish = random() % 20000;  // grows and shrinks in waves
            auto& cache = *caches[random() % caches.size()];
            if (held.empty() || (held.size() < wish && random() % 4 != 0)) {
                const std::size_t octets = random() % 8 == 0 ? random() % 1025 : random() % 20 * 8;
                held.push_back(hold(cache, octets, static_cast<std::uint8_t>(random())));
            } else {
                std::swap(held[random() % held.size()], held.back());
                REQUIRE(held.back().is_whole());
                cache.give(held.back().block, held.back().octets);
                held.pop_back();
            }
            if (step % 20000 == 19999) {
                for (auto& each : caches) each = std::make_unique<BlockPool::Cache>(pool);
                CHECK(pool.use().blocks == held.size());
            }
        }
        CHECK(are_whole(held));
        give_all(*caches[0], held);
    }
    CHECK(pool.use() == BlockPool::Use{.spans = 1, .slabs = 0, .blocks = 0});
}

TEST_CASE("several threads take, and give back what others took") {
    constexpr std::size_t threads = 4;
    BlockPool pool;
    std::mutex mutex;
    std::vector<Held> shared;
    std::atomic<std::size_t> broken = 0;
    const auto work = [&](unsigned seed) {
        std::mt19937 random(seed);
        BlockPool::Cache cache(pool);
        for (int step = 0; step < 20000; ++step) {
            const std::size_t octets = 24 + random() % 12 * 8;
            const Held made = hold(cache, octets, static_cast<std::uint8_t>(random()));
            Held taken;
            {
                const std::lock_guard lock(mutex);
                shared.push_back(made);
                if (shared.size() < 3000) continue;
                std::swap(shared[random() % shared.size()], shared.back());
                taken = shared.back();
                shared.pop_back();
            }
            if (!taken.is_whole()) ++broken;
            cache.give(taken.block, taken.octets);
        }
    };
    {
        std::vector<std::jthread> all;
        for (unsigned seed = 0; seed < threads; ++seed) all.emplace_back(work, seed);
    }
    CHECK(broken == 0);
    CHECK(are_whole(shared));
    CHECK(pool.use().blocks == shared.size());
    {
        BlockPool::Cache cache(pool);
        give_all(cache, shared);
    }
    CHECK(pool.use() == BlockPool::Use{.spans = 1, .slabs = 0, .blocks = 0});
}

TEST_CASE("threads that ask the system for memory at once leave no span behind") {
    constexpr std::size_t threads = 8;
    for (int round = 0; round < 100; ++round) {
        BlockPool pool;
        std::barrier together(threads);
        const auto work = [&] {
            BlockPool::Cache cache(pool);
            together.arrive_and_wait();
            void* block = cache.take(64);
            together.arrive_and_wait();
            cache.give(block, 64);
        };
        {
            std::vector<std::jthread> all;
            for (std::size_t i = 0; i < threads; ++i) all.emplace_back(work);
        }
        REQUIRE(pool.use() == BlockPool::Use{.spans = 1, .slabs = 0, .blocks = 0});
    }
}
