#include "portolan/net/loop.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

using namespace portolan::net;
using namespace std::chrono_literals;

namespace {

/// One end of a pair of sockets. What `then` does happens when the other end has written.
class End final : public Watcher {
public:
    explicit End(Loop& loop) : loop_(loop) {
        int ends[2];
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
        here_ = Descriptor(ends[0]);
        there_ = Descriptor(ends[1]);
        loop.watch(here_.get(), *this);
    }
    void ready() noexcept override {
        ++told;
        if (then) then();
    }
    void write() const { CHECK(::write(there_.get(), "x", 1) == 1); }
    void read() const {
        char octet = 0;
        CHECK(::read(here_.get(), &octet, 1) == 1);
    }
    void change(Loop::Wish wish) { loop_.change(here_.get(), *this, wish); }
    void end() {
        loop_.forget(*this);
        here_ = Descriptor();
    }

    int told = 0;
    std::function<void()> then;

private:
    Loop& loop_;
    Descriptor here_;
    Descriptor there_;
};

/// Stops the loop at the given tick.
struct Ticker final : Watcher {
    Ticker(Loop& worker, int last_tick) : loop(worker), last(last_tick) {}
    void ready() noexcept override {
        if (++ticks == last) loop.stop();
    }
    Loop& loop;
    int last;
    int ticks = 0;
};

}  // namespace

TEST_CASE("a loop without a watcher ends at once") { Loop().run(); }

TEST_CASE("a watcher is told for as long as there is something to do") {
    Loop loop;
    End end(loop);
    for (int i = 0; i < 3; ++i) end.write();
    end.then = [&] {
        end.read();
        if (end.told == 3) end.end();
    };
    loop.run();
    CHECK(end.told == 3);
}

TEST_CASE("a watcher that another one ends is not told, though the wait has brought both") {
    Loop loop;
    End first(loop);
    End second(loop);
    const auto end_both = [&] {
        first.end();
        second.end();
    };
    first.then = second.then = end_both;
    first.write();
    second.write();
    loop.run();
    CHECK(first.told + second.told == 1);
}

TEST_CASE("a watcher is told of what it wishes") {
    struct Row {
        const char* what;
        Loop::Wish wish;
        bool told;
    };
    const Row rows[] = {
        {"to read, and nothing is there", Loop::Wish::read, false},
        {"to write", Loop::Wish::write, true},
        {"nothing", Loop::Wish::nothing, false},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        Loop loop;
        End end(loop);
        end.change(row.wish);
        end.then = [&] { end.end(); };
        Ticker ticker(loop, 2);
        loop.set_tick(20ms, ticker);
        loop.start_ticking();
        loop.run();
        CHECK((end.told == 1) == row.told);
        CHECK((ticker.ticks == 2) == !row.told);
    }
}

TEST_CASE("a loop ticks in time") {
    Loop loop;
    End end(loop);
    Ticker ticker(loop, 3);
    loop.set_tick(10ms, ticker);
    loop.start_ticking();
    const auto begin = std::chrono::steady_clock::now();
    loop.run();
    CHECK(std::chrono::steady_clock::now() - begin >= 30ms);
    CHECK(ticker.ticks == 3);
}

TEST_CASE("a sleeping loop does what other threads call") {
    Loop loop;
    End end(loop);
    std::thread::id where;
    std::thread caller([&] {
        std::this_thread::sleep_for(10ms);
        loop.call([&] {
            where = std::this_thread::get_id();
            end.end();
        });
    });
    loop.run();
    caller.join();
    CHECK(where == std::this_thread::get_id());
}

TEST_CASE("a sleeping loop is stopped from another thread") {
    Loop loop;
    End end(loop);
    std::thread caller([&] {
        std::this_thread::sleep_for(10ms);
        loop.stop();
    });
    loop.run();
    caller.join();
    CHECK(end.told == 0);
}
