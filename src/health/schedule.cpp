#include "portolan/health/schedule.hpp"

#include <algorithm>

namespace portolan::health {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr unsigned tokens_per_burst = 100;  // a hundredth of the rate may begin together
constexpr double jitter = 0.1;              // of the interval, to either side

}  // namespace

std::optional<Agenda::Item> Agenda::take(Moment now) {
    if (items_.empty() || items_.top().at > now) return std::nullopt;
    const Item item = items_.top();
    items_.pop();
    return item;
}

/// A bucket of d tokens, refilled at the rate of b - (d - 1) a second, lets at most b through in
/// any second: d - 1 that were saved, and one each gap. The bucket is there so that its owner need
/// not wake for each probe; it is kept as the moment at which the next one would begin without it.
Schedule::Schedule(Limits limits, std::uint64_t seed)
    : limits_{std::max(1U, limits.rate), std::max(1U, limits.at_once)},
      random_(static_cast<std::minstd_rand::result_type>(seed)) {
    const unsigned saved = limits_.rate / tokens_per_burst;
    const auto per_second = static_cast<std::int64_t>(limits_.rate - saved);
    gap_ = nanoseconds((nanoseconds(1s).count() + per_second - 1) / per_second);
    slack_ = saved * gap_;
}

void Schedule::add(Seat seat, std::chrono::milliseconds interval, Moment now) {
    if (places_.size() <= seat) places_.resize(seat + 1);
    Place& place = places_[seat];
    place.interval = interval;
    place.due = now;
    place.is_taken = true;
    place.is_running = false;
    put(seat);
}

void Schedule::remove(Seat seat) noexcept {
    Place& place = places_[seat];
    if (place.is_running) --running_;
    place.is_taken = place.is_running = false;
    ++place.mark;
}

void Schedule::put(Seat seat) {
    Place& place = places_[seat];
    agenda_.put({place.due, seat, ++place.mark});
}

void Schedule::drop_stale() {
    while (!agenda_.is_empty() && places_[agenda_.first().seat].mark != agenda_.first().mark) {
        agenda_.drop_first();
    }
}

std::optional<Seat> Schedule::begin(Moment now) {
    drop_stale();
    if (running_ >= limits_.at_once || token_at() > now) return std::nullopt;
    const auto item = agenda_.take(now);
    if (!item) return std::nullopt;
    theoretical_ = std::max(theoretical_, now) + gap_;
    Place& place = places_[item->seat];
    place.is_running = true;
    place.due = now + until_next(place.interval);
    ++running_;
    return item->seat;
}

void Schedule::end(Seat seat, Moment now) {
    Place& place = places_[seat];
    if (!place.is_running) return;
    place.is_running = false;
    --running_;
    place.due = std::max(place.due, now);
    put(seat);
}

std::optional<Moment> Schedule::next(Moment now) {
    drop_stale();
    if (agenda_.is_empty() || running_ >= limits_.at_once) return std::nullopt;
    return std::max({now, agenda_.first().at, token_at()});
}

Moment Schedule::token_at() const noexcept { return theoretical_ - slack_; }

nanoseconds Schedule::until_next(std::chrono::milliseconds interval) {
    std::uniform_real_distribution<double> factor(1 - jitter, 1 + jitter);
    const auto nanos = static_cast<double>(nanoseconds(interval).count());
    return nanoseconds(static_cast<nanoseconds::rep>(nanos * factor(random_)));
}

}  // namespace portolan::health
