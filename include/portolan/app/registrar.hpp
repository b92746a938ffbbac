// The registrar: what programs announce, from the request to the zone.
//
//     Announcement ─▶ admit ─▶ the store ─▶ (on the disk) ─▶ Catalog ─▶ Engine::apply ─▶ reply
//                                                               ▲
//                       heartbeats, reports, checks, leases ────┘
//
// Nothing is replied before it is on the disk, and nothing is in the zone that is not. What ends (a
// lease, a service that was critical for too long) is first removed from the disk, then from the
// zone: no crash brings it back. Changes that come together are applied to the zone as one step.
//
// An endpoint is in the zone while its registration passes: a check of it that is critical takes
// it out, and so does a person's word (maintenance). One that warns has less weight; one that
// drains is in the last tier, for a while (registry/ranking.cpp).
//
// Several servers may share their registrations in etcd (source/etcd_registrations.hpp). Then the
// catalog is what all of them are told, in one order, and a reply means that etcd has it and that
// it was heard here:
//
//     Announcement ─▶ admit ─▶ etcd ─▶ every server's watch ─▶ its Catalog ─▶ Engine::apply
//
// Of each registration one server judges the times, its keeper: the one that heard of it last. So a
// heartbeat costs no write, unless it comes to another. When the keeper is gone, another takes its
// registrations over, and gives each its full time again. A server that is cut off from etcd
// refuses whatever would have to be heard by the others, heartbeats too: it cannot know whether it
// is still the keeper.
//
// It runs on the engine's thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "portolan/api/registrar.hpp"
#include "portolan/app/engine.hpp"
#include "portolan/app/tokens.hpp"
#include "portolan/health/prober.hpp"
#include "portolan/registry/verdict_history.hpp"
#include "portolan/source/etcd_registrations.hpp"
#include "portolan/source/registration_store.hpp"

namespace portolan::app {

class Registrar final : public api::Registrar {
public:
    /// With whom registrations are shared.
    struct Sharing {
        source::Etcd& etcd;
        std::string node;  // this server's name among the others
    };
    /// `state` is the folder of the store and the tokens; "": nothing is kept. `trusted` are the
    /// networks whose callers need no token; none: this host's, as long as there are no tokens.
    /// Throws source::StoreError.
    Registrar(boost::asio::io_context& io, Engine& engine, const std::string& state,
              std::vector<registry::Network> trusted,
              std::optional<Sharing> sharing = std::nullopt);
    ~Registrar() override;

    /// Puts what was kept into the zones. Once, when the plans are loaded. `ready` is called when
    /// it is there: at once, or when etcd was heard.
    void restore(std::function<void()> ready = [] {});
    /// The servers that live now, in any order; none: that is not known.
    void set_members(std::vector<std::string> members);
    /// Says everything again to the plans as they are now: to be called after a load.
    void repeat();
    /// Is called after each step of changes.
    void set_listener(std::function<void()> changed) { changed_ = std::move(changed); }

    /// Is told of registrations that come, go, or turn from one verdict to another. The time is
    /// left to it.
    void set_turns(std::function<void(registry::VerdictTurn)> turns) { turns_ = std::move(turns); }

    /// Who probes for the registrations' checks is told which are wanted from now on, and which no
    /// more; at once of all there are. What is found comes back by `conclude`.
    using Probe = std::function<void(std::vector<health::Target>, std::vector<std::string>)>;
    void set_prober(Probe probe);
    void conclude(const health::Report& report);

    struct Writes {
        std::uint64_t kept = 0;
        std::uint64_t overtaken = 0;  // by another server, and judged anew
        std::uint64_t failed = 0;
    };
    [[nodiscard]] const Writes& writes() const noexcept { return writes_; }
    /// Why registrations cannot be kept now, as a sentence; nullopt: they can, as far as is known.
    [[nodiscard]] std::optional<std::string> fault() const;

    [[nodiscard]] const registry::Catalog& catalog() const override { return catalog_; }
    [[nodiscard]] registry::Moment now() const override;
    [[nodiscard]] registry::OrRefusal<registry::Entitlement> entitlement(
        const api::Caller& caller) override;
    [[nodiscard]] std::vector<std::string> environments() const override;
    [[nodiscard]] std::string environment_of(const api::Caller& caller) override;
    [[nodiscard]] std::vector<ZoneSource> sources() const override;
    [[nodiscard]] std::vector<ZoneStatus> zones() const override;
    [[nodiscard]] std::optional<NodeStatus> node() const override;
    [[nodiscard]] std::vector<registry::Registry> registries() const override {
        return engine_.registries();
    }

    /// What the announcement would be registered as now.
    [[nodiscard]] registry::OrRefusal<registry::Registration> judge(
        const registry::Announcement& announcement, const api::Caller& caller);
    void announce(registry::Announcement announcement, const api::Caller& caller,
                  Done done) override;
    void withdraw(const registry::RegistrationKey& key, const api::Caller& caller,
                  Done done) override;
    void report(const registry::RegistrationKey& key, std::size_t check, registry::Verdict verdict,
                std::string output, const api::Caller& caller, Done done) override;
    void renew(const registry::RegistrationKey& key, const api::Caller& caller, Done done) override;
    void set_aside(const registry::RegistrationKey& key, std::optional<registry::Aside> aside,
                   const api::Caller& caller, Done done) override;

private:
    using Key = registry::RegistrationKey;
    using Error = std::optional<source::NotKept>;
    using Amend = std::function<bool(registry::Registered&)>;
    /// A service as the engine knows it.
    struct ServiceKey {
        dns::PackedName zone;
        std::string environment;
        std::string service;
        registry::Protocol protocol = registry::Protocol::tcp;
        friend auto operator<=>(const ServiceKey&, const ServiceKey&) = default;
    };
    struct Found {
        const registry::Registered* registered = nullptr;
        std::optional<registry::Refusal> refusal;
    };

    [[nodiscard]] std::optional<std::string> holder(const registry::Announcement& announcement,
                                                    const registry::Address& address,
                                                    registry::Port port,
                                                    registry::Protocol protocol) const;
    [[nodiscard]] const registry::Registered* predecessor(const registry::Registration& next) const;
    [[nodiscard]] std::optional<registry::Refusal> fault_of_set(
        const registry::Registration& next) const;
    using Kept = source::RegistrationStore::Done;
    void store(registry::Registration registration, Kept done);
    void enter(registry::Registration registration);
    void forget(const Key& key);
    static void log_registered(const registry::Registered& one);
    void keep_state(const registry::Registered& one, Amend amend, Kept done);
    void renew(const registry::Registered& one, Done done);
    void remove(const Key& key, Kept done);
    void write(source::Write change, Kept done);
    [[nodiscard]] Kept counting(Kept done);
    [[nodiscard]] Kept replying(Done done);
    [[nodiscard]] Kept judging_anew(Done done, std::function<void()> again);

    // What servers that share registrations tell (registrar_sharing.cpp):
    void follow(std::function<void()> ready);
    void hear_all(std::vector<registry::Registered> all, std::uint64_t revision);
    void hear(registry::Registered told, bool is_new);
    void hear_gone(const Key& key, std::uint64_t revision);
    [[nodiscard]] std::optional<registry::Refusal> fault_of_store() const;
    void take_over_orphans();
    void say_later(const health::Report& report);
    [[nodiscard]] Found find(const Key& key, const api::Caller& caller);

    void want(const registry::Registered& one, bool is_new);
    void unwant(const registry::Registered& one);

    void mark(const registry::Registered& one);
    void tell_turns(bool is_aloud = true);
    void reply(Done done, const Error& error);
    void settle();
    void apply();
    void apply(dns::NameView zone, const std::vector<registry::Change>& changes);
    [[nodiscard]] registry::EndpointsChange change_of(const ServiceKey& service) const;
    void expire();
    void rearm();
    void rearm_in(registry::Moment pause);

    boost::asio::io_context& io_;
    Engine& engine_;
    std::vector<registry::Network> trusted_;
    std::optional<Tokens> tokens_;
    std::chrono::system_clock::time_point started_at_;
    std::chrono::steady_clock::time_point started_;
    registry::Catalog catalog_;
    std::vector<registry::Registration> underway_;  // to the disk
    std::set<Key> leaving_;                         // the same of what ends by itself
    std::set<ServiceKey> changed_services_;
    std::vector<std::function<void()>> replies_;
    std::function<void()> changed_;
    std::function<void(registry::VerdictTurn)> turns_;
    std::map<Key, registry::VerdictTurn> told_;  // what each last turned to
    std::set<Key> marked_;                       // since it was told
    Probe probe_;
    std::unordered_map<std::string, std::pair<Key, std::size_t>> probed_;  // by the target's key
    std::vector<health::Target> wanted_;
    std::vector<std::string> unwanted_;
    Writes writes_;
    std::optional<std::string> last_fault_;  // of the last write, when it failed
    bool is_settling_ = false;
    boost::asio::steady_timer expiry_;
    std::optional<registry::Moment> expiry_at_;
    const std::string node_;  // among the servers that share; "" without
    std::vector<std::string> members_;
    std::map<std::string, health::Report> unsaid_;  // what etcd could not be told; by target's key
    boost::asio::steady_timer saying_;
    // Gone first: what they call back is a member's.
    std::optional<source::RegistrationDatabase> database_;
    std::optional<source::EtcdRegistrations> shared_;
};

}  // namespace portolan::app
