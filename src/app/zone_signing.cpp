#include "app/zone_signing.hpp"

#include <algorithm>

#include "app/in_order.hpp"
#include "app/table_standing.hpp"

namespace portolan::app {
namespace {

constexpr std::size_t parts = 60;           // of the zone, for the hand
constexpr std::size_t most_renewed = 1000;  // owners a turn: some 20 ms
constexpr std::chrono::milliseconds shortest_pause{100};
constexpr std::chrono::milliseconds longest_pause{600'000};
constexpr std::uint32_t jump = 60;  // seconds that no pause is late

/// How the hand moves: so many parts, then a pause.
struct Pace {
    std::chrono::milliseconds pause;
    std::size_t parts;
};

Pace pace_of(const registry::Dnssec& policy) {
    const std::chrono::milliseconds round{std::max<std::int64_t>(1, policy.refresh) * 1000 / 8};
    const auto pause =
        std::clamp<std::chrono::milliseconds>(round / parts, shortest_pause, longest_pause);
    const auto passed = static_cast<std::size_t>(pause * parts / round);
    return {pause, std::clamp<std::size_t>(passed, 1, parts)};
}

sign::Sets sets_of(const answer::Record& record) {
    sign::Sets sets;
    for (unsigned i = 0; i < record.set_count(); ++i) sets.emplace_back(&record.set(i));
    return sets;
}

}  // namespace

sign::Signer ZoneSigning::signer(const Terms& terms, std::uint32_t now) const {
    return {terms, now, remembered_, run_at_once};
}

sign::Signed ZoneSigning::sign_loaded(const Terms& terms, const answer::Table& table,
                                      std::uint32_t now) {
    remembered_ = file_.read();
    return sign_all(terms, table, {}, now);
}

sign::Signed ZoneSigning::sign_all(const Terms& terms, const answer::Table& table,
                                   std::span<const zone::Change> changes, std::uint32_t now) const {
    return signer(terms, now).sign_all(TableStanding(table, terms.policy.denial), changes);
}

sign::Signed ZoneSigning::sign_changes(const Terms& terms, const answer::Table& table,
                                       std::span<const zone::Change> changes,
                                       std::uint32_t now) const {
    return signer(terms, now).sign_changes(TableStanding(table, terms.policy.denial), changes);
}

void ZoneSigning::seal(const Terms& terms, sign::Signed& signed_zone, const answer::Table& table,
                       const dns::RrsetPtr& soa, std::uint32_t now) {
    signer(terms, now).seal(signed_zone, TableStanding(table, terms.policy.denial), soa);
    remembered_ = {};
    file_.add(signed_zone.made);
}

void ZoneSigning::keep(const answer::Table& table) {
    if (!file_.is_large()) return;
    file_.rewrite([&table](const SignatureFile::VisitMade& visit) {
        table.for_each([&visit](const answer::Record& record) {
            const auto* rrsigs = record.find(dns::Type::rrsig);
            if (rrsigs == nullptr) return;
            for (const dns::OctetView rdata : *rrsigs) {
                const auto* set = record.find(sign::read_rrsig(rdata).covered);
                if (set == nullptr) continue;
                visit(sign::digest_of(sign::canonical_set(record.name(), *set)), rdata);
            }
        });
    });
}

ZoneSigning::Turn ZoneSigning::turn(const Terms& terms, const answer::Table& table,
                                    std::uint32_t now) {
    const Pace pace = pace_of(terms.policy);
    const auto latest =
        last_turn_ + static_cast<std::uint32_t>(2 * pace.pause.count() / 1000) + jump;
    const bool has_jumped = last_turn_ != 0 && (now < last_turn_ || now > latest);
    at_once_ = has_jumped ? parts : std::max(at_once_, pace.parts);
    last_turn_ = now;
    const sign::Signer renewing = signer(terms, now);
    std::vector<dns::PackedName> owners;
    do {
        table.for_each_of_part(hand_, parts, [&](const answer::Record& record) {
            const bool is_due =
                owners.size() < most_renewed && renewing.wants_renewal(sets_of(record));
            if (is_due) owners.emplace_back(record.name());
        });
        if (owners.size() == most_renewed) break;  // the rest of the part with the next turn
        hand_ = (hand_ + 1) % parts;
        --at_once_;
    } while (at_once_ > 0);
    Turn turn{{}, owners.size() == most_renewed ? shortest_pause : pace.pause};
    if (!owners.empty())
        turn.renewed = renewing.renew(TableStanding(table, terms.policy.denial), owners);
    return turn;
}

}  // namespace portolan::app
