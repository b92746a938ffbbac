// Work that several threads share and one thread takes, in order.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace portolan::app {

/// Calls `make(i)` for each i below `count` on a few threads, each of which has a `make` of its own
/// from `make_maker()`; and `take(result)` for the results on the calling thread, by rising i, so
/// that what is taken does not depend on who was faster. At most a few results wait at a time.
/// What any of them throws is thrown here, when all threads have ended.
template <class MakeMaker, class Take>
void in_order(std::size_t count, const MakeMaker& make_maker, const Take& take) {
    using Result = decltype(make_maker()(std::size_t{}));
    const std::size_t makers =
        std::min<std::size_t>(count, std::max(1U, std::thread::hardware_concurrency()));
    const std::size_t most_waiting = 2 * makers;

    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::optional<Result>> waiting(most_waiting);  // i stands at i % most_waiting
    std::size_t next = 0;
    std::size_t taken = 0;
    std::exception_ptr failure;

    const auto fail = [&] {
        const std::lock_guard lock(mutex);
        if (!failure) failure = std::current_exception();
        changed.notify_all();
    };
    const auto choose = [&]() -> std::optional<std::size_t> {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return failure || next == count || next < taken + most_waiting; });
        if (failure || next == count) return std::nullopt;
        return next++;
    };
    const auto work = [&] {
        try {
            auto make = make_maker();
            while (const auto i = choose()) {
                Result result = make(*i);
                const std::lock_guard lock(mutex);
                waiting[*i % most_waiting] = std::move(result);
                changed.notify_all();
            }
        } catch (...) {
            fail();
        }
    };

    std::vector<std::jthread> threads;
    try {
        for (std::size_t i = 0; i < makers; ++i) threads.emplace_back(work);
        for (std::size_t i = 0; i < count; ++i) {
            std::unique_lock lock(mutex);
            changed.wait(lock, [&] { return failure || waiting[i % most_waiting]; });
            if (failure) break;
            Result result = std::move(*waiting[i % most_waiting]);
            waiting[i % most_waiting].reset();
            ++taken;
            changed.notify_all();
            lock.unlock();
            take(std::move(result));
        }
    } catch (...) {
        fail();
    }
    threads.clear();
    if (failure) std::rethrow_exception(failure);
}

/// Calls `work(i)` for each i below `count` on a few threads.
inline void run_at_once(std::size_t count, const std::function<void(std::size_t)>& work) {
    const auto make_maker = [&work] {
        return [&work](std::size_t i) {
            work(i);
            return true;
        };
    };
    in_order(count, make_maker, [](bool) {});
}

}  // namespace portolan::app
