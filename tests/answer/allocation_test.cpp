// The packet path's promise: answering allocates nothing and throws nothing.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <new>
#include <random>
#include <set>

#include "../../src/app/vocabulary.hpp"
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
    const auto tables = test::view_of(zone::derive(*read.plan, {}, dns::Serial{1})).tables();
    return {tables, {{tables.front().get(), app::vocabulary_of(*read.plan)}}};
}

const answer::CookieSecrets secrets{{1, 2, 3}};
const answer::Identity identity{"ns1.test", "a version"};

constexpr std::size_t batch_size = 64;

/// Queries of all types for names of the view, their parents, and children that it does not have;
/// some of them damaged.
std::vector<dns::Octets> mixed_queries(const answer::View& view, std::mt19937& random) {
    constexpr const char* types[] = {"SRV", "A", "AAAA", "TXT", "NS", "CNAME", "SOA", "ANY", "DS"};
    const std::vector<std::pair<std::uint16_t, std::string>> options{
        {3, ""}, {10, "0102030405060708"}, {11, ""}};
    const decltype(options) none{};
    std::vector<dns::Octets> queries;
    const auto add = [&](const std::string& name) {
        for (const char* type : types) {
            dns::Octets query =
                test::encode({.name = name,
                              .type = type,
                              .edns = random() % 2 == 0,
                              .payload = static_cast<std::uint16_t>(random() % 5000),
                              .options = random() % 4 == 0 ? options : none});
            if (random() % 8 == 0) {
                const auto damage = static_cast<std::uint8_t>(1 + random() % 255);
                query[random() % query.size()] ^= damage;
            }
            queries.push_back(std::move(query));
        }
    };
    std::set<dns::PackedName> names;  // a table has no order that would be the same each time
    for (const auto& table : view.tables()) {
        table->for_each([&](const answer::Record& record) { names.insert(record.name()); });
    }
    for (const dns::NameView name : names) {
        const auto text = dns::to_text(name);
        add(text);
        if (!name.is_root()) add(dns::to_text(name.parent()));
        if (name.size() < 250) add("nope." + text);
    }
    return queries;
}

/// What has been seen of the answers to `total` queries.
struct Seen {
    std::size_t allocations = 0;
    std::size_t drops = 0;
    std::map<answer::ReplyClass, std::size_t> replies;
    std::size_t truncated_over_udp = 0;
    std::size_t truncated_over_tcp = 0;
    std::size_t larger_than_udp = 0;
};

void ask_mixed(const answer::View& view, std::size_t total, Seen& seen) {
    std::mt19937 random(1);
    const auto queries = mixed_queries(view, random);
    const dns::Octets source{192, 0, 2, 1};
    const answer::Moment moment{.tcp_idle = 100, .secrets = &secrets, .identity = &identity};
    std::vector<std::uint8_t> room(batch_size * 65535);
    std::vector<answer::Exchange> batch(batch_size);
    for (std::size_t done = 0; done < total; done += batch_size) {
        for (std::size_t i = 0; i < batch_size; ++i) {
            batch[i] = {
                .request = queries[(done + i) % queries.size()],
                .room = {room.data() + i * 65535, 65535},
                .transport = random() % 4 == 0 ? answer::Transport::tcp : answer::Transport::udp,
                .source = source};
        }
        allocations = 0;
        counting = true;
        answer::respond(batch, view, moment);
        counting = false;
        seen.allocations += allocations;
        for (const auto& exchange : batch) {
            if (exchange.outcome == answer::Outcome::drop) {
                ++seen.drops;
                continue;
            }
            ++seen.replies[exchange.reply_class];
            const bool over_tcp = exchange.transport == answer::Transport::tcp;
            if (exchange.truncated)
                ++(over_tcp ? seen.truncated_over_tcp : seen.truncated_over_udp);
            if (exchange.size > 1232) ++seen.larger_than_udp;
        }
    }
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

TEST_CASE("respond allocates nothing over a million mixed queries", "[allocation]") {
    static_assert(noexcept(answer::respond({}, std::declval<const answer::View&>(), {})),
                  "nothing is thrown either");
    Seen seen;
    ask_mixed(test::hard_view(), 500'000, seen);
    ask_mixed(derived_view(), 500'000, seen);
    CHECK(seen.allocations == 0);
    using answer::ReplyClass;
    for (const auto each : {ReplyClass::answer, ReplyClass::nodata, ReplyClass::nxdomain,
                            ReplyClass::referral, ReplyClass::refused, ReplyClass::error}) {
        CAPTURE(static_cast<int>(each));
        CHECK(seen.replies[each] > 1000);
    }
    CHECK(seen.drops > 1000);
    CHECK(seen.truncated_over_udp > 1000);
    CHECK(seen.truncated_over_tcp > 10);
    CHECK(seen.larger_than_udp > 100);
}
