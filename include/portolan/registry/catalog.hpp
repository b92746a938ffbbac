// The registrations that hold now, and how each of them fares.
//
// Whatever changes is numbered: an index that only rises, and each service's own, so that who
// waits for news of one service is not woken by another (the HTTP API's blocking queries).
//
// What a program promised to do again and again (a heartbeat, the renewal of a lease) has a time by
// which it must be done. `due` says who missed it. Renewing costs no more than a store into memory:
// deadlines wait in a queue, and one that has moved meanwhile is put back when its turn comes.
//
// Several servers may keep one catalog, each a copy of it. Then what is told to all of them makes
// it (`follow`), and the numbers are those under which it was told, the same everywhere. What a
// server learns by itself shows in its own copy at once, and is numbered when all are told. Each
// registration has a keeper, the server that judges its times; the others' copies wait for none.
//
// Times are milliseconds since 1970 as the server reckons them: they never go back, whatever is
// done to the clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "portolan/registry/registration.hpp"

namespace portolan::registry {

using Moment = std::chrono::milliseconds;

struct CheckState {
    Verdict verdict = Verdict::critical;
    Moment since{};      // it is so
    Moment heard{};      // last said, or at the start of the server
    std::string output;  // what the check said last, or why it was reported so
};

/// A person's word on a registration, which stands above its checks.
struct Aside {
    Verdict verdict = Verdict::maintenance;  // or draining
    std::string reason;
    Moment until{};  // it drains until then, and is in maintenance from then on
    friend bool operator==(const Aside&, const Aside&) = default;
};

struct Registered {
    Registration registration;
    std::vector<CheckState> checks;  // of registration.said.checks, one by one
    std::optional<Aside> aside;
    std::string keeper{};          // of several servers, the one that judges its times
    Moment renewed{};              // when its lease was last renewed
    std::optional<Moment> turn{};  // when the catalog looks at it again
    std::uint64_t created = 0;     // index at which it came …
    std::uint64_t changed = 0;     // … and last changed

    [[nodiscard]] const Announcement& said() const noexcept { return registration.said; }
    /// The person's word, else the worst of its checks; passing without any.
    [[nodiscard]] Verdict verdict() const noexcept;
    /// The worst of its checks alone.
    [[nodiscard]] Verdict health() const noexcept;
    /// Whether clients may be sent there: if others can be, to one that drains none are.
    [[nodiscard]] bool is_serving() const noexcept;
    /// Whether the zone is told of it: it serves, or a person has taken it out. The latter says
    /// nothing of an endpoint that only announced itself, and all of one that the plan has too.
    [[nodiscard]] bool concerns_zone() const noexcept {
        return is_serving() || verdict() == Verdict::maintenance;
    }
    /// When it ends by itself if nothing more is heard; nullopt: never.
    [[nodiscard]] std::optional<Moment> ends() const noexcept;
};

class Catalog {
public:
    /// The index before the first change.
    explicit Catalog(std::uint64_t index) : index_(index), first_(index) {}
    /// One of several copies: this server's name among the keepers.
    explicit Catalog(std::string keeper) : keeper_(std::move(keeper)) {}

    /// Takes a registration in, in the place of one with its key. A check that was there before,
    /// and is the same, keeps its state. Its leases begin now.
    Registered& put(Registration registration, Moment now);
    /// What `put` would make of it.
    [[nodiscard]] Registered successor(Registration registration, Moment now) const;
    /// Takes it in after a restart: with states as they were kept, each with its full time again.
    Registered& restore(Registered kept, Moment now);
    void remove(const RegistrationKey& key);

    // A copy's:

    /// Takes in what was told, in the place of one with its key. `told.created` and `told.changed`
    /// are its numbers. What only this server has heard stays: outputs and renewals, unless this
    /// server becomes the keeper, with whom each has its full time again.
    Registered& follow(Registered told, Moment now);
    /// That it is gone was told under that number.
    void forget(const RegistrationKey& key, std::uint64_t index);
    /// All that there is has been told, as of that number.
    void follow_from(std::uint64_t index);
    /// Whether this server judges its times.
    [[nodiscard]] bool keeps(const Registered& one) const noexcept { return one.keeper == keeper_; }

    [[nodiscard]] const Registered* find(const RegistrationKey& key) const;
    /// Those of that id, on whichever address, by address.
    [[nodiscard]] std::vector<const Registered*> with_id(std::string_view id) const;
    /// Those that have a check of that id, by address.
    [[nodiscard]] std::vector<const Registered*> with_check(std::string_view check) const;
    /// Those of a service, by address and id.
    [[nodiscard]] std::vector<const Registered*> of_service(std::string_view service) const;
    /// Of these, the ones that the zone is told of.
    [[nodiscard]] std::vector<const Registered*> concerning_zone(std::string_view service) const;
    /// What is registered at that endpoint; nullptr when nothing is.
    [[nodiscard]] const Registered* at(const Address& address, Port port, Protocol protocol) const;
    /// All, by id and address.
    [[nodiscard]] std::vector<const Registered*> all() const;
    [[nodiscard]] std::size_t size() const noexcept { return by_key_.size(); }

    [[nodiscard]] std::uint64_t index() const noexcept { return index_; }
    /// Of the service's last change, its removal included.
    [[nodiscard]] std::uint64_t index_of(std::string_view service) const;

    /// A check's result, by its position. True when it changed the check's verdict.
    bool report(const RegistrationKey& key, std::size_t check, Verdict verdict, std::string output,
                Moment now);
    /// Renews the lease. False when there is no such registration.
    bool renew(const RegistrationKey& key, Moment now);
    /// Sets a registration aside, or (nullopt) back. True when that is a change.
    bool set_aside(const RegistrationKey& key, std::optional<Aside> aside);

    struct Due {
        std::vector<RegistrationKey> silent;   // a heartbeat was missed; its check is critical now
        std::vector<RegistrationKey> drained;  // in maintenance now
        std::vector<RegistrationKey> over;     // to be withdrawn; told again until it is
    };
    Due due(Moment now);
    /// When to ask again; nullopt: there is nothing to wait for.
    [[nodiscard]] std::optional<Moment> next_due() const;

private:
    struct KeyOrder {
        bool operator()(const RegistrationKey& a, const RegistrationKey& b) const noexcept {
            if (const auto order = a.id <=> b.id; order != 0) return order < 0;
            return a.address < b.address;
        }
    };
    struct Deadline {
        Moment when;
        RegistrationKey key;
        friend bool operator<(const Deadline& a, const Deadline& b) { return a.when > b.when; }
    };
    using EndpointKey = std::tuple<Address, Port, Protocol>;
    using Keys = std::set<RegistrationKey>;
    using KeysByName = std::map<std::string, Keys, std::less<>>;

    Registered& enter(Registered one);
    void leave(const Registered& one);
    void touch(Registered& one);
    void number(const std::string& service, std::uint64_t index);
    static void enter(KeysByName& names, const std::string& name, const RegistrationKey& key);
    static void leave(KeysByName& names, const std::string& name, const RegistrationKey& key);
    void expect(Registered& one);
    [[nodiscard]] Registered* found(const RegistrationKey& key);
    [[nodiscard]] std::vector<const Registered*> those(const KeysByName& names,
                                                       std::string_view name) const;
    /// Makes silent checks critical; whether there was any.
    static bool silence(Registered& one, Moment now);
    /// Ends the draining whose time is over; whether it did.
    static bool drain(Registered& one, Moment now);

    std::map<RegistrationKey, Registered, KeyOrder> by_key_;
    KeysByName by_service_;
    KeysByName concerning_zone_;  // by service
    KeysByName by_check_;
    std::map<EndpointKey, RegistrationKey> by_endpoint_;
    std::map<std::string, std::uint64_t, std::less<>> indices_;  // of services
    std::priority_queue<Deadline> deadlines_;
    std::string keeper_;  // "": this is the only one
    std::uint64_t index_ = 0;
    std::uint64_t first_ = 0;
};

}  // namespace portolan::registry
