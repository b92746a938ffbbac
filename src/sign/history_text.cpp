#include "portolan/sign/history_text.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <type_traits>

#include "portolan/dns/presentation.hpp"

namespace portolan::sign {
namespace {

constexpr std::array uses{Use::csk, Use::ksk, Use::zsk};
constexpr std::array states{State::pre_active, State::published,     State::ready,
                            State::active,     State::retire_active, State::retired,
                            State::post_active};
constexpr std::array algorithms{Algorithm::ecdsap256sha256, Algorithm::ed25519};
constexpr std::array<std::string_view, 3> withdrawals{"none", "asked", "gone"};
constexpr Time last_time = std::numeric_limits<std::uint32_t>::max() * Time{256};

/// FNV-1a, 64 bits: it recognises damage, it does not guard against forgery.
std::uint64_t checksum_of(std::string_view text) noexcept {
    std::uint64_t sum = 0xcbf29ce484222325U;
    for (const char c : text) sum = (sum ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
    return sum;
}

std::string text_of(std::optional<Time> moment) { return moment ? std::to_string(*moment) : "-"; }

std::string text_of(const Spread& spread) {
    return fmt::format("since {} everywhere {}", text_of(spread.since), text_of(spread.everywhere));
}

std::string body_of(const History& history, dns::NameView zone) {
    dns::Name lower(zone);
    lower.lower();
    const Policy& policy = history.policy;
    std::string text = fmt::format(
        "portolan-keys 1\nzone {}\nplan {} {} propagation {} parent-delay {} ds-ttl {}\n"
        "ttl {} next {} {}\nwithdrawal {} {} gone {}\n",
        dns::to_text(lower), static_cast<unsigned>(policy.algorithm),
        policy.has_two_keys ? "two" : "one", policy.propagation, policy.parent_delay, policy.ds_ttl,
        history.ttl.seconds, history.ttl.next, text_of(history.ttl.spread),
        withdrawals[static_cast<std::size_t>(history.withdrawal)],
        text_of(history.withdrawal_spread), text_of(history.gone_since));
    for (const auto& each : history.keys) {
        text += fmt::format("key {} {} {} {} {}\n", static_cast<unsigned>(each.key->algorithm()),
                            each.key->tag(), to_string(each.use), to_string(each.state),
                            text_of(each.spread));
    }
    return text;
}

/// The words of a text, one after the other; once one is not what was expected, all are not.
class Words {
public:
    explicit Words(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool is_good() const noexcept { return is_good_; }
    [[nodiscard]] bool is_at_end() const noexcept { return rest_.empty(); }
    [[nodiscard]] bool starts_with(std::string_view word) const noexcept {
        return rest_.starts_with(word);
    }

    /// Ends with a blank or a line's end, which must be the only one.
    std::string_view next() noexcept {
        const auto end = rest_.find_first_of(" \n");
        if (end == std::string_view::npos) {
            is_good_ = false;
            return {};
        }
        const auto word = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return word;
    }
    Words& expect(std::string_view word) noexcept {
        if (next() != word) is_good_ = false;
        return *this;
    }
    template <class Number>
    void read(Number& number, Time most = std::numeric_limits<Number>::max()) noexcept {
        Time value = 0;
        const auto word = next();
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
        const bool is_number = error == std::errc() && end == word.data() + word.size();
        if (!is_number || value > most) {
            is_good_ = false;
        } else {
            number = static_cast<Number>(value);
        }
    }
    void read(std::optional<Time>& moment) noexcept {
        moment.reset();
        if (rest_.starts_with("- ") || rest_.starts_with("-\n")) {
            next();
        } else {
            read(moment.emplace(), last_time);
        }
    }
    void read(Spread& spread) noexcept {
        expect("since").read(spread.since);
        expect("everywhere").read(spread.everywhere);
    }
    /// One of several values, by what it is called.
    template <class Values, class Name>
    auto choose(const Values& values, Name name) noexcept {
        const auto word = next();
        for (const auto& each : values) {
            if (name(each) == word) return each;
        }
        is_good_ = false;
        return values.front();
    }

private:
    std::string_view rest_;
    bool is_good_ = true;
};

std::string number_of(Algorithm algorithm) {
    return std::to_string(static_cast<unsigned>(algorithm));
}

void read_plan(Words& words, Policy& policy) {
    policy.algorithm = words.expect("plan").choose(algorithms, number_of);
    policy.has_two_keys = words.choose(
        std::array{false, true}, [](bool two) { return std::string_view(two ? "two" : "one"); });
    words.expect("propagation").read(policy.propagation);
    words.expect("parent-delay").read(policy.parent_delay);
    words.expect("ds-ttl").read(policy.ds_ttl);
}

KeyState read_key(Words& words, const FindKey& find_key) {
    KeyState key;
    std::uint16_t tag = 0;
    const Algorithm algorithm = words.expect("key").choose(algorithms, number_of);
    words.read(tag);
    key.use = words.choose(uses, [](Use use) { return to_string(use); });
    key.state = words.choose(states, [](State state) { return to_string(state); });
    words.read(key.spread);
    if (words.is_good()) key.key = find_key(algorithm, tag, key.use);
    return key;
}

}  // namespace

std::string to_text(const History& history, dns::NameView zone) {
    const std::string body = body_of(history, zone);
    return fmt::format("{}check {:016x}\n", body, checksum_of(body));
}

std::optional<History> parse_history(std::string_view text, dns::NameView zone,
                                     const FindKey& find_key) {
    const auto last = text.rfind("check ");
    if (last == std::string_view::npos) return std::nullopt;
    const auto body = text.substr(0, last);
    if (text.substr(last) != fmt::format("check {:016x}\n", checksum_of(body))) return std::nullopt;

    dns::Name lower(zone);
    lower.lower();
    History history;
    Words words(body);
    words.expect("portolan-keys").expect("1").expect("zone").expect(dns::to_text(lower));
    read_plan(words, history.policy);
    words.expect("ttl").read(history.ttl.seconds);
    words.expect("next").read(history.ttl.next);
    words.read(history.ttl.spread);
    const auto withdrawal =
        words.expect("withdrawal").choose(withdrawals, [](std::string_view word) { return word; });
    history.withdrawal = withdrawal == "none"    ? Withdrawal::none
                         : withdrawal == "asked" ? Withdrawal::asked
                                                 : Withdrawal::gone;
    words.read(history.withdrawal_spread);
    words.expect("gone").read(history.gone_since);
    while (words.is_good() && !words.is_at_end()) {
        history.keys.push_back(read_key(words, find_key));
    }
    if (!words.is_good()) return std::nullopt;
    return history;
}

std::optional<dns::PackedName> zone_of_history(std::string_view text) {
    Words words(text);
    const auto name =
        dns::parse_name(words.expect("portolan-keys").expect("1").expect("zone").next());
    if (!words.is_good() || !name) return std::nullopt;
    return dns::PackedName(*name);
}

}  // namespace portolan::sign
