#include "portolan/health/tracker.hpp"

#include <algorithm>

namespace portolan::health {
namespace {

constexpr std::uint8_t most_doublings = 20;  // any hold has reached the longest by then

}  // namespace

bool Tracker::observe(const Check& check, Verdict observed, Moment now) noexcept {
    if (observed == Verdict::critical) return fail(check, now);
    return succeed(check, observed, now);
}

bool Tracker::take_word(Verdict said) noexcept { return become(said); }

bool Tracker::fail(const Check& check, Moment now) noexcept {
    if (verdict_ == Verdict::unknown) {
        fall(now);
        return become(Verdict::critical);
    }
    if (verdict_ == Verdict::critical) {
        run_ = 0;
        return false;
    }
    if (++run_ < check.fall) return false;
    fall(now);
    return become(Verdict::critical);
}

bool Tracker::succeed(const Check& check, Verdict observed, Moment now) noexcept {
    if (verdict_ != Verdict::critical) return become(observed);
    if (run_++ == 0) good_since_ = now;
    if (run_ < check.rise || now - good_since_ < hold(check)) return false;
    return become(observed);
}

bool Tracker::become(Verdict verdict) noexcept {
    run_ = 0;
    const bool is_new = verdict != verdict_;
    verdict_ = verdict;
    return is_new;
}

void Tracker::fall(Moment now) noexcept {
    const bool is_again = has_fallen_ && now - last_fall_ < flap_window;
    falls_ = is_again
                 ? std::min<std::uint8_t>(static_cast<std::uint8_t>(falls_ + 1), most_doublings)
                 : std::uint8_t{0};
    has_fallen_ = true;
    last_fall_ = now;
}

std::chrono::milliseconds Tracker::hold(const Check& check) const noexcept {
    if (falls_ == 0) return {};
    const auto rise_takes = std::max(1U, check.rise) * check.interval;
    return std::min<std::chrono::milliseconds>(rise_takes * (1LL << falls_), longest_hold);
}

}  // namespace portolan::health
