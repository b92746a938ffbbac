// Response rate limiting: what a forger can make this server send to a victim.
//
// A query over UDP may carry somebody else's address, and its reply, which is larger, then goes
// there. So replies are counted, not queries: so many of one kind to one network in a second, the
// rest are dropped, or now and then truncated ("slip"), so that a real client among the forged ones
// learns to come by TCP, where addresses are proven. The kind is the question where its name is in
// the zone; where it is not (NXDOMAIN, wildcards, what lies below a cut, refusals, errors), a
// forger varies it at will, so that all replies of a class count together. Clients with a good
// cookie (answer/cookies.hpp) and TCP are exempt.
//
// Counts are kept in buckets found by a keyed hash, in sets of four of which the one longest
// unused gives way: a fixed amount of memory, whatever arrives. One limiter a worker, without
// locks; the system spreads clients over workers, so each has its share of the rate.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "portolan/answer/respond.hpp"

namespace portolan::answer {

struct RateLimits {
    unsigned replies_per_second = 0;  // of one kind to one network; 0: no limit
    unsigned slip = 2;                // every so many-th reply over the limit is truncated; 0: none
    unsigned v4_prefix = 24;          // bits of an address that make its network
    unsigned v6_prefix = 56;
    std::size_t buckets = 1U << 16;  // 16 octets each; a power of two
};

class RateLimiter {
public:
    explicit RateLimiter(const RateLimits& limits);

    [[nodiscard]] bool is_on() const noexcept { return !buckets_.empty(); }

    /// Judges answered exchanges: one over its limit becomes a drop, or a reply with TC and nothing
    /// but question and OPT; of those for Outcome::transfer always a drop. `milliseconds` is any
    /// steady clock.
    void limit(std::span<Exchange> batch, std::uint32_t milliseconds) noexcept;

private:
    struct Bucket {
        std::uint32_t tag = 0;    // of the hash; 0: never used
        std::uint32_t seen = 0;   // milliseconds, when credit was last reckoned
        std::int32_t credit = 0;  // in thousandths of a reply
        std::uint32_t over = 0;   // replies over the limit so far
    };
    static constexpr std::size_t ways = 4;

    [[nodiscard]] std::uint64_t key_of(const Exchange& exchange) const noexcept;
    Bucket& bucket_of(std::uint64_t key, std::uint32_t milliseconds) noexcept;

    RateLimits limits_;
    std::vector<Bucket> buckets_;
};

}  // namespace portolan::answer
