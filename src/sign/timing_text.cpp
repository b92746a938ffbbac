// What keys wait for, in words.
#include <fmt/format.h>

#include <chrono>

#include "portolan/sign/timing.hpp"
#include "sign/timing_moments.hpp"

namespace portolan::sign {
namespace {

/// When the key goes on, as far as that can be told while servers still follow.
std::optional<Time> expected(History history, KeyState key) {
    const auto estimate = [&history](Spread& spread) {
        if (const auto moment = spread_by(history, spread)) spread.everywhere = moment;
    };
    for (auto& each : history.keys) estimate(each.spread);
    estimate(key.spread);
    return moment_of(history, key);
}

const char* reason(State state, Use use) noexcept {
    switch (state) {
        case State::pre_active:
            return "all caches have its signatures; then its DNSKEY comes";
        case State::published:
            return use == Use::zsk ? "all caches have it; then it signs the zone"
                                   : "all caches have it; then the parent is asked for its DS";
        case State::retire_active:
            return "no cache has its DS; then it goes";
        case State::retired:
            return "no cache has a signature by it; then it goes";
        case State::post_active:
            return "no cache has its DNSKEY; then its signatures go";
        case State::ready:
        case State::active:
            return "";
    }
    return "";
}

const char* withdrawing(Withdrawal withdrawal) noexcept {
    return withdrawal == Withdrawal::asked
               ? "waits for the parent to remove its DS, and for word of it (ds-gone)"
               : "waits until no cache has a DS of the zone; then the zone is unsigned";
}

}  // namespace

std::string utc(Time moment) {
    namespace chrono = std::chrono;
    const chrono::sys_seconds at{chrono::seconds(moment)};
    const auto day = chrono::floor<chrono::days>(at);
    const chrono::year_month_day date(day);
    const chrono::hh_mm_ss time(at - day);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::string waiting(const History& history, const KeyState& key) {
    if (history.withdrawal != Withdrawal::none && key.use != Use::zsk) {
        return withdrawing(history.withdrawal);
    }
    if (key.state == State::active) return "";
    if (key.state == State::ready) {
        return "waits for its DS in the parent, and for word of it (ds-seen)";
    }
    if (!key.spread.since) return "waits to be served";
    if (const auto moment = expected(history, key)) {
        return fmt::format("waits until {}, when {}", utc(*moment), reason(key.state, key.use));
    }
    return key.state == State::published ? "waits for the DS of its KSK; then it signs the zone"
                                         : "goes with the KSK of its algorithm";
}

}  // namespace portolan::sign
