// When each target is probed.
//
// A target's first probe is due at once, each further one an interval after the one before it
// began, longer or shorter by up to a tenth at random: so what began together drifts apart, and is
// spread evenly before long. What is due begins in the order in which it became due, held to two
// limits that all targets share:
//
//     rate       of beginnings in any second, whichever second that is: there is no burst
//     at_once    of probes that have begun and not ended
//
// A target that never answers holds one of the second kind until its timeout ends it, and nothing
// else: who is due meanwhile begins. It is itself due again no sooner than it ended. Where more is
// due than the rate allows, all targets wait alike.
//
// A heap: a hundred thousand targets are 17 steps down, and two megabytes. Pure: the moment is an
// argument, and never earlier than the last one.
#pragma once

#include <cstdint>
#include <optional>
#include <queue>
#include <random>
#include <vector>

#include "portolan/health/tracker.hpp"

namespace portolan::health {

/// A target, as the schedule knows it; its owner chooses small numbers, and reuses them.
using Seat = std::uint32_t;

/// What is to come, the earliest first: seats with moments, each with a mark by which its owner
/// recognises what no longer holds, so that nothing is searched for in order to take it out.
class Agenda {
public:
    struct Item {
        Moment at;
        Seat seat;
        std::uint32_t mark;
        friend bool operator>(const Item& a, const Item& b) noexcept { return a.at > b.at; }
    };
    void put(const Item& item) { items_.push(item); }
    [[nodiscard]] bool is_empty() const noexcept { return items_.empty(); }
    [[nodiscard]] const Item& first() const noexcept { return items_.top(); }
    void drop_first() { items_.pop(); }
    /// Takes the first out when its time has come.
    std::optional<Item> take(Moment now);

private:
    std::priority_queue<Item, std::vector<Item>, std::greater<>> items_;
};

class Schedule {
public:
    struct Limits {
        unsigned rate = 1000;     // probes that begin in a second, at least 1
        unsigned at_once = 4096;  // probes that have begun and not ended, at least 1
    };
    /// The same seed and the same calls give the same moments.
    Schedule(Limits limits, std::uint64_t seed);

    /// `seat` must be free. Its first probe is due at once.
    void add(Seat seat, std::chrono::milliseconds interval, Moment now);
    /// Frees the seat; a probe of it that runs counts as ended.
    void remove(Seat seat) noexcept;

    /// Whose probe is to begin now; to be asked until there is none.
    std::optional<Seat> begin(Moment now);
    /// The probe that began has ended.
    void end(Seat seat, Moment now);

    /// When `begin` may have something, if nothing is added or ends before; nullopt: never.
    [[nodiscard]] std::optional<Moment> next(Moment now);

    [[nodiscard]] std::size_t running() const noexcept { return running_; }

private:
    struct Place {
        std::chrono::milliseconds interval{};
        Moment due{};
        std::uint32_t mark = 0;  // of its item on the agenda
        bool is_taken = false;
        bool is_running = false;
    };
    void put(Seat seat);
    void drop_stale();
    [[nodiscard]] Moment token_at() const noexcept;
    [[nodiscard]] std::chrono::nanoseconds until_next(std::chrono::milliseconds interval);

    Limits limits_;
    std::chrono::nanoseconds gap_;    // between two beginnings, in the long run
    std::chrono::nanoseconds slack_;  // how far beginnings may run ahead of that
    Moment theoretical_{};            // of the next beginning, were they evenly spaced
    std::size_t running_ = 0;
    std::vector<Place> places_;
    Agenda agenda_;
    std::minstd_rand random_;
};

}  // namespace portolan::health
