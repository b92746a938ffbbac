#include "portolan/app/published.hpp"

#include <catch2/catch.hpp>
#include <thread>

using portolan::app::Published;

namespace {

/// Counts how many of its kind live, and says whether it is whole.
struct Value {
    Value(unsigned number, std::atomic<int>& living) : first(number), last(number), alive(living) {
        ++alive;
    }
    ~Value() {
        first = 0;
        last = ~0U;
        --alive;
    }
    unsigned first;
    unsigned last;
    std::atomic<int>& alive;
};

}  // namespace

TEST_CASE("a published value is freed when no reader can hold it", "[published]") {
    std::atomic<int> alive = 0;
    {
        Published<Value> published(std::make_unique<Value>(1, alive), 2);
        auto busy = published.reader(0);
        auto sleeper = published.reader(1);

        SECTION("nobody reads: freed at once") {
            published.publish(std::make_unique<Value>(2, alive));
            CHECK(alive == 1);
        }
        SECTION("a reader holds the old value until it reads again") {
            const Value& old = busy.read();
            published.publish(std::make_unique<Value>(2, alive));
            CHECK(alive == 2);
            CHECK(old.first == 1);
            CHECK(published.reclaim() == 1);
            CHECK(busy.read().first == 2);
            CHECK(published.reclaim() == 0);
            CHECK(alive == 1);
        }
        SECTION("a reader that rests holds nothing") {
            sleeper.read();
            sleeper.rest();
            published.publish(std::make_unique<Value>(2, alive));
            CHECK(alive == 1);
            CHECK(sleeper.read().first == 2);
        }
        SECTION("one slow reader keeps every value since its own") {
            busy.read();
            published.publish(std::make_unique<Value>(2, alive));
            sleeper.read();
            published.publish(std::make_unique<Value>(3, alive));
            CHECK(alive == 3);
            busy.rest();
            CHECK(published.reclaim() == 1);  // the sleeper still has the second
            sleeper.rest();
            CHECK(published.reclaim() == 0);
        }
        SECTION("what is retired waits as long as a replaced value") {
            const auto retire = [&](unsigned number) {
                published.retire(std::make_shared<Value>(number, alive));
            };
            busy.read();
            retire(2);
            CHECK(alive == 2);
            sleeper.read();  // came after it was taken out
            CHECK(published.reclaim() == 1);
            busy.read();
            CHECK(published.reclaim() == 0);
            CHECK(alive == 1);
        }
        CHECK(published.current().first >= 1);
    }
    CHECK(alive == 0);
}

TEST_CASE("readers never see a freed or half-made value while the writer publishes",
          "[published]") {
    constexpr unsigned readers = 3;
    constexpr unsigned values = 20000;
    std::atomic<int> alive = 0;
    std::atomic<bool> stop = false;
    std::atomic<unsigned> torn = 0;
    std::atomic<unsigned> backwards = 0;
    {
        Published<Value> published(std::make_unique<Value>(1, alive), readers);
        std::vector<std::thread> threads;
        for (unsigned i = 0; i < readers; ++i) {
            threads.emplace_back([&, reader = published.reader(i), i]() mutable {
                unsigned last = 0;
                for (unsigned turn = 0; !stop; ++turn) {
                    const Value& value = reader.read();
                    if (value.first != value.last) ++torn;
                    if (value.first < last) ++backwards;
                    last = value.first;
                    if (turn % (i + 2) == 0) reader.rest();
                }
                reader.rest();
            });
        }
        for (unsigned number = 2; number < values; ++number) {
            published.publish(std::make_unique<Value>(number, alive));
        }
        stop = true;
        for (auto& thread : threads) thread.join();
        CHECK(published.reclaim() == 0);
        CHECK(alive == 1);
    }
    CHECK(torn == 0);
    CHECK(backwards == 0);
    CHECK(alive == 0);
}
