// A worker's wait for its sockets: who has something to do?
//
// A socket is registered with epoll once, level-triggered, and its watcher is told for as long as
// there is something to do. So a turn costs no call to the system beside its own reads and writes,
// and many turns share one wait. A watcher that is told tries what it wants, and takes "not yet"
// for an answer. docs/decisions/2026-11-22-workers-wait-with-epoll.md has what Asio would cost
// here.
//
// All calls come on the thread that runs the loop, or before it runs; `call` and `stop` come from
// anywhere.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <vector>

#include "portolan/net/socket.hpp"

namespace portolan::net {

/// Whoever is told by a loop.
class Watcher {
public:
    /// There may be something to do. It may end any watcher, this one included.
    virtual void ready() noexcept = 0;

protected:
    ~Watcher() = default;
};

class Loop {
public:
    enum class Wish : std::uint32_t {
        nothing = 0,
        read = EPOLLIN,
        write = EPOLLOUT,
        either = EPOLLIN | EPOLLOUT,
    };

    Loop();  // throws SocketError
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Tells `watcher` from now on.
    void watch(int descriptor, Watcher& watcher);  // throws SocketError
    /// False when the system has no memory, or no more watches; errno says which.
    [[nodiscard]] bool try_to_watch(int descriptor, Watcher& watcher, Wish wish) noexcept;
    /// Tells it of something else than before.
    void change(int descriptor, Watcher& watcher, Wish wish) noexcept;
    /// Tells it of nothing any more, though the descriptor stays open.
    void unwatch(int descriptor, const Watcher& watcher) noexcept;
    /// To be called before a watched descriptor is closed, which ends the rest of the watch.
    void forget(const Watcher& watcher) noexcept;

    /// Who is told, and how often, while the loop ticks.
    void set_tick(std::chrono::milliseconds interval, Watcher& watcher) noexcept;
    void start_ticking() noexcept;  // if it does not yet
    void stop_ticking() noexcept { ticking_ = false; }

    /// Runs until no descriptor is watched any more, or until it is stopped.
    void run();
    /// Has it run until it is stopped, whatever is watched.
    void stay() noexcept { ++watched_; }
    void stop() noexcept;
    /// Has the loop's thread do something.
    void call(std::function<void()> work);

private:
    using Clock = std::chrono::steady_clock;

    /// Wakes the loop from other threads.
    class Bell : public Watcher {
    public:
        explicit Bell(Loop& loop) : loop_(loop) {}
        void ready() noexcept override { loop_.do_calls(); }

    private:
        Loop& loop_;
    };

    void ring() noexcept;
    void do_calls() noexcept;
    [[nodiscard]] int milliseconds_to_tick() const noexcept;

    Descriptor epoll_;
    Descriptor bell_number_;
    Bell bell_{*this};
    std::atomic<bool> stopped_{false};
    std::size_t watched_ = 0;

    std::array<epoll_event, 64> told_;  // what the last wait brought; told_[next_] is next
    std::size_t next_ = 0;
    std::size_t count_ = 0;

    Watcher* ticker_ = nullptr;
    bool ticking_ = false;
    std::chrono::milliseconds interval_{};
    Clock::time_point next_tick_;

    std::mutex mutex_;
    std::vector<std::function<void()>> calls_;
};

}  // namespace portolan::net
