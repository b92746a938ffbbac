// From what single probes observe to what is concluded of the endpoint: one check's verdict.
//
//     unknown ── the first observation decides ──▶ passing | warning | critical
//     passing ── `fall` failures in a row ──▶ critical
//     critical ── `rise` successes in a row, and the hold-down is over ──▶ passing | warning
//
// The first observation decides alone, as it does in HAProxy and Consul: a server that has just
// started knows at once who is there, and an instance that has just registered is found with its
// first good probe. A warning is a success that is told: it counts towards `rise`, it ends a run of
// failures, and what is not critical follows the last success at once.
//
// An endpoint that comes and goes is worse for clients than one that is gone. When one falls again
// within ten minutes of its last fall, it must be good for longer before it passes: twice as long
// as `rise` takes, then four times, up to five minutes. Ten minutes without a fall forget all that.
//
// Pure: the moment is an argument, and never earlier than the last one.
#pragma once

#include <chrono>
#include <cstdint>

#include "portolan/registry/check.hpp"

namespace portolan::health {

using registry::Check;
using registry::Verdict;

/// Time as the checks know it; it never goes back, whatever is done to the wall clock.
using Moment = std::chrono::steady_clock::time_point;

inline constexpr std::chrono::minutes flap_window{10};
inline constexpr std::chrono::minutes longest_hold{5};

class Tracker {
public:
    /// `known`: what was concluded before, by an earlier run of the server.
    explicit Tracker(Verdict known = Verdict::unknown) noexcept : verdict_(known) {}

    /// Takes what a probe observed: passing, warning or critical. True when the verdict changed.
    bool observe(const Check& check, Verdict observed, Moment now) noexcept;
    /// Takes the service's own word (a heartbeat, or its silence), which needs no second one.
    bool take_word(Verdict said) noexcept;

    [[nodiscard]] Verdict verdict() const noexcept { return verdict_; }
    /// Observations in a row that speak against the verdict.
    [[nodiscard]] unsigned run() const noexcept { return run_; }
    /// How long it must be good before it passes again, beside `rise`; 0 unless it flaps.
    [[nodiscard]] std::chrono::milliseconds hold(const Check& check) const noexcept;

private:
    bool fail(const Check& check, Moment now) noexcept;
    bool succeed(const Check& check, Verdict observed, Moment now) noexcept;
    bool become(Verdict verdict) noexcept;
    void fall(Moment now) noexcept;

    Moment last_fall_{};   // good when has_fallen_
    Moment good_since_{};  // good when it is critical and run_ > 0
    unsigned run_ = 0;
    Verdict verdict_;
    std::uint8_t falls_ = 0;  // beyond the first, each within the window of the one before
    bool has_fallen_ = false;
};

}  // namespace portolan::health
