// The query log: one JSON line a query, or one of so many, to a file or a pipe.
//
// No worker ever waits for it. A worker copies what it has seen (app/query_note.hpp) into a ring of
// its own, without a lock and without making text; one thread empties the rings, makes the lines
// and writes them. When the disk or the reader of a pipe is too slow, rings fill up, and what finds
// its ring full is lost and counted; a line {"time": …, "lost": N} says so where it happened, and
// the server's own log once a minute.
//
// The file is opened again when it is not there any more under its name, which is looked at once a
// second, and on reopen(): so whatever rotates logs may move it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "portolan/answer/respond.hpp"

namespace portolan::app {

struct QueryLogSettings {
    std::string file;     // "-" is standard error; empty: no log
    unsigned sample = 1;  // a worker logs every so many-th query
};

class QueryLog {
public:
    /// Opens the file and starts the thread. Throws std::runtime_error with a sentence when it
    /// cannot be written.
    QueryLog(const QueryLogSettings& settings, unsigned workers);
    /// Writes what is in the rings, for half a second at most. The workers have ended.
    ~QueryLog();

    /// One worker's way in; lives as long as the log.
    class Seat {
    public:
        /// Notes those of the answered exchanges whose turn it is. What is still to be answered
        /// elsewhere (Outcome::transfer) and what is no query is left out. `milliseconds` since
        /// 1970.
        void note(std::span<const answer::Exchange> batch, std::int64_t milliseconds) noexcept;

        /// One exchange, also one that was answered elsewhere.
        void note(const answer::Exchange& exchange, std::int64_t milliseconds) noexcept;

    private:
        friend class QueryLog;
        struct State;
        explicit Seat(State& state) noexcept : state_(&state) {}
        State* state_;
    };
    [[nodiscard]] Seat seat(unsigned worker) noexcept;

    /// From any thread, at once: the file will be opened again under its name.
    void reopen() noexcept;

    struct Counts {
        std::uint64_t written = 0, lost = 0;  // lines
    };
    [[nodiscard]] Counts counts() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace portolan::app
