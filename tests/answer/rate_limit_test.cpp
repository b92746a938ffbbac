#include "portolan/answer/rate_limit.hpp"

#include <catch2/catch.hpp>

#include "../support/zone_text.hpp"

using namespace portolan;
using namespace portolan::answer;
using portolan::test::Ask;

namespace {

const View& view() {
    static const View one = test::view_of(test::zone_from("z.", R"(
@    300 SOA ns1 admin 7 60 10 600 5
@    300 NS  ns1
ns1  300 A   192.0.2.53
www  300 A   192.0.2.1
*.wild 300 A   192.0.2.2
cut  300 NS  ns1
)"));
    return one;
}

/// A client's question, asked so many times over.
struct Asked {
    Ask ask;
    dns::Octets source{192, 0, 2, 1};
    Transport transport = Transport::udp;
    CookieState cookie = CookieState::none;
};

/// What came of queries at the same time: whole replies, those cut short, and none.
struct Count {
    unsigned whole = 0, cut = 0, dropped = 0;
    friend bool operator==(const Count&, const Count&) = default;
};
std::ostream& operator<<(std::ostream& out, const Count& count) {
    return out << count.whole << " whole, " << count.cut << " cut, " << count.dropped << " dropped";
}

Count ask(RateLimiter& limiter, const Asked& asked, unsigned times, std::uint32_t now) {
    Count count;
    const auto query = test::encode(asked.ask);
    std::vector<std::uint8_t> room(4096);
    for (unsigned i = 0; i < times; ++i) {
        Exchange exchange{
            .request = query, .room = room, .transport = asked.transport, .source = asked.source};
        respond({&exchange, 1}, view(), {});
        exchange.cookie = asked.cookie;
        limiter.limit({&exchange, 1}, now);
        if (exchange.outcome == Outcome::drop) {
            ++count.dropped;
            continue;
        }
        const auto told = test::decode({room.data(), exchange.size});
        CHECK(told.truncated() == exchange.truncated);
        if (!told.truncated()) {
            ++count.whole;
            continue;
        }
        ++count.cut;
        CHECK(told.answer.size() + told.authority.size() + told.additional.size() == 0);
        CHECK(told.has_opt == asked.ask.edns);
        CHECK(told.size <= query.size());  // nothing is amplified
    }
    return count;
}

const Ask www{.name = "www.z.", .type = "A", .edns = true};

}  // namespace

TEST_CASE("replies of one kind to one network are limited") {
    struct Row {
        const char* what;
        Asked first, then;
        Count expected;  // of ten of `then`, behind five of `first`
    };
    const Row rows[] = {
        {"the same again", {www}, {www}, {0, 5, 5}},
        {"in another case", {www}, {{.name = "WWW.z.", .type = "A"}}, {0, 5, 5}},
        {"of a neighbour", {www}, {www, {192, 0, 2, 200}}, {0, 5, 5}},
        {"of another network", {www}, {www, {192, 0, 3, 1}}, {5, 2, 3}},
        {"another type", {www}, {{.name = "www.z.", .type = "AAAA"}}, {5, 2, 3}},
        {"another name", {www}, {{.name = "ns1.z.", .type = "A"}}, {5, 2, 3}},
        {"a missing name", {www}, {{.name = "a.z.", .type = "A"}}, {5, 2, 3}},
        {"another missing name",
         {{.name = "a.z.", .type = "A"}},
         {{.name = "b.z.", .type = "A"}},
         {0, 5, 5}},
        {"refusals of several names",
         {{.name = "a.y.", .type = "A"}},
         {{.name = "b.x.", .type = "A"}},
         {0, 5, 5}},
        {"names below a wildcard",
         {{.name = "a.wild.z.", .type = "A"}},
         {{.name = "b.wild.z.", .type = "A"}},
         {0, 5, 5}},
        {"names below a cut",
         {{.name = "a.cut.z.", .type = "A"}},
         {{.name = "b.cut.z.", .type = "A"}},
         {0, 5, 5}},
        {"a cut, then names below it",
         {{.name = "cut.z.", .type = "A"}},
         {{.name = "b.cut.z.", .type = "A"}},
         {5, 2, 3}},
        {"transfers are never cut short",
         {{.name = "z.", .type = "IXFR"}},
         {{.name = "z.", .type = "IXFR"}},
         {0, 0, 10}},
        {"over TCP", {www}, {www, {192, 0, 2, 1}, Transport::tcp}, {10, 0, 0}},
        {"with a cookie",
         {www},
         {www, {192, 0, 2, 1}, Transport::udp, CookieState::good},
         {10, 0, 0}},
        {"with an unknown cookie",
         {www},
         {www, {192, 0, 2, 1}, Transport::udp, CookieState::unknown},
         {0, 5, 5}},
    };
    for (const Row& row : rows) {
        INFO(row.what);
        RateLimiter limiter({.replies_per_second = 5});
        CHECK(ask(limiter, row.first, 5, 0) == Count{5, 0, 0});
        CHECK(ask(limiter, row.then, 10, 0) == row.expected);
    }
}

TEST_CASE("IPv6 networks are /56 unless said otherwise") {
    dns::Octets one(16), same(16), other(16);
    same[7] = 0xff;
    other[6] = 1;
    RateLimiter limiter({.replies_per_second = 5});
    CHECK(ask(limiter, {www, one}, 5, 0) == Count{5, 0, 0});
    CHECK(ask(limiter, {www, same}, 2, 0) == Count{0, 1, 1});
    CHECK(ask(limiter, {www, other}, 5, 0) == Count{5, 0, 0});
    RateLimiter hosts({.replies_per_second = 5, .v6_prefix = 128});
    CHECK(ask(hosts, {www, one}, 5, 0) == Count{5, 0, 0});
    CHECK(ask(hosts, {www, same}, 5, 0) == Count{5, 0, 0});
}

TEST_CASE("credit comes back with time, and no more than a second of it") {
    RateLimiter limiter({.replies_per_second = 5, .slip = 0});
    CHECK(ask(limiter, {www}, 10, 0) == Count{5, 0, 5});
    CHECK(ask(limiter, {www}, 10, 199) == Count{0, 0, 10});
    CHECK(ask(limiter, {www}, 10, 400) == Count{2, 0, 8});
    CHECK(ask(limiter, {www}, 10, 60000) == Count{5, 0, 5});
    CHECK(ask(limiter, {www}, 10, 60000 + 7 * 86400000U) == Count{5, 0, 5});
}

TEST_CASE("a clock that wraps around counts on") {
    RateLimiter limiter({.replies_per_second = 5, .slip = 0});
    CHECK(ask(limiter, {www}, 10, 0xffffffff) == Count{5, 0, 5});
    CHECK(ask(limiter, {www}, 10, 399) == Count{2, 0, 8});
}

TEST_CASE("without a limit, nothing is limited") {
    RateLimiter limiter({});
    CHECK_FALSE(limiter.is_on());
    CHECK(ask(limiter, {www}, 100, 0) == Count{100, 0, 0});
}
