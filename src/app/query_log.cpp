#include "portolan/app/query_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "app/query_note.hpp"
#include "app/ring.hpp"
#include "net/signals_blocked.hpp"
#include "portolan/net/socket.hpp"

namespace portolan::app {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t ring_notes = 4096;        // a worker's
constexpr auto pause = 50ms;                    // when the rings were empty
constexpr auto patience_at_the_end = 500ms;     // with who reads a pipe
constexpr auto between_looks = 1s;              // whether the file is still there
constexpr auto between_complaints = 60s;        // in the server's log
constexpr std::size_t chunk_octets = PIPE_BUF;  // which a pipe takes whole or not at all

}  // namespace

struct QueryLog::Seat::State {
    explicit State(unsigned every) : sample(every) {}

    Ring<QueryNote> ring{ring_notes};
    std::atomic<std::uint64_t> lost{0};
    const unsigned sample;
    unsigned passed = 0;  // queries since the last one noted
};

void QueryLog::Seat::note(std::span<const answer::Exchange> batch,
                          std::int64_t milliseconds) noexcept {
    for (const auto& exchange : batch) {
        const bool is_elsewhere = exchange.outcome == answer::Outcome::transfer ||
                                  exchange.outcome == answer::Outcome::update;
        if (exchange.size == 0 || is_elsewhere) continue;
        note(exchange, milliseconds);
    }
}

void QueryLog::Seat::note(const answer::Exchange& exchange, std::int64_t milliseconds) noexcept {
    if (++state_->passed < state_->sample) return;
    state_->passed = 0;
    QueryNote* note = state_->ring.back();
    if (note == nullptr) {
        state_->lost.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    note->take(exchange, milliseconds);
    state_->ring.push();
}

struct QueryLog::State {
    State(const QueryLogSettings& settings, unsigned workers)
        : path(settings.file), is_stderr(settings.file == "-") {
        for (unsigned i = 0; i < workers; ++i) seats.emplace_back(std::max(1U, settings.sample));
        if (!open()) {
            throw std::runtime_error(
                fmt::format("cannot write the query log {}: {}", path, std::strerror(errno)));
        }
        const net::SignalsBlocked blocked;
        thread = std::thread([this] { run(); });
    }
    ~State() {
        {
            const std::lock_guard lock(mutex);
            deadline = Clock::now() + patience_at_the_end;
            is_ending = true;
        }
        end_is_near.notify_one();
        thread.join();
    }

    // --- all below: the writing thread ---

    void run() {
        while (true) {
            const bool was_ending = is_ending.load();
            look_after_file();
            const bool was_empty = !write_all();
            say_what_was_lost();
            flush();
            if (was_ending) return;
            if (!was_empty) continue;
            std::unique_lock lock(mutex);
            end_is_near.wait_for(lock, pause, [this] { return is_ending.load(); });
        }
    }

    /// False when there was nothing in the rings.
    bool write_all() {
        bool found = false;
        for (auto& seat : seats) {
            for (std::size_t i = 0; i < ring_notes; ++i) {  // then the others get their turn
                const QueryNote* note = seat.ring.front();
                if (note == nullptr) break;
                line.clear();
                note->append_to(line);
                seat.ring.pop();
                put_line();
                found = true;
            }
        }
        return found;
    }

    void put_line() {
        if (chunk.size() + line.size() > chunk_octets) flush();
        chunk += line;
        ++lines;
    }

    void say_what_was_lost() {
        const auto sum = lost();
        if (sum == lost_told || !is_open()) return;
        const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::system_clock::now().time_since_epoch());
        line = fmt::format("{{\"time\":\"{}\",\"lost\":{}}}\n", time_text(now.count()),
                           sum - lost_told);
        lost_told = sum;
        put_line();
        --lines;  // it is none of the queries'
        complain_of_loss();
    }

    void complain_of_loss() {
        const auto sum = lost();
        if (sum > 0) complain(fmt::format("{} lines lost so far: nobody takes them", sum));
    }

    [[nodiscard]] std::uint64_t lost() const noexcept {
        std::uint64_t sum = lost_here;
        for (const auto& seat : seats) sum += seat.lost.load(std::memory_order_relaxed);
        return sum;
    }

    /// Writes the chunk. Waits for the reader of a pipe, but not longer than until the end.
    void flush() {
        while (!chunk.empty()) {
            if (!is_open()) return lose_chunk();
            if (!has_room()) {
                if (is_overdue()) return lose_chunk();
                look_after_file();
                complain_of_loss();
                continue;
            }
            const ssize_t taken = write(descriptor(), chunk.data(), chunk.size());
            if (taken >= 0) {
                chunk.erase(0, static_cast<std::size_t>(taken));
            } else if (errno != EAGAIN && errno != EINTR) {
                return give_up(errno);
            }
        }
        written.fetch_add(lines, std::memory_order_relaxed);
        lines = 0;
    }

    [[nodiscard]] bool has_room() const {
        pollfd wanted{descriptor(), POLLOUT, 0};
        return poll(&wanted, 1, static_cast<int>(pause.count())) == 1;
    }

    void give_up(int error) {
        complain(std::strerror(error));
        if (error == EPIPE) file = net::Descriptor();
        lose_chunk();
    }

    void lose_chunk() {
        lost_here += lines;
        lines = 0;
        chunk.clear();
    }

    [[nodiscard]] bool is_overdue() const { return is_ending && Clock::now() >= deadline; }

    [[nodiscard]] int descriptor() const noexcept { return is_stderr ? STDERR_FILENO : file.get(); }
    [[nodiscard]] bool is_open() const noexcept { return descriptor() >= 0; }

    /// What was open stays so until there is another. A pipe that nobody reads is not opened
    /// (ENXIO); a later look finds its reader.
    bool open() {
        if (is_stderr) return true;
        constexpr int flags = O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC;
        const int number = ::open(path.c_str(), flags, 0640);
        if (number < 0) return errno == ENXIO;
        file = net::Descriptor(number);
        return true;
    }

    void look_after_file() {
        if (is_stderr) return;
        const bool is_asked = wants_reopen.exchange(false);
        if (!is_asked && Clock::now() < next_look) return;
        next_look = Clock::now() + between_looks;
        if (!is_asked && is_open() && is_still_there()) return;
        if (!open()) complain(std::strerror(errno));
    }

    /// The file under the path is the one that is open.
    [[nodiscard]] bool is_still_there() const noexcept {
        struct stat named {
        }, opened{};
        return stat(path.c_str(), &named) == 0 && fstat(file.get(), &opened) == 0 &&
               named.st_ino == opened.st_ino && named.st_dev == opened.st_dev;
    }

    void complain(const std::string& what) {
        if (Clock::now() < next_complaint) return;
        next_complaint = Clock::now() + between_complaints;
        spdlog::warn("query log {}: {}", path, what);
    }

    const std::string path;
    const bool is_stderr;
    std::deque<Seat::State> seats;
    net::Descriptor file;
    std::atomic<bool> wants_reopen{false};
    Clock::time_point next_look = Clock::now() + between_looks;
    Clock::time_point next_complaint{};
    std::string line;
    std::string chunk;                        // whole lines, to be written at once …
    std::uint64_t lines = 0;                  // … and their number
    std::atomic<std::uint64_t> lost_here{0};  // made, but not taken by the file
    std::uint64_t lost_told = 0;
    std::atomic<std::uint64_t> written{0};
    std::mutex mutex;  // for the end
    std::condition_variable end_is_near;
    std::atomic<bool> is_ending{false};
    Clock::time_point deadline{};
    std::thread thread;
};

QueryLog::QueryLog(const QueryLogSettings& settings, unsigned workers)
    : state_(std::make_unique<State>(settings, workers)) {}

QueryLog::~QueryLog() = default;

QueryLog::Seat QueryLog::seat(unsigned worker) noexcept { return Seat(state_->seats[worker]); }

void QueryLog::reopen() noexcept { state_->wants_reopen = true; }

QueryLog::Counts QueryLog::counts() const noexcept {
    return {state_->written.load(std::memory_order_relaxed), state_->lost()};
}

}  // namespace portolan::app
