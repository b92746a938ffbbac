#include "portolan/registry/catalog.hpp"

#include <algorithm>
#include <utility>

namespace portolan::registry {
namespace {

/// A registration that could not be withdrawn is told of again after so long.
constexpr Moment again{1000};

/// How bad a check's verdict is for the whole.
int badness(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::passing:
            return 0;
        case Verdict::warning:
            return 1;
        case Verdict::unknown:
            return 2;
        case Verdict::critical:
            return 3;
        case Verdict::draining:
            return 4;
        case Verdict::maintenance:
            return 5;
    }
    return 3;
}

const HeartbeatCheck* heartbeat(const RegisteredCheck& check) noexcept {
    return std::get_if<HeartbeatCheck>(&check.check.how);
}

void sooner(std::optional<Moment>& first, Moment when) {
    if (!first || when < *first) first = when;
}

/// When something is next to happen to it.
std::optional<Moment> deadline_of(const Registered& one) {
    std::optional<Moment> first = one.ends();
    for (std::size_t i = 0; i < one.checks.size(); ++i) {
        const auto* beat = heartbeat(one.said().checks[i]);
        if (beat != nullptr && one.checks[i].verdict != Verdict::critical)
            sooner(first, one.checks[i].heard + beat->ttl);
    }
    if (one.aside && one.aside->verdict == Verdict::draining) sooner(first, one.aside->until);
    return first;
}

}  // namespace

Verdict Registered::health() const noexcept {
    Verdict worst = Verdict::passing;
    for (const auto& each : checks) {
        if (badness(each.verdict) > badness(worst)) worst = each.verdict;
    }
    return worst;
}

Verdict Registered::verdict() const noexcept { return aside ? aside->verdict : health(); }

bool Registered::is_serving() const noexcept {
    const auto is = health();
    return (is == Verdict::passing || is == Verdict::warning) && verdict() != Verdict::maintenance;
}

std::optional<Moment> Registered::ends() const noexcept {
    std::optional<Moment> first;
    if (said().lease.count() != 0) first = renewed + said().lease;
    for (std::size_t i = 0; i < checks.size(); ++i) {
        const auto after = said().checks[i].gone_after;
        if (after.count() != 0 && checks[i].verdict == Verdict::critical)
            sooner(first, checks[i].since + after);
    }
    return first;
}

// --- coming and going ---------------------------------------------------------------------------

Registered Catalog::successor(Registration registration, Moment now) const {
    Registered next;
    next.registration = std::move(registration);
    next.renewed = now;
    next.keeper = keeper_;
    for (const auto& check : next.said().checks)
        next.checks.push_back({check.initially, now, now, ""});
    const Registered* old = find(next.registration.key());
    if (old == nullptr) return next;
    next.created = old->created;
    next.aside = old->aside;
    const auto& before = old->said().checks;
    for (std::size_t i = 0; i < next.checks.size(); ++i) {
        const auto same = std::ranges::find(before, next.said().checks[i]);
        if (same == before.end()) continue;
        next.checks[i] = old->checks[static_cast<std::size_t>(same - before.begin())];
    }
    return next;
}

Registered& Catalog::put(Registration registration, Moment now) {
    Registered next = successor(std::move(registration), now);
    if (const Registered* old = find(next.registration.key())) leave(*old);
    return enter(std::move(next));
}

Registered& Catalog::follow(Registered told, Moment now) {
    const auto key = told.registration.key();
    told.renewed = now;
    for (auto& each : told.checks) each.heard = now;
    if (const Registered* old = find(key)) {
        const auto& before = old->said().checks;
        for (std::size_t i = 0; i < told.checks.size(); ++i) {
            const auto same = std::ranges::find(before, told.said().checks[i]);
            if (same == before.end()) continue;
            const auto& heard = old->checks[static_cast<std::size_t>(same - before.begin())];
            told.checks[i].output = heard.output;
            if (keeps(*old)) told.checks[i].heard = heard.heard;
        }
        if (keeps(*old)) told.renewed = old->renewed;
        number(old->said().service, told.changed);
        leave(*old);
    }
    number(told.said().service, told.changed);
    return enter(std::move(told));
}

void Catalog::forget(const RegistrationKey& key, std::uint64_t index) {
    const Registered* one = find(key);
    if (one == nullptr) return;
    number(one->said().service, index);
    leave(*one);
    by_key_.erase(key);
}

void Catalog::follow_from(std::uint64_t index) {
    index_ = std::max(index_, index);
    if (first_ == 0) first_ = index;
}

Registered& Catalog::restore(Registered kept, Moment now) {
    kept.renewed = now;
    for (auto& each : kept.checks) each.heard = now;
    return enter(std::move(kept));
}

void Catalog::remove(const RegistrationKey& key) {
    Registered* one = found(key);
    if (one == nullptr) return;
    touch(*one);
    leave(*one);
    by_key_.erase(key);
}

void Catalog::enter(KeysByName& names, const std::string& name, const RegistrationKey& key) {
    names[name].insert(key);
}

void Catalog::leave(KeysByName& names, const std::string& name, const RegistrationKey& key) {
    const auto there = names.find(name);
    if (there == names.end()) return;
    there->second.erase(key);
    if (there->second.empty()) names.erase(there);
}

Registered& Catalog::enter(Registered one) {
    const auto key = one.registration.key();
    Registered& there = by_key_[key] = std::move(one);
    enter(by_service_, there.said().service, key);
    for (const auto& check : there.said().checks) enter(by_check_, check.id, key);
    by_endpoint_[{there.said().address, there.said().port, there.registration.protocol}] = key;
    touch(there);
    if (there.created == 0) there.created = there.changed;
    expect(there);
    return there;
}

/// Takes it out of what it is found by, but for its key.
void Catalog::leave(const Registered& one) {
    const auto key = one.registration.key();
    leave(by_service_, one.said().service, key);
    leave(concerning_zone_, one.said().service, key);
    for (const auto& check : one.said().checks) leave(by_check_, check.id, key);
    const auto there =
        by_endpoint_.find({one.said().address, one.said().port, one.registration.protocol});
    if (there != by_endpoint_.end() && there->second == key) by_endpoint_.erase(there);
}

void Catalog::number(const std::string& service, std::uint64_t index) {
    index_ = std::max(index_, index);
    indices_[service] = std::max(indices_[service], index);
}

/// It has changed. In a copy its number comes when all are told.
void Catalog::touch(Registered& one) {
    if (keeper_.empty()) {
        one.changed = index_ + 1;
        number(one.said().service, one.changed);
    }
    if (one.concerns_zone()) {
        enter(concerning_zone_, one.said().service, one.registration.key());
    } else {
        leave(concerning_zone_, one.said().service, one.registration.key());
    }
}

/// Queues it up for its next deadline, unless its turn comes before that anyway.
void Catalog::expect(Registered& one) {
    const auto when = keeps(one) ? deadline_of(one) : std::nullopt;
    if (!when || (one.turn && *one.turn <= *when)) return;
    one.turn = when;
    deadlines_.push({*when, one.registration.key()});
}

// --- finding ------------------------------------------------------------------------------------

Registered* Catalog::found(const RegistrationKey& key) {
    const auto there = by_key_.find(key);
    return there == by_key_.end() ? nullptr : &there->second;
}

const Registered* Catalog::find(const RegistrationKey& key) const {
    const auto there = by_key_.find(key);
    return there == by_key_.end() ? nullptr : &there->second;
}

std::vector<const Registered*> Catalog::with_id(std::string_view id) const {
    std::vector<const Registered*> found;
    RegistrationKey first{{}, std::string(id)};
    first.address.size = 0;
    for (auto at = by_key_.lower_bound(first); at != by_key_.end() && at->first.id == id; ++at)
        found.push_back(&at->second);
    return found;
}

std::vector<const Registered*> Catalog::those(const KeysByName& names,
                                              std::string_view name) const {
    std::vector<const Registered*> all;
    const auto there = names.find(name);
    if (there == names.end()) return all;
    for (const auto& key : there->second) all.push_back(find(key));
    return all;
}

std::vector<const Registered*> Catalog::with_check(std::string_view check) const {
    return those(by_check_, check);
}

std::vector<const Registered*> Catalog::of_service(std::string_view service) const {
    return those(by_service_, service);
}

std::vector<const Registered*> Catalog::concerning_zone(std::string_view service) const {
    return those(concerning_zone_, service);
}

const Registered* Catalog::at(const Address& address, Port port, Protocol protocol) const {
    const auto there = by_endpoint_.find({address, port, protocol});
    return there == by_endpoint_.end() ? nullptr : find(there->second);
}

std::vector<const Registered*> Catalog::all() const {
    std::vector<const Registered*> found;
    found.reserve(by_key_.size());
    for (const auto& [key, one] : by_key_) found.push_back(&one);
    return found;
}

std::uint64_t Catalog::index_of(std::string_view service) const {
    const auto there = indices_.find(service);
    return there == indices_.end() ? first_ : there->second;
}

// --- faring -------------------------------------------------------------------------------------

bool Catalog::report(const RegistrationKey& key, std::size_t check, Verdict verdict,
                     std::string output, Moment now) {
    Registered* one = found(key);
    if (one == nullptr || check >= one->checks.size()) return false;
    auto& state = one->checks[check];
    state.heard = now;
    state.output = std::move(output);
    if (state.verdict == verdict) return false;
    state.verdict = verdict;
    state.since = now;
    touch(*one);
    expect(*one);
    return true;
}

bool Catalog::renew(const RegistrationKey& key, Moment now) {
    Registered* one = found(key);
    if (one == nullptr) return false;
    one->renewed = now;
    return true;
}

bool Catalog::set_aside(const RegistrationKey& key, std::optional<Aside> aside) {
    Registered* one = found(key);
    if (one == nullptr || one->aside == aside) return false;
    one->aside = std::move(aside);
    touch(*one);
    expect(*one);
    return true;
}

bool Catalog::drain(Registered& one, Moment now) {
    const bool is_over =
        one.aside && one.aside->verdict == Verdict::draining && one.aside->until <= now;
    if (is_over) one.aside->verdict = Verdict::maintenance;
    return is_over;
}

bool Catalog::silence(Registered& one, Moment now) {
    bool any = false;
    for (std::size_t i = 0; i < one.checks.size(); ++i) {
        const auto* beat = heartbeat(one.said().checks[i]);
        auto& state = one.checks[i];
        if (beat == nullptr || state.verdict == Verdict::critical || state.heard + beat->ttl > now)
            continue;
        state.verdict = Verdict::critical;
        state.since = now;
        state.output = "silent for " + duration_text(beat->ttl);
        any = true;
    }
    return any;
}

Catalog::Due Catalog::due(Moment now) {
    Due due;
    while (!deadlines_.empty() && deadlines_.top().when <= now) {
        const auto [when, key] = deadlines_.top();
        deadlines_.pop();
        Registered* one = found(key);
        if (one == nullptr || one->turn != when) continue;  // it is gone, or has another turn
        one->turn.reset();
        if (silence(*one, now)) {
            touch(*one);
            due.silent.push_back(key);
        }
        if (drain(*one, now)) {
            touch(*one);
            due.drained.push_back(key);
        }
        const auto ends = one->ends();
        if (ends && *ends <= now) {
            due.over.push_back(key);
            one->turn = now + again;
            deadlines_.push({*one->turn, key});
        } else {
            expect(*one);
        }
    }
    return due;
}

std::optional<Moment> Catalog::next_due() const {
    if (deadlines_.empty()) return std::nullopt;
    return deadlines_.top().when;
}

}  // namespace portolan::registry
