// batch_times: a library to be preloaded into a server, which measures how long a batch of
// datagrams takes from the return of its recvmmsg to the return of the sendmmsg that answers it.
//
//     PORTOLAN_BATCH_TIMES=FILE LD_PRELOAD=libbatch_times.so portolan serve …
//
// It stands between the program and the system's library, so the program is the very one that users
// run. When that ends, FILE has one line of JSON: batches, p50_us, p99_us, p999_us, max_us. The
// steps of the distribution are 1/16 of a power of two; a figure is the upper end of its step.
#include <dlfcn.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned steps = 16;  // of each power of two
std::array<std::atomic<std::uint64_t>, 64 * steps> counts;
std::atomic<std::uint64_t> longest;
thread_local Clock::time_point received;
thread_local bool is_open = false;

std::size_t step_of(std::uint64_t nanoseconds) {
    const auto power = static_cast<unsigned>(std::bit_width(nanoseconds | 1U)) - 1;
    const std::uint64_t below = nanoseconds - (std::uint64_t{1} << power);
    return power * steps + ((below * steps) >> power);
}

double end_of(std::size_t step) {
    const auto power = static_cast<double>(std::uint64_t{1} << step / steps);
    return power * (1 + static_cast<double>(step % steps + 1) / steps) / 1000;
}

void note(std::uint64_t nanoseconds) {
    counts[step_of(nanoseconds)].fetch_add(1, std::memory_order_relaxed);
    auto known = longest.load(std::memory_order_relaxed);
    while (nanoseconds > known && !longest.compare_exchange_weak(known, nanoseconds)) {
    }
}

double quantile(double share, std::uint64_t total) {
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        seen += counts[i];
        if (static_cast<double>(seen) >= share * static_cast<double>(total)) return end_of(i);
    }
    return 0;
}

struct Report {
    ~Report() {
        const char* path = std::getenv("PORTOLAN_BATCH_TIMES");
        std::FILE* file = path == nullptr ? nullptr : std::fopen(path, "w");
        if (file == nullptr) return;
        std::uint64_t total = 0;
        for (const auto& count : counts) total += count;
        std::fprintf(file,
                     "{\"batches\": %llu, \"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, "
                     "\"max_us\": %.1f}\n",
                     static_cast<unsigned long long>(total), quantile(0.5, total),
                     quantile(0.99, total), quantile(0.999, total),
                     static_cast<double>(longest.load()) / 1000);
        std::fclose(file);
    }
} report;

template <class Function>
Function* system_function(const char* name) {
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" int recvmmsg(int socket, mmsghdr* messages, unsigned count, int flags,
                        timespec* timeout) {
    static auto* const real = system_function<decltype(recvmmsg)>("recvmmsg");
    const int taken = real(socket, messages, count, flags, timeout);
    is_open = taken > 0;
    if (is_open) received = Clock::now();
    return taken;
}

extern "C" int sendmmsg(int socket, mmsghdr* messages, unsigned count, int flags) {
    static auto* const real = system_function<decltype(sendmmsg)>("sendmmsg");
    const int taken = real(socket, messages, count, flags);
    if (is_open && taken > 0) {
        is_open = false;  // what did not fit goes with the next call, whose time is the client's
        note(static_cast<std::uint64_t>((Clock::now() - received).count()));
    }
    return taken;
}
