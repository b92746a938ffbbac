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
#include "portolan/source/registration_store.hpp"

namespace portolan::app {

class Registrar final : public api::Registrar {
public:
    /// `state` is the folder of the store and the tokens; "": nothing is kept. `trusted` are the
    /// networks whose callers need no token; none: this host's, as long as there are no tokens.
    /// Throws source::StoreError.
    Registrar(boost::asio::io_context& io, Engine& engine, const std::string& state,
              std::vector<registry::Network> trusted);
    ~Registrar() override;

    /// Puts what was kept into the zones. Once, when the plans are loaded.
    void restore();
    /// Says everything again to the plans as they are now: to be called after a load.
    void repeat();
    /// Is called after each step of changes.
    void set_listener(std::function<void()> changed) { changed_ = std::move(changed); }

    /// Who probes for the registrations' checks is told which are wanted from now on, and which no
    /// more; at once of all there are. What is found comes back by `conclude`.
    using Probe = std::function<void(std::vector<health::Target>, std::vector<std::string>)>;
    void set_prober(Probe probe);
    void conclude(const health::Report& report);

    [[nodiscard]] const registry::Catalog& catalog() const override { return catalog_; }
    [[nodiscard]] registry::Moment now() const override;
    [[nodiscard]] registry::OrRefusal<registry::Entitlement> entitlement(
        const api::Caller& caller) override;
    [[nodiscard]] std::vector<std::string> environments() const override;
    [[nodiscard]] std::string environment_of(const api::Caller& caller) override;
    [[nodiscard]] std::vector<ZoneStatus> zones() const override;
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
    using Error = std::optional<std::string>;
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
    void store(registry::Registration registration, Done done);
    void enter(registry::Registration registration);
    void forget(const Key& key);
    void keep_state(const registry::Registered& one, Done done);
    void remove(const Key& key, Done done);
    void write(source::Write change, source::RegistrationStore::Done done);
    [[nodiscard]] Found find(const Key& key, const api::Caller& caller);

    void want(const registry::Registered& one, bool is_new);
    void unwant(const registry::Registered& one);

    void mark(const registry::Registered& one);
    void reply(Done done, const Error& error);
    void settle();
    void apply();
    void apply(dns::NameView zone, const std::vector<registry::Change>& changes);
    [[nodiscard]] registry::EndpointsChange change_of(const ServiceKey& service) const;
    void expire();
    void rearm();

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
    Probe probe_;
    std::unordered_map<std::string, std::pair<Key, std::size_t>> probed_;  // by the target's key
    std::vector<health::Target> wanted_;
    std::vector<std::string> unwanted_;
    bool is_settling_ = false;
    boost::asio::steady_timer expiry_;
    std::optional<registry::Moment> expiry_at_;
    std::optional<source::RegistrationStore> store_;  // gone first: its thread posts to io
};

}  // namespace portolan::app
