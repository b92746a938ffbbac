// What the engine does for zones that are signed.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "app/served.hpp"
#include "portolan/zone/findings.hpp"
#include "portolan/zone/soa.hpp"

namespace portolan::app {
namespace {

constexpr std::chrono::milliseconds longest_pause{600'000};
constexpr std::chrono::milliseconds shortest_pause{100};
constexpr std::chrono::milliseconds pause_after_failure{10'000};
constexpr std::chrono::milliseconds pause_among_nodes{1'000};  // whose turn it is may change

}  // namespace

/// Sets the terms under which the zone is signed from now on, as its plan, its keys and its SOA
/// have them. True when that makes another signed zone of what `old` served. Throws when the zone
/// shall be signed and there are no keys.
bool Engine::set_terms(Served& one, const Served* old, const dns::Rrset& soa) {
    if (old != nullptr) one.signing = old->signing;
    const dns::Ttl key_ttl{one.plan.ttls.infrastructure};
    one.longest = std::max(zone::longest_ttl(one.plan, *one.extra), key_ttl);
    const auto* dnssec = one.plan.dnssec ? &*one.plan.dnssec : nullptr;
    auto keys = keys_.roles(one.apex(), dnssec, one.longest, now_());
    if (!keys) throw std::runtime_error(keys.error().text);
    if (one.signing == nullptr) {
        if (!keys->roles.is_signed()) return false;
        one.signing = std::make_shared<ZoneSigning>(one.apex(), serials_.folder());
    }
    // On its way to be unsigned, a zone is signed as it was.
    if (old != nullptr) one.terms.policy = old->terms.policy;
    if (dnssec != nullptr) one.terms.policy = *dnssec;
    one.terms.apex = one.apex();
    one.terms.roles = std::move(keys->roles);
    one.terms.key_ttl = key_ttl;
    one.terms.negative =
        dns::Ttl{std::min(soa.ttl().seconds, zone::read_soa(*soa.begin()).minimum)};
    one.keys_again = keys->next;
    return old == nullptr || !(one.terms == old->terms);
}

/// What signing makes of a zone that has been loaded, if it is to be signed.
sign::Signed Engine::sign_loaded(const Served& one) const {
    if (one.signing == nullptr) return {};
    const auto start = std::chrono::steady_clock::now();
    auto made = one.signing->sign_loaded(one.terms, *one.table, now_());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    spdlog::info("zone {} is signed: {} signatures were made, in {:.2f} s", zone_text(one.apex()),
                 made.made.size(), took.count());
    return made;
}

/// What changes come to in a zone that may be signed. `stands` is the zone before them.
sign::Signed Engine::sign_step(const Served& one, const answer::Table& stands,
                               std::vector<zone::Change> changes, bool is_whole) const {
    if (one.signing == nullptr) return {std::move(changes), {}};
    if (is_whole || !sign::are_by_themselves(changes, one.apex())) {
        return one.signing->sign_all(one.terms, stands, changes, now_());
    }
    return one.signing->sign_changes(one.terms, stands, changes, now_());
}

std::chrono::milliseconds Engine::tend() {
    std::chrono::milliseconds again = longest_pause;
    for (auto& one : served_) {
        if (agreement_->is_shared()) again = std::min(again, pause_among_nodes);
        if (!is_ours(*one)) continue;
        if (!one->is_compared) take_turn(one->apex(), false);  // it has failed before
        if (one->signing == nullptr) continue;
        try {
            if (is_ours(*one)) tend_keys(*one);
            if (is_ours(*one)) again = std::min(again, tend_signatures(*one));
        } catch (const std::exception& error) {
            spdlog::error("zone {}: {}; it is tried again", zone_text(one->apex()), error.what());
            again = std::min(again, pause_after_failure);
        }
        if (!one->keys_again) continue;
        const std::chrono::seconds left{*one->keys_again > now_() ? *one->keys_again - now_() : 0};
        again = std::min(again, std::max<std::chrono::milliseconds>(left, shortest_pause));
    }
    return again;
}

/// The next step of the zone's keys, when it is due.
void Engine::tend_keys(Served& one) {
    if (!one.keys_again || *one.keys_again > now_()) return;
    const auto* dnssec = one.plan.dnssec ? &*one.plan.dnssec : nullptr;
    const auto ask = [&] {
        auto keys = keys_.roles(one.apex(), dnssec, one.longest, now_());
        if (!keys) throw std::runtime_error(keys.error().text);
        return *std::move(keys);
    };
    auto keys = ask();
    if (one.terms.roles != keys.roles) {
        one.terms.roles = std::move(keys.roles);
        step(one, one.signing->sign_all(one.terms, *one.table, {}, now_()));
        if (!is_ours(one)) return;  // yet to be agreed upon
    }
    keys_.served(one.apex(), now_());  // waits begin when others can see what the keys do
    one.keys_again = ask().next;
}

std::chrono::milliseconds Engine::tend_signatures(Served& one) {
    auto turn = one.signing->turn(one.terms, *one.table, now_());
    if (!turn.renewed.changes.empty()) {
        spdlog::debug("zone {}: {} signatures are renewed", zone_text(one.apex()),
                      turn.renewed.made.size());
        step(one, std::move(turn.renewed));
    }
    one.signing->keep(*one.table);
    return turn.again;
}

/// After a load.
void Engine::tell_keys_served() {
    if (agreement_->is_shared()) return;
    for (auto& one : served_) {
        if (one->signing == nullptr) continue;
        keys_.served(one->apex(), now_());
        one->keys_again = now_();
    }
}

}  // namespace portolan::app
