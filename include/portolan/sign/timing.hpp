// When a zone's keys may do what: first signing, roll-overs, going insecure (RFC 6781 4.1, RFC
// 7583).
//
// Others remember what they have seen. A resolver may hold a DNSKEY set, a DS set and signatures
// of different ages, each up to its TTL; a secondary may lag by the time that a transfer takes.
// Whatever it holds must validate with whatever it asks for next. So a key goes through states, and
// stays in each until nobody can remember what was before:
//
//     pre_active ─▶ published ─▶ ready ─▶ active ─▶ retire_active ─▶ retired ─▶ post_active ─▶ gone
//
//     pre_active      signs the zone; its DNSKEY is not there yet (only when the algorithm rolls)
//     published       its DNSKEY is there, and signs the set of keys if it is a KSK
//     ready           (KSK, CSK) everybody knows it: CDS and CDNSKEY ask the parent for its DS;
//                     somebody must say that the DS is there (`ds_seen`)
//     active          does its work
//     retire_active   (KSK, CSK) replaced; signs the keys until its DS has left all caches
//     retired         (ZSK) replaced; stays in the set until its signatures have left all caches
//     post_active     signs the zone; its DNSKEY is gone (only when the algorithm rolls)
//
// The zone is signed by one key of each algorithm that has a key in any state, which is what
// RFC 4035 2.2 and the conservative way of RFC 6781 4.1.4 ask for. Which one: the active key, else
// one on its way in, else one on its way out.
//
// A wait begins when a state is served, not when it is decided, and only counts once all the
// zone's servers have had the time to follow. So a History says of each state since when it has
// been served and since when everywhere; after a restart, what was not everywhere begins anew. All
// functions are pure: the clock is an argument, and may go backwards, which makes waits longer and
// never shorter.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/registry/plan.hpp"
#include "portolan/sign/key.hpp"
#include "portolan/sign/roles.hpp"

namespace portolan::sign {

using Time = std::uint64_t;  // seconds since 1970

/// What a key is for: keys (KSK), the zone (ZSK), or both (CSK).
enum class Use : std::uint8_t { csk, ksk, zsk };
std::string_view to_string(Use use) noexcept;  // "csk"

enum class State : std::uint8_t {
    pre_active,
    published,
    ready,
    active,
    retire_active,
    retired,
    post_active,
};
std::string_view to_string(State state) noexcept;  // "pre-active"

/// Since when something has been served: by this server, and by all of the zone's.
struct Spread {
    std::optional<Time> since;
    std::optional<Time> everywhere;
    friend bool operator==(const Spread&, const Spread&) = default;
};

struct KeyState {
    KeyPtr key;
    Use use = Use::csk;
    State state = State::published;
    Spread spread;  // of the state

    friend bool operator==(const KeyState&, const KeyState&) = default;
};

/// How far the way back to an unsigned zone has come.
enum class Withdrawal : std::uint8_t {
    none,
    asked,  // CDS and CDNSKEY ask the parent to remove its DS (RFC 8078 4)
    gone,   // somebody has said that it has; its caches may still have one
};

/// What roll-overs wait for, and what keys a zone shall have.
struct Policy {
    Algorithm algorithm = Algorithm::ecdsap256sha256;
    bool has_two_keys = false;
    std::uint32_t propagation = 300;  // seconds, as the others
    std::uint32_t parent_delay = 3600;
    std::uint32_t ds_ttl = 86400;

    friend bool operator==(const Policy&, const Policy&) = default;
};
Policy policy_of(const registry::Dnssec& dnssec) noexcept;

/// The TTL that caches may still hold, which is the longer one for a while after it was lowered.
struct LongestTtl {
    std::uint32_t seconds = 0;  // waits use this
    std::uint32_t next = 0;     // what the zone has now; the same unless it was lowered
    Spread spread;              // of the lower one
    friend bool operator==(const LongestTtl&, const LongestTtl&) = default;
};

/// A zone's keys and how they came to be as they are: what is kept on disk.
struct History {
    std::vector<KeyState> keys;  // in the order in which they were made
    Withdrawal withdrawal = Withdrawal::none;
    Spread withdrawal_spread;  // of what the parent is asked
    std::optional<Time> gone_since;
    Policy policy;  // as it was last
    LongestTtl ttl;

    [[nodiscard]] bool is_signed() const noexcept { return !keys.empty(); }
    friend bool operator==(const History&, const History&) = default;
};

Roles roles_of(const History& history);

// --- time ---------------------------------------------------------------------------------------

/// The process has begun: what was not everywhere may be known to nobody, and starts again.
void restart(History& history) noexcept;
/// What `served` said is being served now, so waits begin: those of the history that are still as
/// they were there, since somebody may have changed it meanwhile.
void serve(History& history, const History& served, Time now) noexcept;
/// Takes what the plan says now (no policy: the zone shall not be signed) with the zone's longest
/// TTL, that of its DNSKEY set included; and the next step of each key whose wait is over. Does not
/// make the first keys: see `missing_keys`. The step after a step waits until this one was served.
void advance(History& history, const std::optional<Policy>& policy, dns::Ttl longest, Time now);
/// When `advance` will do something by itself, if it will.
std::optional<Time> next_step(const History& history) noexcept;

/// "2026-11-22 14:40:37 UTC".
std::string utc(Time moment);
/// What a key waits for, in words: "waits until 2026-11-22 14:40:37 UTC, when …". Empty for an
/// active one.
std::string waiting(const History& history, const KeyState& key);

// --- what somebody decides
// ------------------------------------------------------------------------

/// A key to be made.
struct NewKey {
    Use use;
    Algorithm algorithm;
};
/// For a zone that shall be signed and has no key.
std::vector<NewKey> missing_keys(const History& history, const Policy& policy);

/// What shall be replaced.
struct Roll {
    std::optional<Use> use;              // nothing: all keys
    std::optional<Algorithm> algorithm;  // nothing: the plan's
    std::optional<bool> has_two_keys;    // nothing: the plan's
};
/// Either, or why not: a sentence.
using NewKeys = boost::system::result<std::vector<NewKey>, std::string>;
NewKeys keys_for(const History& history, const Roll& roll);

/// Adds a key that has been made. It begins its way with the next `serve`.
void add(History& history, KeyPtr key, Use use);

/// Why it cannot be; nothing when it is done.
using Refusal = std::optional<std::string>;
/// The parent has the DS of the key that is ready. The keys that it replaces begin to retire.
Refusal ds_seen(History& history);
/// The parent has no DS any more.
Refusal ds_gone(History& history, Time now);

}  // namespace portolan::sign
