#include "portolan/sign/timing.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sign/timing_moments.hpp"

namespace portolan::sign {
namespace {

constexpr bool signs_keys(Use use) noexcept { return use != Use::zsk; }
constexpr bool signs_zone(Use use) noexcept { return use != Use::ksk; }

constexpr bool is_in_the_set(State state) noexcept {
    return state != State::pre_active && state != State::post_active;
}

/// Who signs the zone among the keys of an algorithm: the lowest.
constexpr int turn(State state) noexcept {
    switch (state) {
        case State::active:
            return 0;
        case State::pre_active:
        case State::published:
        case State::ready:
            return 1;
        case State::retire_active:
        case State::retired:
            return 2;
        case State::post_active:
            return 3;
    }
    return 3;
}

/// A moment so many seconds after another: seconds are counted whole, so one more has passed.
constexpr Time after(Time moment, std::uint32_t seconds) noexcept { return moment + seconds + 1; }

void enter(KeyState& key, State state) noexcept {
    key.state = state;
    key.spread = {};
}

template <class Is>
bool any(const History& history, Is is) {
    return std::ranges::any_of(history.keys, is);
}

bool has_active(const History& history, Algorithm algorithm, bool (*does)(Use)) noexcept {
    return any(history, [&](const KeyState& each) {
        return each.state == State::active && each.key->algorithm() == algorithm && does(each.use);
    });
}

/// Whether the zone keeps the algorithm: a key of it does the work, or is on its way in.
bool is_kept(const History& history, Algorithm algorithm, bool (*does)(Use)) noexcept {
    return any(history, [&](const KeyState& each) {
        return turn(each.state) <= 1 && each.key->algorithm() == algorithm && does(each.use);
    });
}

/// The key whose DS the parent is asked for, when there is one that it has not.
template <class AnyHistory>
auto* ready_key(AnyHistory& history) noexcept {
    const auto found =
        std::find_if(history.keys.rbegin(), history.keys.rend(),
                     [](const KeyState& each) { return each.state == State::ready; });
    return found == history.keys.rend() ? nullptr : &*found;
}

// --- moments ------------------------------------------------------------------------------------

std::optional<Time> later(std::optional<Time> a, std::optional<Time> b) noexcept {
    if (!a || !b) return std::nullopt;
    return std::max(*a, *b);
}

std::optional<Time> sooner(std::optional<Time> a, std::optional<Time> b) noexcept {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
}

/// When no cache holds what was before; nothing while that cannot be told.
std::optional<Time> forgotten(const History& history, const Spread& spread) noexcept {
    if (!spread.everywhere) return std::nullopt;
    return after(*spread.everywhere, history.ttl.seconds);
}

/// When no cache holds a DS that the parent has removed.
Time ds_forgotten(const History& history, Time removed) noexcept {
    return after(after(removed, history.policy.parent_delay), history.policy.ds_ttl);
}

/// When neither the DNSKEY set nor the DS set of a retiring KSK is in any cache.
std::optional<Time> chain_forgotten(const History& history, const Spread& spread) noexcept {
    if (!spread.since) return std::nullopt;
    return later(forgotten(history, spread), ds_forgotten(history, *spread.since));
}

/// When all keys of an algorithm that are in the same state may go on, which they do together.
std::optional<Time> together(const History& history, const KeyState& one,
                             std::optional<Time> (*moment)(const History&, const Spread&)) {
    std::optional<Time> last = moment(history, one.spread);
    for (const auto& each : history.keys) {
        if (each.state == one.state && each.key->algorithm() == one.key->algorithm()) {
            last = later(last, moment(history, each.spread));
        }
    }
    return last;
}

/// A new ZSK takes over by itself from a ZSK of its algorithm, or where nothing was before.
/// Otherwise it comes with a KSK, and waits for that one's DS.
bool takes_over_by_itself(const History& history, const KeyState& zsk) {
    const auto is_zsk = [](Use use) { return use == Use::zsk; };
    return has_active(history, zsk.key->algorithm(), is_zsk) ||
           !any(history, [](const KeyState& each) {
               return each.state == State::active && signs_keys(each.use);
           });
}

}  // namespace

std::optional<Time> moment_of(const History& history, const KeyState& key) {
    const Algorithm algorithm = key.key->algorithm();
    switch (key.state) {
        case State::pre_active:
        case State::post_active:
            return together(history, key, forgotten);
        case State::published:
            if (key.use == Use::zsk && !takes_over_by_itself(history, key)) return std::nullopt;
            return forgotten(history, key.spread);
        case State::retire_active:
            return is_kept(history, algorithm, signs_keys)
                       ? chain_forgotten(history, key.spread)
                       : together(history, key, chain_forgotten);
        case State::retired:  // the last of its algorithm leaves with its KSK
            if (!is_kept(history, algorithm, signs_zone)) return std::nullopt;
            return forgotten(history, key.spread);
        case State::ready:
        case State::active:
            return std::nullopt;
    }
    return std::nullopt;
}

std::optional<Time> spread_by(const History& history, const Spread& spread) noexcept {
    if (!spread.since || spread.everywhere) return std::nullopt;
    return after(*spread.since, history.policy.propagation);
}

namespace {

template <class AnyHistory, class Do>
void for_each_spread(AnyHistory& history, Do&& act) {
    for (auto& each : history.keys) act(each.spread);
    act(history.ttl.spread);
    act(history.withdrawal_spread);
}

// --- steps --------------------------------------------------------------------------------------

/// A moment that has not been yet: the clock was set back. Then it was before now, so a wait from
/// now on is long enough.
void mend(std::optional<Time>& moment, Time now) noexcept {
    if (moment && *moment > now) moment = now;
}

void mend(History& history, Time now) noexcept {
    for_each_spread(history, [now](Spread& spread) {
        mend(spread.since, now);
        mend(spread.everywhere, now);
    });
    mend(history.gone_since, now);
}

void follow_ttl(History& history, std::uint32_t ttl) noexcept {
    LongestTtl& known = history.ttl;
    if (ttl >= known.seconds) known = {ttl, ttl, {}};
    if (ttl != known.next) known = {known.seconds, ttl, {}};
}

void lower_ttl(History& history, Time now) noexcept {
    const auto moment = forgotten(history, history.ttl.spread);
    if (moment && now >= *moment) history.ttl = {history.ttl.next, history.ttl.next, {}};
}

/// The ZSKs that did the work before give way to a key of the zone.
void replace_zsks(History& history, const KeyState& by) noexcept {
    for (auto& each : history.keys) {
        if (&each != &by && each.use == Use::zsk && each.state == State::active) {
            enter(each, State::retired);
        }
    }
}

/// The last KSK of an algorithm leaves: all of its keys leave the set, and its signatures stay
/// until no cache has a DNSKEY of it (RFC 6781 4.1.4).
void withdraw(History& history, Algorithm algorithm) noexcept {
    for (auto& each : history.keys) {
        if (each.key->algorithm() == algorithm) enter(each, State::post_active);
    }
}

void step(History& history, KeyState& key) noexcept {
    switch (key.state) {
        case State::pre_active:
            return enter(key, State::published);
        case State::published:
            if (key.use != Use::zsk) return enter(key, State::ready);
            enter(key, State::active);
            return replace_zsks(history, key);
        case State::retire_active:
            if (!is_kept(history, key.key->algorithm(), signs_keys)) {
                return withdraw(history, key.key->algorithm());
            }
            [[fallthrough]];
        case State::retired:
        case State::post_active:
            key.key = nullptr;  // gone
            return;
        case State::ready:
        case State::active:
            return;
    }
}

/// Which keys go on is decided before the first does: it may be what another waits for.
void step_keys(History& history, Time now) {
    std::vector<KeyState*> due;
    for (auto& each : history.keys) {
        const auto moment = moment_of(history, each);
        if (moment && now >= *moment) due.push_back(&each);
    }
    std::vector<State> from;
    for (const KeyState* each : due) from.push_back(each->state);
    for (std::size_t i = 0; i < due.size(); ++i) {
        if (due[i]->state == from[i]) step(history, *due[i]);
    }
    std::erase_if(history.keys, [](const KeyState& each) { return each.key == nullptr; });
}

// --- withdrawal ---------------------------------------------------------------------------------

/// Whether the parent was ever asked for a DS.
bool may_have_ds(const History& history) {
    return any(history,
               [](const KeyState& each) {
                   return signs_keys(each.use) && turn(each.state) != 1;
               }) ||
           ready_key(history) != nullptr;
}

void set_withdrawal(History& history, Withdrawal withdrawal) noexcept {
    history.withdrawal = withdrawal;
    history.withdrawal_spread = {};
    history.gone_since.reset();
}

void follow_withdrawal(History& history, Time now) {
    if (history.withdrawal == Withdrawal::none) set_withdrawal(history, Withdrawal::asked);
    const bool is_forgotten =
        history.gone_since && now >= ds_forgotten(history, *history.gone_since);
    if (is_forgotten || !may_have_ds(history)) {
        history.keys.clear();
        set_withdrawal(history, Withdrawal::none);
    }
}

/// The zone shall be signed after all, and still is. A DS that was removed must be asked for again.
void stay(History& history) noexcept {
    if (history.withdrawal == Withdrawal::gone) {
        for (auto& each : history.keys) {
            if (each.state == State::active && signs_keys(each.use)) enter(each, State::ready);
        }
    }
    set_withdrawal(history, Withdrawal::none);
}

}  // namespace

std::string_view to_string(Use use) noexcept {
    switch (use) {
        case Use::csk:
            return "csk";
        case Use::ksk:
            return "ksk";
        case Use::zsk:
            return "zsk";
    }
    return "csk";
}

std::string_view to_string(State state) noexcept {
    switch (state) {
        case State::pre_active:
            return "pre-active";
        case State::published:
            return "published";
        case State::ready:
            return "ready";
        case State::active:
            return "active";
        case State::retire_active:
            return "retire-active";
        case State::retired:
            return "retired";
        case State::post_active:
            return "post-active";
    }
    return "active";
}

Policy policy_of(const registry::Dnssec& dnssec) noexcept {
    const bool is_ed25519 = dnssec.algorithm == registry::SigningAlgorithm::ed25519;
    return {is_ed25519 ? Algorithm::ed25519 : Algorithm::ecdsap256sha256, dnssec.has_two_keys,
            dnssec.propagation, dnssec.parent_delay, dnssec.ds_ttl};
}

Roles roles_of(const History& history) {
    Roles roles;
    const KeyState* ready = ready_key(history);
    for (const auto& each : history.keys) {
        const bool is_there = is_in_the_set(each.state);
        if (is_there) roles.published.push_back(each.key);
        if (is_there && signs_keys(each.use)) roles.key_signers.push_back(each.key);
        if (ready == nullptr && each.state == State::active && signs_keys(each.use)) {
            roles.wanted.push_back(each.key);
        }
        const auto goes_first = [&each](const KeyState& other) {
            return signs_zone(other.use) && other.key->algorithm() == each.key->algorithm() &&
                   turn(other.state) < turn(each.state);
        };
        if (signs_zone(each.use) && !any(history, goes_first)) {
            roles.zone_signers.push_back(each.key);
        }
    }
    if (ready != nullptr) roles.wanted = {ready->key};
    roles.withdraws = history.withdrawal != Withdrawal::none;
    if (roles.withdraws) roles.wanted.clear();
    for (auto* list : {&roles.published, &roles.key_signers, &roles.zone_signers, &roles.wanted}) {
        std::ranges::sort(*list, {}, [](const KeyPtr& key) { return key->tag(); });
    }
    return roles;
}

void restart(History& history) noexcept {
    for_each_spread(history, [](Spread& spread) {
        if (!spread.everywhere) spread.since.reset();
    });
}

void serve(History& history, const History& served, Time now) noexcept {
    for (auto& each : history.keys) {
        const auto is_same = [&each](const KeyState& other) {
            return other.key->tag() == each.key->tag() && other.state == each.state;
        };
        if (!each.spread.since && any(served, is_same)) each.spread.since = now;
    }
    const bool is_asking =
        history.withdrawal != Withdrawal::none && served.withdrawal != Withdrawal::none;
    if (is_asking && !history.withdrawal_spread.since) history.withdrawal_spread.since = now;
    LongestTtl& ttl = history.ttl;
    const bool is_lowered = ttl.next < ttl.seconds && ttl.next == served.ttl.next;
    if (is_lowered && !ttl.spread.since) ttl.spread.since = now;
}

void advance(History& history, const std::optional<Policy>& policy, dns::Ttl longest, Time now) {
    mend(history, now);
    if (policy) history.policy = *policy;
    follow_ttl(history, longest.seconds);
    for_each_spread(history, [&](Spread& spread) {
        const auto moment = spread_by(history, spread);
        if (moment && now >= *moment) spread.everywhere = now;
    });
    lower_ttl(history, now);
    if (policy && history.withdrawal != Withdrawal::none) stay(history);
    step_keys(history, now);
    if (!policy && history.is_signed()) follow_withdrawal(history, now);
}

std::optional<Time> next_step(const History& history) noexcept {
    std::optional<Time> next = forgotten(history, history.ttl.spread);
    for_each_spread(history,
                    [&](const Spread& spread) { next = sooner(next, spread_by(history, spread)); });
    for (const auto& each : history.keys) next = sooner(next, moment_of(history, each));
    if (history.gone_since) next = sooner(next, ds_forgotten(history, *history.gone_since));
    return next;
}

// --- what somebody decides
// ------------------------------------------------------------------------

std::vector<NewKey> missing_keys(const History& history, const Policy& policy) {
    if (history.is_signed()) return {};
    if (!policy.has_two_keys) return {{Use::csk, policy.algorithm}};
    return {{Use::ksk, policy.algorithm}, {Use::zsk, policy.algorithm}};
}

NewKeys keys_for(const History& history, const Roll& roll) {
    if (!history.is_signed()) return std::string("the zone is not signed, so it has no keys");
    if (history.withdrawal != Withdrawal::none) {
        return std::string("the zone is on its way to be unsigned");
    }
    const Algorithm known = history.keys.front().key->algorithm();
    const auto is_meant = [&](const KeyState& each) { return each.use == *roll.use; };
    if (roll.use && !any(history, is_meant)) {
        return fmt::format("the zone has no {}", to_string(*roll.use));
    }
    // KSKs and ZSKs roll beside each other, but not while the algorithm or their number changes.
    const auto is_in_the_way = [&](const KeyState& each) {
        if (each.state == State::active) return each.key->algorithm() != known;
        if (each.key->algorithm() != known || !roll.use) return true;
        return *roll.use == Use::zsk ? signs_zone(each.use) : signs_keys(each.use);
    };
    const auto busy = std::ranges::find_if(history.keys, is_in_the_way);
    if (busy != history.keys.end()) {
        return fmt::format("key {} is {}: {}", busy->key->tag(), to_string(busy->state),
                           waiting(history, *busy));
    }
    if (!roll.use) {
        Policy wish = history.policy;
        wish.algorithm = roll.algorithm.value_or(wish.algorithm);
        wish.has_two_keys = roll.has_two_keys.value_or(wish.has_two_keys);
        return missing_keys({}, wish);
    }
    if (roll.algorithm.value_or(known) != known || roll.has_two_keys) {
        return std::string("another algorithm, or another number of keys, rolls all keys");
    }
    return std::vector<NewKey>{{*roll.use, known}};
}

void add(History& history, KeyPtr key, Use use) {
    const bool is_new_algorithm =
        history.is_signed() && !any(history, [&](const KeyState& each) {
            return each.key->algorithm() == key->algorithm() && each.state != State::pre_active;
        });
    const State state = is_new_algorithm ? State::pre_active : State::published;
    history.keys.push_back({std::move(key), use, state, {}});
}

Refusal ds_seen(History& history) {
    KeyState* const key = ready_key(history);
    if (key == nullptr) return "no key waits for its DS";
    if (history.withdrawal != Withdrawal::none) return "the zone is on its way to be unsigned";
    const Algorithm algorithm = key->key->algorithm();
    for (auto& each : history.keys) {
        const bool has_done_its_work = each.state == State::active || each.state == State::ready;
        if (&each != key && signs_keys(each.use) && has_done_its_work) {
            enter(each, State::retire_active);
        }
    }
    enter(*key, State::active);
    // Its partner takes over the zone, unless the KSK came alone.
    KeyState* signer = key->use == Use::csk ? key : nullptr;
    if (signer == nullptr && !has_active(history, algorithm, signs_zone)) {
        const auto partner = std::ranges::find_if(history.keys, [&](const KeyState& each) {
            return each.use == Use::zsk && each.state == State::published &&
                   each.key->algorithm() == algorithm;
        });
        if (partner != history.keys.end()) {
            enter(*partner, State::active);
            signer = &*partner;
        }
    }
    if (signer != nullptr) replace_zsks(history, *signer);
    return std::nullopt;
}

Refusal ds_gone(History& history, Time now) {
    if (history.withdrawal == Withdrawal::none) {
        return "the zone is to stay signed: first write `dnssec: no` into its plan";
    }
    if (history.withdrawal == Withdrawal::gone) return "that was said before";
    // Until then the parent may find the DS still asked for, and put it back.
    const auto moment = forgotten(history, history.withdrawal_spread);
    if (!moment || now < *moment) {
        return moment ? fmt::format("servers and caches may ask for the DS until {}", utc(*moment))
                      : "not all servers of the zone have stopped asking for the DS";
    }
    history.withdrawal = Withdrawal::gone;
    history.gone_since = now;
    return std::nullopt;
}

}  // namespace portolan::sign
