#include "portolan/sign/timing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>

using namespace portolan;
using namespace portolan::sign;

namespace {

constexpr Policy usual{Algorithm::ecdsap256sha256, false, 5, 10, 100};
constexpr dns::Ttl usual_ttl{50};

/// A zone's keys under a clock, as a server and an operator drive them.
struct Zone {
    History history;
    std::optional<Policy> policy = usual;
    dns::Ttl ttl = usual_ttl;
    Time now = 1000;
    std::map<std::uint16_t, char> letters;  // keys by the order in which they were made

    explicit Zone(const Policy& wish = usual) : policy(wish) { serve_now(); }

    void make(const std::vector<NewKey>& wanted) {
        for (const auto& each : wanted) {
            const KeyPtr key = Key::generate(each.algorithm, each.use != Use::zsk);
            letters.emplace(key->tag(), static_cast<char>('a' + letters.size()));
            add(history, key, each.use);
        }
    }
    void serve_now() {
        advance(history, policy, ttl, now);
        if (policy) make(missing_keys(history, *policy));
        serve(history, history, now);
    }
    /// Lets time pass, second by second.
    void pass(Time seconds) {
        for (; seconds > 0; --seconds) {
            ++now;
            serve_now();
        }
    }
    void roll(const Roll& wish) {
        const auto wanted = keys_for(history, wish);
        REQUIRE(wanted.has_value());
        make(*wanted);
        serve_now();
    }
    void see_ds() {
        REQUIRE_FALSE(ds_seen(history));
        serve_now();
    }

    std::string names(const std::vector<KeyPtr>& keys) const {
        std::string text;
        for (const auto& each : keys) text += letters.at(each->tag());
        std::ranges::sort(text);
        return text.empty() ? "-" : text;
    }
    /// "set ab, keys by a, zone by a, wants a", and the states.
    std::string roles() const {
        const Roles all = roles_of(history);
        std::string states;
        for (const auto& each : history.keys) {
            states += fmt::format(" {}:{}", letters.at(each.key->tag()), to_string(each.state));
        }
        return fmt::format("{} | set {} by {} | zone by {} | wants {}",
                           states.empty() ? "unsigned" : states.substr(1), names(all.published),
                           names(all.key_signers), names(all.zone_signers),
                           all.withdraws ? "none" : names(all.wanted));
    }
};

/// What is done, how long nothing happens then, and what is so in the end.
struct Act {
    const char* what;
    Time seconds;
    const char* roles;
};

void play(Zone& zone, const std::vector<Act>& acts, const Roll& wish = {}) {
    for (const auto& act : acts) {
        CAPTURE(act.what, act.seconds);
        const std::string what = act.what;
        if (what == "roll") zone.roll(wish);
        if (what == "ds-seen") zone.see_ds();
        if (what == "no") zone.policy.reset();
        if (what == "yes") zone.policy = usual;
        if (what == "ds-gone") REQUIRE_FALSE(ds_gone(zone.history, zone.now));
        if (what == "restart") restart(zone.history);
        zone.serve_now();
        zone.pass(act.seconds);
        CHECK(zone.roles() == act.roles);
    }
}

constexpr Time spread = 6;             // propagation and one second
constexpr Time caches = spread + 51;   // and the longest TTL
constexpr Time parent = 10 + 100 + 2;  // the parent's delay and the DS's TTL

Zone signed_zone(const Policy& wish = usual) {
    Zone zone(wish);
    zone.pass(caches);
    zone.see_ds();
    zone.pass(1);
    return zone;
}

}  // namespace

TEST_CASE("a first signing asks for a DS when no cache has an unsigned answer") {
    Zone zone;
    play(zone, {
                   {"wait", 0, "a:published | set a by a | zone by a | wants -"},
                   {"wait", caches - 1, "a:published | set a by a | zone by a | wants -"},
                   {"wait", 1, "a:ready | set a by a | zone by a | wants a"},
                   {"wait", 100000, "a:ready | set a by a | zone by a | wants a"},
                   {"ds-seen", 0, "a:active | set a by a | zone by a | wants a"},
                   {"wait", 100000, "a:active | set a by a | zone by a | wants a"},
               });
}

TEST_CASE("two keys share the work") {
    Policy two = usual;
    two.has_two_keys = true;
    Zone zone(two);
    play(zone, {
                   {"wait", 0, "a:published b:published | set ab by a | zone by b | wants -"},
                   {"wait", caches, "a:ready b:active | set ab by a | zone by b | wants a"},
                   {"ds-seen", 0, "a:active b:active | set ab by a | zone by b | wants a"},
               });
}

TEST_CASE("a CSK rolls as both: the set by both, then the DS, then the zone") {
    Zone zone = signed_zone();
    play(zone,
         {
             {"roll", caches - 1, "a:active b:published | set ab by ab | zone by a | wants a"},
             {"wait", 1, "a:active b:ready | set ab by ab | zone by a | wants b"},
             {"wait", 100000, "a:active b:ready | set ab by ab | zone by a | wants b"},
             {"ds-seen", parent - 1,
              "a:retire-active b:active | set ab by ab | zone by b | wants b"},
             {"wait", 1, "b:active | set b by b | zone by b | wants b"},
         });
}

TEST_CASE("a CSK stays for its signatures when they outlive its DS") {
    Policy quick = usual;
    quick.parent_delay = quick.ds_ttl = 1;
    Zone zone = signed_zone(quick);
    play(zone, {
                   {"roll", caches, "a:active b:ready | set ab by ab | zone by a | wants b"},
                   {"ds-seen", caches - 1,
                    "a:retire-active b:active | set ab by ab | zone by b | wants b"},
                   {"wait", 1, "b:active | set b by b | zone by b | wants b"},
               });
}

TEST_CASE("a ZSK is published before it signs, and after") {
    Policy two = usual;
    two.has_two_keys = true;
    Zone zone = signed_zone(two);
    play(zone,
         {
             {"roll", caches - 1,
              "a:active b:active c:published | set abc by a | zone by b | wants a"},
             {"wait", 1, "a:active b:retired c:active | set abc by a | zone by c | wants a"},
             {"wait", caches - 1,
              "a:active b:retired c:active | set abc by a | zone by c | wants a"},
             {"wait", 1, "a:active c:active | set ac by a | zone by c | wants a"},
         },
         {Use::zsk, {}, {}});
}

TEST_CASE("a KSK rolls by a second one, and the ZSK stays") {
    Policy two = usual;
    two.has_two_keys = true;
    Zone zone = signed_zone(two);
    play(zone,
         {
             {"roll", caches - 1,
              "a:active b:active c:published | set abc by ac | zone by b | wants a"},
             {"wait", 1, "a:active b:active c:ready | set abc by ac | zone by b | wants c"},
             {"ds-seen", parent - 1,
              "a:retire-active b:active c:active | set abc by ac | zone by b | wants c"},
             {"wait", 1, "b:active c:active | set bc by c | zone by b | wants c"},
         },
         {Use::ksk, {}, {}});
}

TEST_CASE("an algorithm comes with its signatures first, and leaves with them last") {
    Zone zone = signed_zone();
    play(zone,
         {
             {"roll", caches - 1, "a:active b:pre-active | set a by a | zone by ab | wants a"},
             {"wait", 1, "a:active b:published | set ab by ab | zone by ab | wants a"},
             {"wait", caches, "a:active b:ready | set ab by ab | zone by ab | wants b"},
             {"ds-seen", parent - 1,
              "a:retire-active b:active | set ab by ab | zone by ab | wants b"},
             {"wait", 1, "a:post-active b:active | set b by b | zone by ab | wants b"},
             {"wait", caches - 1, "a:post-active b:active | set b by b | zone by ab | wants b"},
             {"wait", 1, "b:active | set b by b | zone by b | wants b"},
         },
         {{}, Algorithm::ed25519, {}});
}

TEST_CASE("an algorithm of two keys leaves with both") {
    Policy two = usual;
    two.has_two_keys = true;
    Zone zone = signed_zone(two);
    play(zone,
         {
             {"roll", caches,
              "a:active b:active c:published d:published | set abcd by ac | zone by bd | wants a"},
             {"wait", caches,
              "a:active b:active c:ready d:published | set abcd by ac | zone by bd | wants c"},
             {"ds-seen", parent - 1,
              "a:retire-active b:retired c:active d:active | set abcd by ac | zone by bd | wants "
              "c"},
             {"wait", 1,
              "a:post-active b:post-active c:active d:active | set cd by c | zone by bd | wants c"},
             {"wait", caches, "c:active d:active | set cd by c | zone by d | wants c"},
         },
         {{}, Algorithm::ed25519, {}});
}

TEST_CASE("one key becomes two, and two become one") {
    Zone zone = signed_zone();
    play(zone,
         {
             {"roll", caches, "a:active b:ready c:published | set abc by ab | zone by a | wants b"},
             {"ds-seen", 0,
              "a:retire-active b:active c:active | set abc by ab | zone by c | wants b"},
             {"wait", parent, "b:active c:active | set bc by b | zone by c | wants b"},
         },
         {{}, {}, true});
    play(zone,
         {
             {"roll", caches, "b:active c:active d:ready | set bcd by bd | zone by c | wants d"},
             {"ds-seen", 0,
              "b:retire-active c:retired d:active | set bcd by bd | zone by d | wants d"},
             {"wait", parent, "d:active | set d by d | zone by d | wants d"},
         },
         {{}, {}, false});
}

TEST_CASE("a zone becomes unsigned when no cache has its DS, and can be signed again") {
    Zone zone = signed_zone();
    play(zone, {
                   {"no", 100000, "a:active | set a by a | zone by a | wants none"},
                   {"ds-gone", parent - 1, "a:active | set a by a | zone by a | wants none"},
                   {"wait", 1, "unsigned | set - by - | zone by - | wants -"},
                   {"wait", 100000, "unsigned | set - by - | zone by - | wants -"},
                   {"yes", 0, "b:published | set b by b | zone by b | wants -"},
                   {"wait", caches, "b:ready | set b by b | zone by b | wants b"},
               });
}

TEST_CASE("a zone that never asked for a DS is unsigned at once") {
    Zone zone;
    play(zone, {
                   {"wait", 10, "a:published | set a by a | zone by a | wants -"},
                   {"no", 0, "unsigned | set - by - | zone by - | wants -"},
               });
}

TEST_CASE("who thinks better of it stays signed, and asks for a DS that was removed") {
    Zone asked = signed_zone();
    play(asked, {
                    {"no", 10, "a:active | set a by a | zone by a | wants none"},
                    {"yes", 0, "a:active | set a by a | zone by a | wants a"},
                });
    Zone gone = signed_zone();
    play(gone, {
                   {"no", caches, "a:active | set a by a | zone by a | wants none"},
                   {"ds-gone", 10, "a:active | set a by a | zone by a | wants none"},
                   {"yes", 0, "a:ready | set a by a | zone by a | wants a"},
                   {"wait", 100000, "a:ready | set a by a | zone by a | wants a"},
                   {"ds-seen", 0, "a:active | set a by a | zone by a | wants a"},
               });
}

TEST_CASE("what was not everywhere before a restart waits again") {
    Zone zone;
    play(zone, {
                   {"wait", spread - 1, "a:published | set a by a | zone by a | wants -"},
                   {"restart", caches - 1, "a:published | set a by a | zone by a | wants -"},
                   {"restart", 1, "a:ready | set a by a | zone by a | wants a"},
               });
}

TEST_CASE("a clock set back makes waits longer, and no wait is skipped") {
    for (const Time back : {Time{1}, Time{3600}, Time{900000000}}) {
        Zone zone;
        zone.now += 1000000000;
        zone.history = {};
        zone.serve_now();
        zone.pass(spread);
        zone.now -= back;
        zone.serve_now();
        CAPTURE(back);
        CHECK(next_step(zone.history) == zone.now + 51);
        play(zone, {
                       {"wait", 50, "b:published | set b by b | zone by b | wants -"},
                       {"wait", 1, "b:ready | set b by b | zone by b | wants b"},
                   });
    }
}

TEST_CASE("a lowered TTL counts when caches have forgotten the longer one") {
    Zone zone;
    zone.pass(caches);
    zone.ttl = dns::Ttl{5};
    zone.serve_now();
    CHECK(zone.history.ttl.seconds == 50);
    zone.pass(caches - 1);
    CHECK(zone.history.ttl.seconds == 50);
    zone.pass(1);
    CHECK(zone.history.ttl.seconds == 5);
    zone.ttl = dns::Ttl{70};
    zone.serve_now();
    CHECK(zone.history.ttl.seconds == 70);
}

TEST_CASE("what cannot be rolled or confirmed is said") {
    Zone zone;
    const auto reason = [](const NewKeys& keys) { return keys ? "" : keys.error(); };
    CHECK(ds_seen(zone.history) == "no key waits for its DS");
    CHECK(ds_gone(zone.history, 1) ==
          "the zone is to stay signed: first write `dnssec: no` into its plan");
    CHECK(reason(keys_for({}, {})) == "the zone is not signed, so it has no keys");
    CHECK(reason(keys_for(zone.history, {Use::zsk, {}, {}})) == "the zone has no zsk");
    const auto tag = zone.history.keys[0].key->tag();
    CHECK(reason(keys_for(zone.history, {})) ==
          fmt::format("key {} is published: waits until 1970-01-01 00:17:37 UTC, when all caches "
                      "have it; then the parent is asked for its DS",
                      tag));
    zone.pass(caches);
    CHECK(reason(keys_for(zone.history, {})) ==
          fmt::format("key {} is ready: waits for its DS in the parent, and for word of it "
                      "(ds-seen)",
                      tag));
    zone.see_ds();
    CHECK(reason(keys_for(zone.history, {Use::csk, Algorithm::ed25519, {}})) ==
          "another algorithm, or another number of keys, rolls all keys");
    CHECK(reason(keys_for(zone.history, {Use::csk, {}, {}})).empty());
    zone.policy.reset();
    zone.serve_now();
    CHECK(reason(keys_for(zone.history, {})) == "the zone is on its way to be unsigned");
    CHECK(ds_gone(zone.history, zone.now) ==
          "not all servers of the zone have stopped asking for the DS");
    zone.pass(spread);
    CHECK(ds_gone(zone.history, zone.now) ==
          "servers and caches may ask for the DS until 1970-01-01 00:18:34 UTC");
    zone.pass(caches);
    CHECK_FALSE(ds_gone(zone.history, zone.now));
    CHECK(ds_gone(zone.history, zone.now) == "that was said before");
}

TEST_CASE("KSK and ZSK roll beside each other, but not while all keys roll") {
    Policy two = usual;
    two.has_two_keys = true;
    Zone zone = signed_zone(two);
    zone.roll({Use::zsk, {}, {}});
    CHECK(keys_for(zone.history, {Use::ksk, {}, {}}).has_value());
    CHECK_FALSE(keys_for(zone.history, {Use::zsk, {}, {}}).has_value());
    CHECK_FALSE(keys_for(zone.history, {}).has_value());
    zone.pass(2 * caches);
    zone.roll({{}, Algorithm::ed25519, {}});
    CHECK_FALSE(keys_for(zone.history, {Use::ksk, {}, {}}).has_value());
    CHECK_FALSE(keys_for(zone.history, {Use::zsk, {}, {}}).has_value());
}

TEST_CASE("waits begin with what was served, not with what was written meanwhile") {
    Zone zone = signed_zone();
    const History served = zone.history;
    zone.make(*keys_for(zone.history, {}));
    serve(zone.history, served, zone.now);
    CHECK_FALSE(zone.history.keys[1].spread.since);
    serve(zone.history, zone.history, zone.now);
    CHECK(zone.history.keys[1].spread.since == zone.now);
}

// --- whatever a resolver holds, it validates
// ------------------------------------------------------

namespace {

/// What one server has at one time; somebody may remember it until `remembered`.
template <class What>
struct Seen {
    What what;
    Time since;
    Time remembered = 0;
};

/// A parent, secondaries that lag, caches of any age, an operator without a plan, and a server that
/// falls at the worst moment. Real time is `now`; the server's clock may be set back.
class World {
public:
    explicit World(std::uint32_t seed) : random_(seed) {
        if (one_in(2)) policy_.has_two_keys = true;
        policy_.propagation = below(8);
        policy_.parent_delay = below(8);
        policy_.ds_ttl = below(30);
        ttl_ = below(30);
        zone_.push_back({{{}, ttl_}, now_});
        parent_.push_back({{}, now_});
        restart_server();
        advance(history_, {}, dns::Ttl{ttl_}, clock());  // it has been served unsigned
    }

    void run(int turns) {
        for (int i = 0; i < turns; ++i) {
            act();
            tick();
        }
    }
    /// Lets everybody do his duty until nothing changes; false when that does not happen.
    bool settle() {
        is_wanted_ = true;
        for (int i = 0; i < 400; ++i) {
            if (!is_up_) restart_server();
            follow_cds();
            confirm();
            for (int second = 0; second < 5; ++second) tick();
            const bool is_still = std::ranges::all_of(
                history_.keys, [](const KeyState& each) { return each.state == State::active; });
            if (is_still && history_.is_signed()) return true;
        }
        return false;
    }

    std::string fault;  // what did not validate, if anything

private:
    struct Served {
        Roles roles;
        std::uint32_t ttl;
    };

    std::uint32_t below(std::uint32_t most) { return static_cast<std::uint32_t>(random_()) % most; }
    bool one_in(std::uint32_t many) { return below(many) == 0; }

    void act() {
        switch (below(12)) {
            case 0:
                return roll();
            case 1:
            case 2:
                return follow_cds();
            case 3:
            case 4:
                return confirm();
            case 5:
                if (one_in(4)) is_wanted_ = !is_wanted_;
                return;
            case 6:
                if (one_in(3)) is_up_ = false;
                return;
            case 7:
                if (!is_up_) restart_server();
                return;
            case 8:
                if (one_in(8)) clock_back_ += below(100);
                return;
            case 9:
                if (one_in(3)) ttl_ = below(30);
                return;
            default:
                for (auto seconds = below(20); seconds > 0; --seconds) tick();
                return;
        }
    }

    [[nodiscard]] Time clock() const { return now_ - clock_back_; }

    void restart_server() {
        is_up_ = true;
        up_since_ = now_;
        restart(history_);
    }

    /// A second: the server steps, servers follow, caches remember, and everything is checked.
    void tick() {
        ++now_;
        if (is_up_) follow(zone_, slowest_, up_since_, policy_.propagation);
        if (is_up_) serve_zone();
        follow(parent_, slowest_parent_, 0, policy_.parent_delay);
        for (std::size_t i = slowest_; i < zone_.size(); ++i) {
            zone_[i].remembered = now_ + zone_[i].what.ttl;
        }
        for (std::size_t i = slowest_parent_; i < parent_.size(); ++i) {
            parent_[i].remembered = now_ + policy_.ds_ttl;
        }
        check();
    }

    /// The slowest server moves on to what has been there for longer than the delay.
    template <class What>
    void follow(const std::vector<Seen<What>>& all, std::size_t& slowest, Time from, Time delay) {
        while (slowest + 1 < all.size() && now_ > std::max(all[slowest + 1].since, from) + delay) {
            ++slowest;
        }
    }

    void serve_zone() {
        const auto wish = is_wanted_ ? std::optional(policy_) : std::nullopt;
        advance(history_, wish, dns::Ttl{ttl_}, clock());
        if (wish) make(missing_keys(history_, *wish));
        if (one_in(50)) {  // between the disk and the wire
            is_up_ = false;
            return;
        }
        const Roles roles = roles_of(history_);
        if (roles != zone_.back().what.roles || ttl_ != zone_.back().what.ttl) {
            zone_.push_back({{roles, ttl_}, now_});
        }
        serve(history_, history_, clock());
    }

    void make(const std::vector<NewKey>& wanted) {
        for (const auto& each : wanted) {
            add(history_, Key::generate(each.algorithm, each.use != Use::zsk), each.use);
        }
    }

    void roll() {
        static constexpr std::optional<Use> uses[] = {{}, {}, Use::csk, Use::ksk, Use::zsk};
        Roll wish;
        wish.use = uses[below(5)];
        if (!wish.use) {
            wish.algorithm = one_in(2) ? Algorithm::ed25519 : Algorithm::ecdsap256sha256;
            wish.has_two_keys = one_in(2);
        }
        if (const auto wanted = keys_for(history_, wish)) make(*wanted);
    }

    /// The parent asks any server, and takes no older CDS than it has taken (RFC 7344 6.2).
    void follow_cds() {
        const std::size_t oldest = std::max(slowest_, followed_);
        followed_ = oldest + below(static_cast<std::uint32_t>(zone_.size() - oldest));
        const Roles& roles = zone_[followed_].what.roles;
        if (roles.wanted.empty() && !roles.withdraws) return;
        if (roles.wanted == parent_.back().what) return;
        parent_.push_back({roles.wanted, now_});
    }

    /// The operator sees one of the parent's servers, and says only what is so there.
    void confirm() {
        const auto wanted = roles_of(history_).wanted;
        if (!wanted.empty() && parent_.back().what == wanted) static_cast<void>(ds_seen(history_));
        if (parent_.back().what.empty()) static_cast<void>(ds_gone(history_, clock()));
    }

    /// Those that a cache may hold.
    template <class What>
    std::vector<const What*> remembered(const std::vector<Seen<What>>& all) const {
        std::vector<const What*> some;
        for (const auto& each : all) {
            if (each.remembered >= now_) some.push_back(&each.what);
        }
        return some;
    }

    void check() {
        if (!fault.empty()) return;
        const auto versions = remembered(zone_);
        for (const auto* ds : remembered(parent_)) {
            for (const auto* keys : versions) {
                for (const auto* data : versions) check(*ds, keys->roles, data->roles);
            }
        }
    }

    static bool holds(const std::vector<KeyPtr>& keys, const KeyPtr& key) {
        return std::ranges::find(keys, key) != keys.end();
    }
    static std::string text(const std::vector<KeyPtr>& keys) {
        std::string all;
        for (const auto& each : keys) all += fmt::format("{} ", each->tag());
        return all;
    }
    static std::set<Algorithm> algorithms_of(const std::vector<KeyPtr>& keys) {
        std::set<Algorithm> all;
        for (const auto& each : keys) all.insert(each->algorithm());
        return all;
    }

    /// As strict as a validator may be: every algorithm of the DS set leads to the DNSKEY set, and
    /// every algorithm there has signed the data (RFC 4035 2.2, RFC 6840 5.11).
    void check(const std::vector<KeyPtr>& ds, const Roles& keys, const Roles& data) {
        if (ds.empty()) return;
        for (const Algorithm algorithm : algorithms_of(ds)) {
            const bool is_linked = std::ranges::any_of(ds, [&](const KeyPtr& each) {
                return each->algorithm() == algorithm && holds(keys.published, each) &&
                       holds(keys.key_signers, each);
            });
            if (!is_linked)
                fault = fmt::format("at {}: no key of a DS signs the keys: DS {}, keys {}", now_,
                                    text(ds), text(keys.published));
        }
        for (const Algorithm algorithm : algorithms_of(keys.published)) {
            const bool is_signed = std::ranges::any_of(data.zone_signers, [&](const KeyPtr& each) {
                return each->algorithm() == algorithm && holds(keys.published, each);
            });
            if (!is_signed)
                fault = fmt::format("at {}: no key of the set signs the data: keys {}, data by {}",
                                    now_, text(keys.published), text(data.zone_signers));
        }
    }

    std::mt19937 random_;
    Policy policy_ = usual;
    std::uint32_t ttl_ = 0;
    bool is_wanted_ = true;
    bool is_up_ = false;
    Time now_ = 1000000;
    Time clock_back_ = 0;
    Time up_since_ = 0;
    History history_;
    std::vector<Seen<Served>> zone_;  // versions, in their order
    std::size_t slowest_ = 0;         // the oldest that a server still has
    std::vector<Seen<std::vector<KeyPtr>>> parent_;
    std::size_t slowest_parent_ = 0;
    std::size_t followed_ = 0;
};

}  // namespace

TEST_CASE("every mix of what caches may hold validates, whatever is done and goes wrong") {
    for (std::uint32_t seed = 0; seed < 700; ++seed) {
        CAPTURE(seed);
        World world(seed);
        world.run(150);
        REQUIRE(world.fault == "");
        REQUIRE(world.settle());
        REQUIRE(world.fault == "");
    }
}
