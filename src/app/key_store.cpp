#include "portolan/app/key_store.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "app/zone_text.hpp"
#include "portolan/sign/key_text.hpp"

namespace portolan::app {
namespace {

constexpr std::chrono::milliseconds patience{100};  // others hold the lock for a few writes
constexpr sign::Time pause_after_failure = 30;      // seconds

const sign::KeyState* find(const sign::History& history, const sign::KeyState& key) {
    const auto found = std::ranges::find_if(history.keys, [&key](const sign::KeyState& each) {
        return each.key->tag() == key.key->tag() && each.key->algorithm() == key.key->algorithm();
    });
    return found == history.keys.end() ? nullptr : &*found;
}

std::string name_of(const sign::KeyState& key) {
    return fmt::format("key {} ({}, {})", key.key->tag(), to_string(key.use),
                       to_string(key.key->algorithm()));
}

/// The log's lines on what a step changes, as it will be when it is served in a moment.
void tell(dns::NameView name, const sign::History& before, sign::History after, sign::Time now) {
    const std::string zone = zone_text(name);
    serve(after, after, now);
    for (const auto& each : after.keys) {
        const auto* old = find(before, each);
        if (old != nullptr && old->state == each.state) continue;
        const std::string wait = waiting(after, each);
        spdlog::info("zone {}: {} is {}{}{}", zone, name_of(each), to_string(each.state),
                     wait.empty() ? "" : "; it ", wait);
    }
    for (const auto& each : before.keys) {
        if (find(after, each) == nullptr) spdlog::info("zone {}: {} is gone", zone, name_of(each));
    }
    if (before.withdrawal == after.withdrawal) return;
    if (after.withdrawal == sign::Withdrawal::asked) {
        spdlog::info("zone {}: asks its parent to remove the DS, to be unsigned then", zone);
    } else if (!after.is_signed()) {
        spdlog::info("zone {}: is unsigned now", zone);
    } else if (after.withdrawal == sign::Withdrawal::none) {
        spdlog::info("zone {}: stays signed", zone);
    }
}

}  // namespace

KeyStore::Zone& KeyStore::zone_of(dns::NameView zone) {
    const auto found = zones_.find(zone);
    if (found != zones_.end()) return found->second;
    return zones_.emplace(zone, Zone{KeyFolder(state_, zone), {}, {}, false, {}}).first->second;
}

/// What somebody else has written is taken; else memory knows more.
std::optional<Reason> KeyStore::read(Zone& zone) {
    auto kept = zone.folder.read(zone.history);
    if (!kept) return kept.error();
    if (kept->text.empty() && !zone.text.empty()) {
        return Reason{zone.folder.state_path() + " is missing: put it back from a backup"};
    }
    if (kept->text != zone.text) {
        zone.text = std::move(kept->text);
        zone.history = std::move(kept->history);
    }
    if (!std::exchange(zone.is_read, true)) restart(zone.history);
    return std::nullopt;
}

std::optional<Reason> KeyStore::keep(Zone& zone, const sign::History& next) {
    auto text = zone.folder.write(next);
    if (!text) return text.error();
    zone.text = std::move(*text);
    zone.history = next;
    return std::nullopt;
}

std::optional<Reason> KeyStore::step(Zone& zone, dns::NameView name,
                                     const std::optional<sign::Policy>& policy, dns::Ttl longest,
                                     sign::Time now) {
    const sign::History before = zone.history;
    sign::History next = before;
    advance(next, policy, longest, now);
    std::optional<Reason> reason;
    if (policy) {
        for (const auto& wanted : missing_keys(next, *policy)) {
            auto key = zone.folder.make_key(wanted, next);
            if (!key) {
                reason = key.error();
                break;
            }
            add(next, std::move(*key), wanted.use);
        }
    }
    if (!reason && next != before) reason = keep(zone, next);
    if (reason) {
        zone.folder.remove_gone(next, before);
        return reason;
    }
    zone.folder.remove_gone(before, next);
    tell(name, before, next, now);
    return std::nullopt;
}

void KeyStore::complain(Zone& zone, dns::NameView name, const Reason& reason) {
    if (std::exchange(zone.logged, reason.text) == reason.text) return;
    spdlog::error(
        "zone {}: {}; {}", zone_text(name), reason.text,
        zone.history.is_signed() ? "its keys go on as they are in memory" : "it cannot be signed");
}

OrReason<KeyStore::ZoneKeys> KeyStore::roles(dns::NameView zone, const registry::Dnssec* dnssec,
                                             dns::Ttl longest, sign::Time now) {
    Zone& one = zone_of(zone);
    const auto policy = dnssec != nullptr ? std::optional(sign::policy_of(*dnssec)) : std::nullopt;
    if (state_.empty()) {
        if (dnssec == nullptr) return ZoneKeys{};
        return Reason{
            fmt::format("zone {} is to be signed, and its keys would be lost with this "
                        "process: give a folder for them with --state",
                        zone_text(zone))};
    }
    if (dnssec == nullptr && !one.folder.exists() && one.text.empty()) {
        advance(one.history, policy, longest, now);  // the TTL is all that there is to remember
        return ZoneKeys{};
    }
    const auto lock = one.folder.lock(patience);
    auto reason = lock ? read(one) : std::optional(lock.error());
    if (!reason) reason = step(one, zone, policy, longest, now);
    if (!reason) {
        if (!std::exchange(one.logged, "").empty()) {
            spdlog::info("zone {}: its keys are in order again", zone_text(zone));
        }
        return ZoneKeys{roles_of(one.history), next_step(one.history)};
    }
    complain(one, zone, *reason);
    if (!one.history.is_signed()) return *reason;
    return ZoneKeys{roles_of(one.history), now + pause_after_failure};
}

void KeyStore::served(dns::NameView zone, sign::Time now) {
    const auto found = zones_.find(zone);
    if (found == zones_.end() || found->second.text.empty()) return;
    Zone& one = found->second;
    const sign::History given = one.history;
    sign::History next = given;
    serve(next, given, now);
    if (next == given) return;
    const auto lock = one.folder.lock(patience);
    auto reason = lock ? read(one) : std::optional(lock.error());
    next = one.history;
    serve(next, given, now);
    if (!reason) reason = keep(one, next);
    if (!reason) return;
    one.history = std::move(next);  // the wait has begun, written or not
    complain(one, zone, *reason);
}

std::optional<Reason> KeyStore::lacks(dns::NameView zone, const dns::Rrset& dnskeys) const {
    if (state_.empty()) {
        return Reason{fmt::format("zone {} is signed, and without --state there are no keys for it",
                                  zone_text(zone))};
    }
    const KeyFolder folder(state_, zone);
    const auto kept = folder.look(patience);
    if (!kept) return kept.error();
    for (const dns::OctetView dnskey : dnskeys) {
        const bool is_there = std::ranges::any_of(kept->history.keys, [&](const auto& each) {
            return std::ranges::equal(each.key->dnskey(), dnskey);
        });
        if (is_there) continue;
        return Reason{fmt::format(
            "zone {} is signed with key {}, which is not in {}: copy that folder from a node "
            "that has it",
            zone_text(zone), sign::key_tag(dnskey), folder.path())};
    }
    return std::nullopt;
}

std::vector<std::string> KeyStore::files() const {
    std::vector<std::string> files;
    for (const auto& [name, zone] : zones_) {
        if (zone.folder.exists()) files.push_back(zone.folder.state_path());
    }
    return files;
}

}  // namespace portolan::app
