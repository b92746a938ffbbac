#include "portolan/sign/history_text.hpp"

#include <catch2/catch.hpp>

#include "portolan/dns/presentation.hpp"

using namespace portolan;
using namespace portolan::sign;

namespace {

const dns::Name zone = dns::name_from("svc.corp.example.");

/// One of everything.
History full_history() {
    History history;
    history.policy = {Algorithm::ed25519, true, 1, 2, 3};
    history.ttl = {3600, 10, {5, {}}};
    history.withdrawal = Withdrawal::gone;
    history.withdrawal_spread = {6, 7};
    history.gone_since = 8;
    const State states[] = {State::pre_active, State::published,     State::ready,
                            State::active,     State::retire_active, State::retired,
                            State::post_active};
    for (const State state : states) {
        const Use use = state == State::retired ? Use::zsk : Use::ksk;
        const auto algorithm =
            state == State::ready ? Algorithm::ed25519 : Algorithm::ecdsap256sha256;
        history.keys.push_back(
            {Key::generate(algorithm, use != Use::zsk), use, state, {1795358136, {}}});
    }
    return history;
}

FindKey find_among(const History& history) {
    return [&history](Algorithm algorithm, std::uint16_t tag, Use use) -> KeyPtr {
        for (const auto& each : history.keys) {
            const bool is_it = each.key->algorithm() == algorithm && each.key->tag() == tag;
            if (is_it && each.use == use) return each.key;
        }
        return nullptr;
    };
}

KeyPtr no_key(Algorithm, std::uint16_t, Use) { return nullptr; }

}  // namespace

TEST_CASE("a history comes back from its text") {
    for (const History& history : {History{}, full_history()}) {
        const std::string text = to_text(history, zone);
        CAPTURE(text);
        const auto again = parse_history(text, zone, find_among(history));
        REQUIRE(again.has_value());
        CHECK(*again == history);
    }
}

TEST_CASE("a history of keys reads as it is documented") {
    CHECK(to_text({}, dns::name_from("SVC.corp.example.")) ==
          "portolan-keys 1\nzone svc.corp.example.\n"
          "plan 13 one propagation 300 parent-delay 3600 ds-ttl 86400\n"
          "ttl 0 next 0 since - everywhere -\n"
          "withdrawal none since - everywhere - gone -\n"
          "check 35fb2beff52e7857\n");
}

TEST_CASE("a key that is not found is told from a damaged text") {
    const auto history = parse_history(to_text(full_history(), zone), zone, no_key);
    REQUIRE(history.has_value());
    for (const auto& each : history->keys) CHECK(each.key == nullptr);
}

TEST_CASE("a history that lost or changed an octet is refused") {
    const std::string text = to_text(full_history(), zone);
    for (std::size_t i = 0; i < text.size(); ++i) {
        CAPTURE(i);
        std::string changed = text;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        CHECK_FALSE(parse_history(changed, zone, no_key).has_value());
        CHECK_FALSE(parse_history(text.substr(0, i), zone, no_key).has_value());
    }
    CHECK_FALSE(parse_history(text, dns::name_from("other.example."), no_key).has_value());
}
