#include "portolan/app/registrar.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "app/amend.hpp"
#include "app/served.hpp"

namespace portolan::app {
namespace {

using registry::Announcement;
using registry::Refusal;
using registry::Registered;
using registry::Registration;
using registry::Verdict;

/// As whoever probes knows a check; without a blank.
std::string probe_key(const Registered& one, std::size_t check) {
    return fmt::format("{}/{}", registry::text_of(one.registration.key()),
                       registry::percent_encoded(one.said().checks[check].id));
}

bool is_probed(const registry::RegisteredCheck& check) {
    return !std::holds_alternative<registry::HeartbeatCheck>(check.check.how);
}

/// What it is now, and why: a person's word, or what the worst of its checks said.
registry::VerdictTurn turn_of(const Registered& one) {
    std::string why = one.aside ? one.aside->reason : "";
    const auto worst = std::ranges::find(one.checks, one.health(), &registry::CheckState::verdict);
    if (!one.aside && worst != one.checks.end()) why = worst->output;
    return {.zone = zone_text(one.registration.zone),
            .environment = one.registration.environment,
            .service = one.said().service,
            .protocol = one.registration.protocol,
            .host = registry::to_string(one.said().address),
            .port = one.said().port,
            .to = one.verdict(),
            .why = std::move(why)};
}

constexpr registry::Moment fault_pause{1000};

std::uint64_t first_index(std::chrono::system_clock::time_point now) {
    // Rises over restarts too, so that a client's old index is never ahead of ours.
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
}

}  // namespace

Registrar::Registrar(boost::asio::io_context& io, Engine& engine, const std::string& state,
                     std::vector<registry::Network> trusted, std::optional<Sharing> sharing)
    : io_(io), engine_(engine), trusted_(std::move(trusted)),
      started_at_(std::chrono::system_clock::now()), started_(std::chrono::steady_clock::now()),
      catalog_(sharing ? registry::Catalog(sharing->node)
                       : registry::Catalog(first_index(started_at_))),
      expiry_(io), node_(sharing ? sharing->node : ""), saying_(io) {
    if (!state.empty()) tokens_.emplace(state);
    if (sharing) {
        shared_.emplace(io, sharing->etcd);
    } else if (!state.empty()) {
        database_.emplace(
            state, [&io](std::function<void()> act) { boost::asio::post(io, std::move(act)); });
    }
}

Registrar::~Registrar() = default;

registry::Moment Registrar::now() const {
    const auto passed = std::chrono::steady_clock::now() - started_;
    return std::chrono::duration_cast<registry::Moment>(started_at_.time_since_epoch() + passed);
}

// --- coming -------------------------------------------------------------------------------------

registry::OrRefusal<Registration> Registrar::judge(const Announcement& announcement,
                                                   const api::Caller& caller) {
    const auto entitled = entitlement(caller);
    if (!entitled) return entitled.error();
    if (auto fault = fault_of_store()) return *std::move(fault);
    const auto registries = engine_.registries();
    auto admitted = registry::admit(
        registries, announcement, *entitled,
        [&](const registry::Address& address, registry::Port port, registry::Protocol protocol) {
            return holder(announcement, address, port, protocol);
        });
    if (!admitted) return admitted.error();
    if (const auto* old = catalog_.find(admitted->key())) {
        if (auto refusal = registry::refusal_to_touch(registries, old->registration, *entitled))
            return *std::move(refusal);
    }
    if (auto fault = fault_of_set(*admitted)) return *std::move(fault);
    return admitted;
}

void Registrar::announce(Announcement announcement, const api::Caller& caller, Done done) {
    auto admitted = judge(announcement, caller);
    if (!admitted) return done(admitted.error());
    const auto* old = catalog_.find(admitted->key());
    if (old != nullptr && old->registration == *admitted)  // said again; it is kept already
        return renew(*old, std::move(done));
    store(*std::move(admitted), judging_anew(done, [this, announcement, caller, done] {
        announce(announcement, caller, done);
    }));
}

/// Who else holds the port, another service that is. One of the same service there is followed by
/// the new one: it cannot be alive any more, since a port is one process's.
std::optional<std::string> Registrar::holder(const Announcement& announcement,
                                             const registry::Address& address, registry::Port port,
                                             registry::Protocol protocol) const {
    const auto is_another = [&](const Registration& one) {
        return one.said.service != announcement.service &&
               one.key() != Key{announcement.address, announcement.id};
    };
    if (const auto* there = catalog_.at(address, port, protocol);
        there != nullptr && is_another(there->registration))
        return text_of(there->registration);
    for (const auto& each : underway_) {
        if (each.said.address == address && each.said.port == port && each.protocol == protocol &&
            is_another(each))
            return text_of(each);
    }
    return std::nullopt;
}

/// The registration whose endpoint the next one takes over; nullptr when there is none, or it is
/// the one of its own key.
const Registered* Registrar::predecessor(const Registration& next) const {
    const auto* there = catalog_.at(next.said.address, next.said.port, next.protocol);
    return there == nullptr || there->registration.key() == next.key() ? nullptr : there;
}

/// What the engine would say against the service's endpoints with this one among them.
std::optional<Refusal> Registrar::fault_of_set(const Registration& next) const {
    auto change = change_of({next.zone, next.environment, next.said.service, next.protocol});
    change.endpoints.push_back(
        {next.said.address, next.said.port, next.said.priority, next.said.weight});
    for (const auto& registry : engine_.registries()) {
        if (registry.plan.zone.value != next.zone) continue;
        if (auto reason = registry::refusal(registry, change))
            return Refusal{Refusal::Kind::forbidden, *std::move(reason)};
    }
    return std::nullopt;
}

void Registrar::store(Registration registration, Kept done) {
    auto next = catalog_.successor(registration, now());
    const auto* before = predecessor(registration);
    const auto displaced =
        before == nullptr ? std::nullopt : std::optional(before->registration.key());
    underway_.push_back(registration);
    write(source::write::Put{std::move(next), displaced},
          [this, registration = std::move(registration), displaced,
           done = std::move(done)](const Error& error) mutable {
              underway_.erase(std::ranges::find(underway_, registration));
              if (!error && !shared_) {
                  if (displaced) forget(*displaced);
                  enter(std::move(registration));
              }
              done(error);
          });
}

/// It is on the disk: here too, then.
void Registrar::enter(Registration registration) {
    if (const auto* old = catalog_.find(registration.key())) {
        mark(*old);
        unwant(*old);
    }
    const auto& one = catalog_.put(std::move(registration), now());
    mark(one);
    want(one, true);
    log_registered(one);
}

void Registrar::log_registered(const Registered& one) {
    spdlog::info("registered: {} at {}", text_of(one.registration),
                 registry::endpoint_text(one.said().address, one.said().port));
}

/// It is not on the disk any more.
void Registrar::forget(const Key& key) {
    const Registered* one = catalog_.find(key);
    if (one == nullptr) return;
    mark(*one);
    unwant(*one);
    catalog_.remove(key);
}

// --- going --------------------------------------------------------------------------------------

void Registrar::withdraw(const Key& key, const api::Caller& caller, Done done) {
    const auto found = find(key, caller);
    if (found.refusal) return done(found.refusal);
    spdlog::info("withdrawn: {}", text_of(found.registered->registration));
    remove(key, judging_anew(done, [this, key, caller, done] { withdraw(key, caller, done); }));
}

void Registrar::remove(const Key& key, Kept done) {
    write(source::write::Remove{key}, [this, key, done = std::move(done)](const Error& error) {
        leaving_.erase(key);
        if (!error && !shared_) forget(key);
        done(error);
    });
}

// --- faring -------------------------------------------------------------------------------------

void Registrar::report(const Key& key, std::size_t check, Verdict verdict, std::string output,
                       const api::Caller& caller, Done done) {
    const auto found = find(key, caller);
    if (found.refusal) return done(found.refusal);
    const Registered& one = *found.registered;
    if (!catalog_.report(key, check, verdict, std::move(output), now()))
        return renew(one, std::move(done));
    keep_state(one, amend::verdict(one, check, node_), replying(std::move(done)));
}

void Registrar::renew(const Key& key, const api::Caller& caller, Done done) {
    const auto found = find(key, caller);
    if (found.refusal) return done(found.refusal);
    renew(*found.registered, std::move(done));
}

/// It was heard of: this server is its keeper from now on, which only the first time is written.
void Registrar::renew(const Registered& one, Done done) {
    catalog_.renew(one.registration.key(), now());
    if (catalog_.keeps(one)) return done(std::nullopt);
    keep_state(one, amend::keeper(node_), replying(std::move(done)));
}

void Registrar::set_aside(const Key& key, std::optional<registry::Aside> aside,
                          const api::Caller& caller, Done done) {
    const auto found = find(key, caller);
    if (found.refusal) return done(found.refusal);
    if (!catalog_.set_aside(key, aside)) return done(std::nullopt);
    keep_state(*found.registered, amend::aside(std::move(aside)), replying(std::move(done)));
}

void Registrar::keep_state(const Registered& one, Amend amend, Kept done) {
    mark(one);
    settle();
    write(source::write::State{one, std::move(amend)}, std::move(done));
}

// --- probing ------------------------------------------------------------------------------------

void Registrar::set_prober(Probe probe) {
    probe_ = std::move(probe);
    for (const auto* each : catalog_.all()) want(*each, false);
    settle();
}

/// What an earlier server has concluded is known; a program that has just come is not known by
/// what it says of itself.
void Registrar::want(const Registered& one, bool is_new) {
    if (!probe_) return;
    for (std::size_t i = 0; i < one.checks.size(); ++i) {
        const auto& check = one.said().checks[i];
        if (!is_probed(check)) continue;
        std::string key = probe_key(one, i);
        probed_.insert_or_assign(key, std::pair(one.registration.key(), i));
        std::erase(unwanted_, key);
        wanted_.push_back({std::move(key), one.said().address,
                           check.check.port.value_or(one.said().port),
                           std::make_shared<const registry::Check>(check.check),
                           is_new ? Verdict::unknown : one.checks[i].verdict});
    }
}

void Registrar::unwant(const Registered& one) {
    if (!probe_) return;
    for (std::size_t i = 0; i < one.checks.size(); ++i) {
        if (!is_probed(one.said().checks[i])) continue;
        std::string key = probe_key(one, i);
        probed_.erase(key);
        std::erase_if(wanted_, [&key](const auto& each) { return each.key == key; });
        unwanted_.push_back(std::move(key));
    }
}

void Registrar::conclude(const health::Report& report) {
    const auto found = probed_.find(report.key);
    if (found == probed_.end() || report.verdict == Verdict::unknown) return;
    if (fault_of_store()) return say_later(report);
    unsaid_.erase(report.key);
    const auto& [key, check] = found->second;
    if (!catalog_.report(key, check, report.verdict, report.text, now())) return;
    const Registered& one = *catalog_.find(key);
    spdlog::info("{} is {}: {}", text_of(one.registration), to_string(one.verdict()), report.text);
    keep_state(one, amend::verdict(one, check), [this, report](const Error& error) {
        if (error && shared_) return say_later(report);
        reply([](const auto&) {}, error);
    });
}

// --- to the disk, the zone, and back ------------------------------------------------------------

Registrar::Kept Registrar::counting(Kept done) {
    return [this, done = std::move(done)](const Error& error) {
        last_fault_.reset();
        if (!error) {
            ++writes_.kept;
        } else if (error->is_overtaken) {
            ++writes_.overtaken;
        } else {
            ++writes_.failed;
            last_fault_ = error->reason;
        }
        done(error);
    };
}

std::optional<std::string> Registrar::fault() const {
    if (const auto refusal = fault_of_store()) return refusal->reason;
    if (last_fault_) return "the last registration could not be kept: " + *last_fault_;
    return std::nullopt;
}

void Registrar::write(source::Write change, Kept done) {
    done = counting(std::move(done));
    if (shared_) return shared_->submit(std::move(change), std::move(done));
    if (database_) return database_->submit(std::move(change), std::move(done));
    boost::asio::post(io_, [done = std::move(done)] { done(std::nullopt); });
}

/// Its service is to be said to the engine again.
void Registrar::mark(const Registered& one) {
    const auto& registration = one.registration;
    changed_services_.insert({registration.zone, registration.environment,
                              registration.said.service, registration.protocol});
    marked_.insert(registration.key());
}

void Registrar::tell_turns(bool is_aloud) {
    for (const auto& key : std::exchange(marked_, {})) {
        const auto before = told_.find(key);
        const Registered* one = catalog_.find(key);
        if (one == nullptr && before == told_.end()) continue;
        auto turn = one != nullptr ? turn_of(*one) : std::move(before->second);
        if (one == nullptr) {
            turn.from = std::exchange(turn.to, std::nullopt);
            turn.why = "it was withdrawn, or ended";
            told_.erase(before);
        } else {
            if (before != told_.end()) turn.from = before->second.to;
            told_.insert_or_assign(key, turn);
        }
        if (is_aloud && turns_ && turn.from != turn.to) turns_(std::move(turn));
    }
}

/// Replies when what has changed is in the zone.
void Registrar::reply(Done done, const Error& error) {
    replies_.push_back([done = std::move(done), error] {
        done(error ? std::optional(Refusal{Refusal::Kind::failed, error->reason}) : std::nullopt);
    });
    if (error) spdlog::error("a registration could not be kept: {}", error->reason);
    settle();
}

Registrar::Kept Registrar::replying(Done done) {
    return [this, done = std::move(done)](const Error& error) { reply(done, error); };
}

/// The same, but when another server came first the request is judged again by what is so now.
Registrar::Kept Registrar::judging_anew(Done done, std::function<void()> again) {
    return [this, done = std::move(done), again = std::move(again)](const Error& error) {
        if (error && error->is_overtaken) return again();
        reply(done, error);
    };
}

/// Once for all that comes now.
void Registrar::settle() {
    if (std::exchange(is_settling_, true)) return;
    boost::asio::post(io_, [this] {
        is_settling_ = false;
        apply();
        if (probe_ && !(wanted_.empty() && unwanted_.empty()))
            probe_(std::exchange(wanted_, {}), std::exchange(unwanted_, {}));
        if (changed_) changed_();
        for (const auto& each : std::exchange(replies_, {})) each();
        rearm();
    });
}

void Registrar::apply() {
    tell_turns();
    std::map<dns::PackedName, std::vector<registry::Change>> by_zone;
    for (const auto& each : std::exchange(changed_services_, {}))
        by_zone[each.zone].emplace_back(change_of(each));
    for (const auto& [zone, changes] : by_zone) apply(zone, changes);
    if (!by_zone.empty()) engine_.published().reclaim();
}

void Registrar::apply(dns::NameView zone, const std::vector<registry::Change>& changes) {
    try {
        for (const auto& refused : engine_.apply(zone, changes)) {
            const auto& change = std::get<registry::EndpointsChange>(changes[refused.position]);
            spdlog::warn("registrations of {} in {} are not served: {}", change.service,
                         change.environment, refused.reason);
        }
    } catch (const std::exception& error) {
        spdlog::error("registrations in {} are not served: {}", zone_text(zone), error.what());
    }
}

registry::EndpointsChange Registrar::change_of(const ServiceKey& service) const {
    registry::EndpointsChange change{service.environment, service.service, service.protocol, {}};
    for (const auto* each : catalog_.concerning_zone(service.service)) {
        const auto& said = each->said();
        const auto& registration = each->registration;
        if (registration.zone != service.zone || registration.environment != service.environment ||
            registration.protocol != service.protocol)
            continue;
        if (catalog_.at(said.address, said.port, registration.protocol) != each) continue;
        change.endpoints.push_back(
            {said.address, said.port, said.priority, said.weight, each->verdict()});
    }
    return change;
}

void Registrar::restore(std::function<void()> ready) {
    if (shared_) return follow(std::move(ready));
    if (database_) {
        for (auto& each : database_->load()) catalog_.restore(std::move(each), now());
        if (catalog_.size() != 0)
            spdlog::info("{} registrations are there from before", catalog_.size());
        expire();
        repeat();
    }
    ready();
}

void Registrar::repeat() {
    for (const auto* each : catalog_.all()) mark(*each);
    apply();
    rearm();
}

// --- time ---------------------------------------------------------------------------------------

void Registrar::expire() {
    if (fault_of_store()) return rearm_in(fault_pause);  // others may judge them meanwhile
    const auto due = catalog_.due(now());
    for (const auto& key : due.silent) {
        const Registered* one = catalog_.find(key);
        spdlog::warn("{} is silent, and critical from now on", text_of(one->registration));
        keep_state(*one, amend::verdicts(*one), replying([](const auto&) {}));
    }
    for (const auto& key : due.drained) {
        const Registered* one = catalog_.find(key);
        spdlog::info("{} has drained, and is in maintenance from now on",
                     text_of(one->registration));
        keep_state(*one, amend::drained(*one->aside), replying([](const auto&) {}));
    }
    for (const auto& key : due.over) {
        if (!leaving_.insert(key).second) continue;
        const Registered* one = catalog_.find(key);
        spdlog::warn("{} at {} has ended: {}", text_of(one->registration),
                     registry::endpoint_text(key.address, one->said().port),
                     one->said().lease.count() != 0 && one->health() != Verdict::critical
                         ? "its lease was not renewed"
                         : "it was critical for too long");
        remove(key, replying([](const auto&) {}));
    }
    rearm();
}

/// Sets the timer to the next time at which something may be over.
void Registrar::rearm() {
    const auto next = catalog_.next_due();
    if (next == expiry_at_) return;
    expiry_at_ = next;
    if (!next) {
        expiry_.cancel();
        return;
    }
    rearm_in(std::max(*next - now(), registry::Moment(0)));
}

void Registrar::rearm_in(registry::Moment pause) {
    expiry_.expires_after(pause);
    expiry_.async_wait([this](const boost::system::error_code& cancelled) {
        if (cancelled) return;
        expiry_at_.reset();
        expire();
    });
}

}  // namespace portolan::app
