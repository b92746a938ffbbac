// What the load generators of tools/bench share: the questions, the count of the answers, the
// command line. They differ from udp_load in what they are for: it looks at every octet of every
// answer, these cost so little that one core of theirs outruns one core of a server.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "portolan/net/endpoint.hpp"

namespace portolan::load {

using Clock = std::chrono::steady_clock;

/// How long an answer is waited for.
constexpr auto patience = std::chrono::seconds(1);

/// The questions: whole messages one after the other, each behind its length as TCP has it (RFC
/// 1035 4.2.2). The n-th has the ID n modulo 65536, so that neighbours can be told apart.
class Questions {
public:
    /// Ends the program when the file does not hold such messages.
    explicit Questions(const std::string& path);

    [[nodiscard]] std::size_t size() const { return starts_.size() - 1; }

    /// The question as UDP carries it. `i` < size().
    [[nodiscard]] std::span<const std::uint8_t> message(std::size_t i) const {
        return framed(i, 1).subspan(2);
    }

    /// `count` questions from the `i`-th on as TCP carries them. `i + count` <= size().
    [[nodiscard]] std::span<const std::uint8_t> framed(std::size_t i, std::size_t count) const {
        return std::span(octets_).subspan(starts_[i], starts_[i + count] - starts_[i]);
    }

private:
    std::vector<std::uint8_t> octets_;
    std::vector<std::size_t> starts_;  // of each length field; behind the last one, the end
};

/// What came of the questions.
struct Tally {
    std::uint64_t sent = 0;
    std::uint64_t answered = 0;
    std::uint64_t lost = 0;       // no answer in time, or the connection ended before it
    std::uint64_t strange = 0;    // no response, or one that nobody waits for
    std::uint64_t truncated = 0;  // answers with TC
    std::uint64_t octets = 0;     // of all answers
    std::uint64_t closed = 0;     // connections that the server ended
    std::array<std::uint64_t, 16> rcodes{};

    /// Counts an answer of `size` octets whose first 12 are `header`.
    void count(const std::uint8_t* header, std::size_t size) {
        ++answered;
        octets += size;
        ++rcodes[header[3] & 0x0f];
        truncated += header[2] >> 1 & 1;
    }
};

constexpr std::size_t header_octets = 12;

[[nodiscard]] inline bool is_response(const std::uint8_t* header, std::size_t size) {
    return size >= header_octets && (header[2] & 0x80) != 0;
}

[[nodiscard]] inline std::size_t read_u16(const std::uint8_t* octets) {
    return static_cast<std::size_t>(octets[0]) << 8 | octets[1];
}

struct Options {
    net::Endpoint server;
    std::string questions;
    double seconds = 3;
    std::size_t count = SIZE_MAX;  // ends after so many questions, if that is earlier
    std::size_t first = 0;         // the question to begin with
    std::size_t sockets = 8;
    std::size_t window = 24;  // questions under way a socket
};

/// PROGRAM ADDR:PORT QUESTIONS [--seconds N] [--count N] [--first N] [--sockets N] [--window N].
/// Ends the program with status 2 when it does not understand.
Options read_options(int count, char** words);

/// The questions in turn, until it is time to end.
class Turn {
public:
    Turn(const Questions& questions, const Options& options)
        : next_(options.first % questions.size()), size_(questions.size()), left_(options.count) {}

    [[nodiscard]] std::size_t next() const { return next_; }
    /// Of `wish` questions, how many there are in one piece.
    [[nodiscard]] std::size_t available(std::size_t wish) const {
        return std::min({wish, size_ - next_, left_});
    }
    void take(std::size_t count) {
        next_ = (next_ + count) % size_;
        left_ -= count;
    }
    [[nodiscard]] bool is_over() const { return left_ == 0; }

private:
    std::size_t next_;
    std::size_t size_;
    std::size_t left_;
};

/// One line of JSON on standard output.
void print(const Tally& tally, double seconds);

/// Lets the askers ask and listen in turn until the time is over and no answer is waited for, and
/// prints what came of it. All get their turn once in `interval`. It never sleeps: a server would
/// pay for waking us.
template <typename Asker>
void run(const std::vector<std::unique_ptr<Asker>>& askers, Turn& turn, const Options& options,
         const Tally& tally, Clock::duration interval = {}) {
    const auto begin = Clock::now();
    const auto end = begin + std::chrono::duration_cast<Clock::duration>(
                                 std::chrono::duration<double>(options.seconds));
    auto now = begin;
    for (bool waiting = true; waiting;) {
        const auto next = now + interval;
        do {
            now = Clock::now();
        } while (now < next);
        const bool asking = now < end && !turn.is_over();
        waiting = asking;
        for (const auto& asker : askers) {
            asker->listen(now);
            if (asking) asker->ask(turn, now);
            waiting = waiting || asker->is_waiting();
        }
    }
    print(tally, std::chrono::duration<double>(now - begin).count());
}

/// The whole program. `make` gives the asker of a number, which tells a Tally of its questions.
template <typename Make>
int flood(int count, char** words, Make make, Clock::duration interval = {}) {
    const Options options = read_options(count, words);
    const Questions questions(options.questions);
    Tally tally;
    Turn turn(questions, options);
    std::vector<decltype(make(questions, options, std::size_t{}, tally))> askers;
    for (std::size_t i = 0; i < options.sockets; ++i) {
        askers.push_back(make(questions, options, i, tally));
    }
    run(askers, turn, options, tally, interval);
    return 0;
}

/// Ends the program with status 2.
[[noreturn]] void refuse(const std::string& why);

}  // namespace portolan::load
