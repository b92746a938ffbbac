// The registrar's part with other servers: what they tell, and what they are to do for each other.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>

#include "app/amend.hpp"
#include "portolan/app/registrar.hpp"
#include "portolan/registry/rendezvous.hpp"

namespace portolan::app {
namespace {

using registry::Refusal;
using registry::Registered;

constexpr std::chrono::milliseconds saying_pause{1000};

}  // namespace

void Registrar::follow(std::function<void()> ready) {
    shared_->follow(
        {.whole =
             [this, ready = std::move(ready)](auto all, std::uint64_t revision) mutable {
                 hear_all(std::move(all), revision);
                 if (ready) std::exchange(ready, nullptr)();
             },
         .put = [this](Registered told) { hear(std::move(told), true); },
         .removed = [this](const Key& key, std::uint64_t revision) { hear_gone(key, revision); },
         .cut =
             [](const source::EtcdError& error) {
                 spdlog::error("registrations cannot be shared: {}", error.text);
             },
         .back = [] { spdlog::info("registrations are shared by etcd"); }});
}

/// What is not among them has gone while this server did not hear.
void Registrar::hear_all(std::vector<Registered> all, std::uint64_t revision) {
    const bool is_first = catalog_.index() == 0;
    std::set<Key> there;
    for (auto& each : all) {
        there.insert(each.registration.key());
        hear(std::move(each), !is_first);
    }
    if (is_first) tell_turns(false);
    if (is_first && !there.empty()) spdlog::info("{} registrations are shared", there.size());
    for (const auto* each : catalog_.all()) {
        const Key key = each->registration.key();
        if (!there.contains(key)) hear_gone(key, revision);
    }
    catalog_.follow_from(revision);
    take_over_orphans();
    settle();
}

/// `is_new`: it came while this server was there to see it.
void Registrar::hear(Registered told, bool is_new) {
    const Registered* old = catalog_.find(told.registration.key());
    const bool is_other = old == nullptr || old->registration != told.registration;
    if (old != nullptr) {
        mark(*old);
        if (is_other) unwant(*old);
    }
    const Registered& one = catalog_.follow(std::move(told), now());
    mark(one);
    if (is_other) {
        want(one, is_new);
        if (is_new) log_registered(one);
    }
    settle();
}

void Registrar::hear_gone(const Key& key, std::uint64_t revision) {
    const Registered* one = catalog_.find(key);
    if (one == nullptr) return;
    mark(*one);
    unwant(*one);
    catalog_.forget(key, revision);
    settle();
}

std::optional<Refusal> Registrar::fault_of_store() const {
    const auto fault = shared_ ? shared_->fault() : std::nullopt;
    if (!fault) return std::nullopt;
    return Refusal{Refusal::Kind::failed, "nothing can be kept now: " + *fault};
}

// --- keepers ------------------------------------------------------------------------------------

void Registrar::set_members(std::vector<std::string> members) {
    members_ = std::move(members);
    take_over_orphans();
}

/// Those whose keeper is gone, as far as they fall to this server.
void Registrar::take_over_orphans() {
    if (!std::ranges::count(members_, node_)) return;
    std::map<std::string, std::size_t> counts;  // by the keeper that is gone
    for (const auto* each : catalog_.all()) {
        if (std::ranges::count(members_, each->keeper)) continue;
        if (registry::rendezvous(members_, text_of(each->registration.key())) != node_) continue;
        ++counts[each->keeper];
        keep_state(*each, amend::keeper(each->keeper, node_), replying([](const auto&) {}));
    }
    for (const auto& [keeper, count] : counts)
        spdlog::info("{} registrations are looked after here, since {} is gone", count, keeper);
}

// --- what etcd could not be told ----------------------------------------------------------------

void Registrar::say_later(const health::Report& report) {
    unsaid_.insert_or_assign(report.key, report);
    if (saying_.expiry() > std::chrono::steady_clock::now()) return;
    saying_.expires_after(saying_pause);
    saying_.async_wait([this](const boost::system::error_code& cancelled) {
        if (cancelled) return;
        for (const auto& [key, each] : std::exchange(unsaid_, {})) conclude(each);
    });
}

}  // namespace portolan::app
