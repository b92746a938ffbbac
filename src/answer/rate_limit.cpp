#include "portolan/answer/rate_limit.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "portolan/dns/lower_name.hpp"
#include "portolan/dns/network.hpp"
#include "portolan/dns/query.hpp"
#include "portolan/dns/wire.hpp"

namespace portolan::answer {
namespace {

constexpr std::int64_t one_reply = 1000;

/// Leaves question and OPT, and says TC.
void truncate(Exchange& exchange) noexcept {
    std::uint8_t* reply = exchange.room.data();
    std::memmove(reply + exchange.question_end, reply + exchange.size - exchange.opt_size,
                 exchange.opt_size);
    exchange.size = exchange.question_end + exchange.opt_size;
    dns::store_u16(reply + 2, dns::load_u16(reply + 2) | dns::flag::truncated);
    dns::store_u16(reply + 6, 0);
    dns::store_u16(reply + 8, 0);
    dns::store_u16(reply + 10, exchange.opt_size > 0 ? 1 : 0);
    exchange.truncated = true;
}

}  // namespace

RateLimiter::RateLimiter(const RateLimits& limits) : limits_(limits) {
    if (limits.replies_per_second > 0) buckets_.resize(limits.buckets);
}

std::uint64_t RateLimiter::key_of(const Exchange& exchange) const noexcept {
    std::array<std::uint8_t, 16 + 1 + dns::max_name_octets + 4> key;
    const unsigned prefix = exchange.source.size() == 4 ? limits_.v4_prefix : limits_.v6_prefix;
    auto* end = std::ranges::copy(dns::network_of(exchange.source, prefix), key.data()).out;
    *end++ = static_cast<std::uint8_t>(exchange.reply_class);
    if (exchange.name_exists) {
        const std::size_t size = exchange.question_end - dns::header_octets;
        dns::fold_into(exchange.request.data() + dns::header_octets, size, end);
        end += size;
    }
    return dns::keyed_hash({key.data(), end});
}

RateLimiter::Bucket& RateLimiter::bucket_of(std::uint64_t key,
                                            std::uint32_t milliseconds) noexcept {
    const std::size_t set = key % (buckets_.size() / ways) * ways;
    const auto tag = static_cast<std::uint32_t>(key >> 32) | 1U;
    Bucket* oldest = &buckets_[set];
    for (std::size_t way = 0; way < ways; ++way) {
        Bucket& bucket = buckets_[set + way];
        if (bucket.tag == tag) return bucket;
        if (bucket.tag == 0 || milliseconds - bucket.seen > milliseconds - oldest->seen) {
            oldest = &bucket;
            if (bucket.tag == 0) break;
        }
    }
    *oldest = {tag, milliseconds, static_cast<std::int32_t>(limits_.replies_per_second * one_reply),
               0};
    return *oldest;
}

void RateLimiter::limit(std::span<Exchange> batch, std::uint32_t milliseconds) noexcept {
    if (!is_on()) return;
    const std::int64_t full = limits_.replies_per_second * one_reply;
    for (Exchange& exchange : batch) {
        const bool is_exempt = exchange.outcome == Outcome::drop ||
                               exchange.transport != Transport::udp ||
                               exchange.cookie == CookieState::good;
        if (is_exempt) continue;
        Bucket& bucket = bucket_of(key_of(exchange), milliseconds);
        const std::int64_t earned =
            static_cast<std::int64_t>(milliseconds - bucket.seen) * limits_.replies_per_second;
        bucket.seen = milliseconds;
        bucket.credit = static_cast<std::int32_t>(std::min(full, bucket.credit + earned));
        if (bucket.credit >= one_reply) {
            bucket.credit -= one_reply;
            bucket.over = 0;
        } else if (exchange.outcome == Outcome::reply && limits_.slip > 0 &&
                   ++bucket.over % limits_.slip == 0) {
            truncate(exchange);
        } else {
            exchange.outcome = Outcome::drop;
        }
    }
}

}  // namespace portolan::answer
