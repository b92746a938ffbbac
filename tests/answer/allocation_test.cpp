// The packet path's promise: answering allocates nothing and throws nothing.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <new>
#include <random>

#include "../support/hard_zone.hpp"
#include "../support/zone_text.hpp"
#include "portolan/answer/respond.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/source/plan_file.hpp"
#include "portolan/zone/derive.hpp"

using namespace portolan;

namespace {

thread_local bool counting = false;
thread_local std::size_t allocations = 0;

void count_allocation() noexcept {
    if (counting) ++allocations;
}

}  // namespace

#ifdef __SANITIZE_ADDRESS__
// The sanitizer's own operators stay; it tells us of every malloc besides. GCC exports this from
// its runtime, but ships the header that declares it (sanitizer/allocator_interface.h) not.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*,
                                                                             std::size_t),
                                                         void (*free_hook)(const volatile void*));
static const int hooked = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, std::size_t) { count_allocation(); }, [](const volatile void*) {});
#else  // not inlined, or GCC takes malloc and delete for a pair that does not match
[[gnu::noinline]] void* operator new(std::size_t size) {
    count_allocation();
    if (void* room = std::malloc(size == 0 ? 1 : size); room != nullptr) return room;
    throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t alignment) {
    count_allocation();
    const auto align = static_cast<std::size_t>(alignment);
    void* room = std::aligned_alloc(align, (size + align - 1) / align * align);
    if (room != nullptr) return room;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* room) noexcept { std::free(room); }
[[gnu::noinline]] void operator delete(void* room, std::size_t) noexcept { std::free(room); }
[[gnu::noinline]] void operator delete(void* room, std::align_val_t) noexcept { std::free(room); }
[[gnu::noinline]] void operator delete(void* room, std::size_t, std::align_val_t) noexcept {
    std::free(room);
}
#endif

namespace {

answer::View derived_view() {
    const auto read = source::read_plan(std::string(PORTOLAN_SOURCE_DIR) + "/zones/elements.yaml",
                                        source::read_whole_file);
    REQUIRE(read.plan);
    return test::view_of(zone::derive(*read.plan, {}, dns::Serial{1}));
}

constexpr std::size_t batch_size = 64;

/// Queries for names of the view, their parents, and children that it does not have; some of
/// them damaged.
std::vector<dns::Octets> mixed_queries(const answer::View& view, std::mt19937& random) {
    constexpr const char* types[] = {"SRV", "A", "AAAA", "TXT", "NS", "CNAME", "SOA", "ANY", "DS"};
    std::vector<dns::Octets> queries;
    for (const auto& table : view.tables()) {
        table->for_each([&](const answer::Record& record) {
            const auto text = dns::to_text(record.name());
            const bool is_root = record.name().is_root();
            for (const auto& name : {text, is_root ? text : dns::to_text(record.name().parent()),
                                     record.name().size() < 250 ? "nope." + text : text}) {
                dns::Octets query =
                    test::encode({.name = name,
                                  .type = types[random() % std::size(types)],
                                  .edns = random() % 2 == 0,
                                  .payload = static_cast<std::uint16_t>(random() % 5000)});
                if (random() % 8 == 0) query[random() % query.size()] ^= 0x41;
                queries.push_back(std::move(query));
            }
        });
    }
    return queries;
}

/// What `total` queries, answered in batches, allocate.
std::size_t allocations_of(const answer::View& view, std::size_t total, std::size_t& replies) {
    std::mt19937 random(1);
    const auto queries = mixed_queries(view, random);
    std::vector<std::uint8_t> room(batch_size * 65535);
    std::vector<answer::Exchange> batch(batch_size);
    allocations = 0;
    for (std::size_t done = 0; done < total; done += batch_size) {
        for (std::size_t i = 0; i < batch_size; ++i) {
            batch[i] = {
                .request = queries[(done + i) % queries.size()],
                .room = {room.data() + i * 65535, 65535},
                .transport = random() % 4 == 0 ? answer::Transport::tcp : answer::Transport::udp};
        }
        counting = true;
        answer::respond(batch, view, {});
        counting = false;
        for (const auto& exchange : batch) replies += exchange.outcome == answer::Outcome::reply;
    }
    return allocations;
}

}  // namespace

TEST_CASE("what counts allocations counts them", "[allocation]") {
    allocations = 0;
    counting = true;
    auto number = std::make_unique<std::size_t>(1);
    *static_cast<volatile std::size_t*>(number.get()) = 2;
    counting = false;
    CHECK(allocations == 1);
}

TEST_CASE("respond allocates nothing, whatever is asked", "[allocation]") {
    static_assert(noexcept(answer::respond({}, std::declval<const answer::View&>(), {})),
                  "nothing is thrown either");
    std::size_t replies = 0;
    CHECK(allocations_of(test::hard_view(), 50'000, replies) == 0);
    CHECK(allocations_of(derived_view(), 50'000, replies) == 0);
    CHECK(replies > 90'000);
}
