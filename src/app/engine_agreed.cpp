// What the engine does where zones are agreed upon with other nodes.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "app/served.hpp"
#include "app/table_steps.hpp"
#include "portolan/zone/soa.hpp"

namespace portolan::app {
namespace {

/// Puts the whole zone into a table that nobody reads yet.
void fill(answer::Table& table, const transfer::Step& whole) {
    const auto apex = dns::Name(table.apex().view());
    table.load(whole.changes.size(), [&] {
        for (const auto& each : whole.changes) table.put(each.owner, each.after);
        table.put(apex, whole.soa_after);
    });
}

}  // namespace

Agreement::Party& Engine::join(Agreement& agreement) noexcept {
    agreement_ = &agreement;
    return *this;
}

/// What a load changes at once: what the next step is made from.
void Engine::take_over(Served& next) {
    next.is_compared = false;
    if (next.old == nullptr) {
        next.table = std::make_shared<answer::Table>(next.apex());
        next.is_awaited = true;
        return;
    }
    const Served& old = *next.old;
    next.signing = old.signing;
    next.terms = old.terms;
    next.keys_again = old.keys_again;
    next.longest = old.longest;
    next.content = old.content;
    next.serial = old.serial;
    next.is_awaited = old.is_awaited;
}

/// After a load.
void Engine::follow_agreed() {
    std::vector<dns::PackedName> zones;
    for (const auto& one : served_) zones.emplace_back(one->apex());
    agreement_->follow(zones);
    for (const auto& zone : zones) {
        if (agreement_->turn(zone) == Agreement::Turn::ours) take_turn(zone, false);
    }
}

/// Changes that cannot be made a step of now. While one of ours is on its way they wait for it;
/// else another node makes the step, and here they are known for the day when it goes.
std::vector<Engine::Refused> Engine::hold(Served& one, std::span<const registry::Change> changes) {
    std::vector<Refused> refused;
    const bool is_later = agreement_->turn(one.apex()) == Agreement::Turn::later;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (auto reason = registry::refusal(one.registry(), changes[i])) {
            refused.push_back({i, *std::move(reason)});
        } else {
            one.held.push_back(changes[i]);
        }
    }
    if (!is_later) take_held(one);
    return refused;
}

/// Into what is known, without a step: the zone has to be compared before the next one.
void Engine::take_held(Served& one) {
    one.is_compared = false;
    for (auto& change : std::exchange(one.held, {})) {
        if (registry::refusal(one.registry(), change)) continue;
        if (watcher_) watcher_(one.apex(), change);
        one.live.take(with_own_name(std::move(change), one.plan));
    }
}

bool Engine::is_ours(const Served& one) const noexcept {
    return agreement_->turn(one.apex()) == Agreement::Turn::ours;
}

void Engine::take_turn(dns::NameView apex, bool is_new) {
    Served* one = served(apex);
    if (one == nullptr) return;
    if (is_new) one->is_compared = false;
    try {
        catch_up(*one);
    } catch (const std::exception& error) {
        one->is_compared = false;
        spdlog::error("zone {}: {}; it stays as it is, and is tried again", zone_text(apex),
                      error.what());
    }
}

/// Proposes what the zone lacks, when the turn is ours.
void Engine::catch_up(Served& one) {
    if (one.is_compared) {
        if (one.held.empty()) return;
        const auto held = std::exchange(one.held, {});
        for (const auto& refused : apply(one.apex(), held)) {
            spdlog::warn("zone {}: a change is not served: {}", zone_text(one.apex()),
                         refused.reason);
        }
        published_.reclaim();
        return;
    }
    take_held(one);
    one.is_awaited ? found(one) : propose_difference(one);
    one.is_compared = true;
}

/// The first that is said of the zone anywhere.
void Engine::found(Served& one) {
    one.content = 0;
    derive(one);
    one.keys_again = now_();
    spdlog::info("zone {} is nobody's yet: it begins with serial {}, {} records",
                 zone_text(one.apex()), one.serial.value, one.table->record_count());
    agreement_->propose(one.apex(), whole_of(*one.table, one.content));
}

/// What the plan and all that is known make of the zone, held against what is served.
void Engine::propose_difference(Served& one) {
    dns::RrsetPtr derived_soa;
    const auto for_each_owner = [&](const zone::VisitOwner& visit) {
        zone::for_each_owner(one.registry(), *one.extra, [&](dns::NameView owner, auto sets) {
            const auto soa = std::ranges::find(sets, dns::Type::soa, &dns::Rrset::type);
            if (soa != sets.end()) derived_soa = *soa;
            visit(owner, sets);
        });
    };
    const bool is_signed_here = one.plan.dnssec || one.signing != nullptr;
    auto changes = differences(*one.table, for_each_owner, [&](dns::Type type) {
        return !is_signed_here || !sign::is_made_here(type);
    });
    set_terms(one, &one, *derived_soa);
    one.keys_again = now_();
    const auto shown = soa_of(*one.table);
    const bool has_soa_changed = *zone::with_serial(*derived_soa, one.serial) != *shown;
    const std::size_t count = changes.size();
    auto made = sign_step(one, *one.table, std::move(changes), true);
    if (made.changes.empty() && !has_soa_changed) return;
    auto serial = serial_after(one.serial, now_());
    if (one.has_own_serial()) {
        serial = zone::read_soa(*derived_soa->begin()).serial;
        if (!(serial > one.serial)) {
            spdlog::warn(
                "zone {}: its master file has changed but its serial {} has not risen (it was "
                "{}): raise it; what is served stays",
                zone_text(one.apex()), serial.value, one.serial.value);
            return;
        }
    }
    spdlog::info("zone {}: {} sets are other than this node's plan has them, and are put right",
                 zone_text(one.apex()), count);
    const auto content = one.content + content_of(made.changes) +
                         content_of(one.apex(), *derived_soa) - content_of(one.apex(), *shown);
    auto step =
        make_step(one, *one.table, zone::with_serial(*derived_soa, serial), std::move(made));
    step.content_before = one.content;
    step.content_after = content;
    agreement_->propose(one.apex(), std::move(step));
}

void Engine::put_in_place(dns::NameView apex, transfer::Step step) {
    if (Served* one = served(apex)) put_in_place(*one, std::move(step));
}

void Engine::put_whole(dns::NameView apex, transfer::Step whole) {
    Served* one = served(apex);
    if (one == nullptr) return;
    auto table = std::make_shared<answer::Table>(apex);
    fill(*table, whole);
    if (!one->is_awaited) {
        const auto now = whole_of(*table, whole.content_after);
        transfer::Step missed{
            soa_of(*one->table), whole.soa_after, one->content, whole.content_after, {}};
        if (missed.after() == one->serial && missed.content_after == one->content) return;
        missed.changes = differences(
            *one->table,
            [&now](const zone::VisitOwner& visit) {
                for (const auto& each : now.changes) visit(each.owner, {&each.after, 1});
            },
            [](dns::Type) { return true; });
        return put_in_place(*one, std::move(missed));
    }
    one->table = std::move(table);
    one->content = whole.content_after;
    one->serial = whole.after();
    one->changed = now_();
    one->is_awaited = false;
    serials_.keep(apex, {one->serial, one->content});
    publish_snapshot();
    tell_served();
    spdlog::info("zone {} is served with serial {}, {} records", zone_text(apex), one->serial.value,
                 one->table->record_count());
}

std::optional<transfer::Step> Engine::whole(dns::NameView apex) const {
    const Served* one = served(apex);
    if (one == nullptr || one->is_awaited) return std::nullopt;
    return whole_of(*one->table, one->content);
}

/// Who lacks a key of a signed zone would put another in its place, which its parent does not
/// know.
std::optional<std::string> Engine::unfit() const {
    for (const auto& one : served_) {
        if (one->is_awaited || !one->plan.dnssec) continue;
        const auto* record = one->table->find(one->table->apex().octets());
        const auto* keys = record->find(dns::Type::dnskey);
        if (keys == nullptr) continue;
        if (auto reason = keys_.lacks(one->apex(), *keys)) return reason->text;
    }
    return std::nullopt;
}

}  // namespace portolan::app
