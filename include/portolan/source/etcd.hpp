// A client of etcd 3.4 and later, over the JSON gateway that every etcd has beside its gRPC.
//
//     txn, read ─▶ POST /v3/kv/… ─▶ one of the etcds ─▶ callback
//     Lease     ─▶ granted, kept alive; our own clock says that it is lost before etcd's does
//     Watch     ─▶ everything, then each change in order, for ever
//
// All of it runs on the thread of its io_context, never blocks it, and calls back from there, never
// from within the call. Keys are relative to the prefix: "members/n1" is "/portolan/members/n1" in
// etcd. What is read is linearizable, so an etcd that has lost its majority does not answer; then,
// and when it cannot be reached, the next one is asked.
//
// With a user, each connection carries the token of /v3/auth/authenticate, and asks for another
// when etcd no longer knows it. (The gateway does not take a client certificate's name for a user.)
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/source/etcd_values.hpp"

namespace portolan::source {
namespace etcd {
class Client;
}

struct EtcdSettings {
    struct Place {
        std::string host;  // a name or an address
        std::uint16_t port = 2379;
        friend bool operator==(const Place&, const Place&) = default;
    };
    std::vector<Place> places;  // at least one; asked in this order
    bool is_tls = false;
    std::string ca;           // files in PEM; "": the system's roots
    std::string certificate;  // ours; "": none
    std::string key;
    std::string user;  // "": nobody in particular
    std::string password;
    std::string prefix = "/portolan";
    std::chrono::milliseconds patience{2000};  // for one answer of one etcd
};

/// "etcd://10.0.0.1:2379,10.0.0.2:2379"; etcds:// for TLS. A port that is left out is 2379. The
/// error is a sentence.
OrEtcdError<EtcdSettings> parse_etcd_url(std::string_view text);

class Etcd {
public:
    /// Reads the files of TLS; throws StoreError (registration_store.hpp) that names a bad one.
    /// `io` outlives it.
    Etcd(boost::asio::io_context& io, EtcdSettings settings);
    /// Nothing is called back any more, by leases and watches that are still there neither.
    ~Etcd();

    template <class T>
    using Done = std::function<void(OrEtcdError<T>)>;

    void txn(etcd::Txn txn, Done<etcd::Committed> done);
    /// All keys that begin with the prefix; "": all below the settings' prefix.
    void read(std::string prefix, Done<etcd::State> done);

    class Lease;
    struct LeaseEvents {
        std::function<void(std::uint64_t id)> granted;  // once
        /// By our own clock, before etcd lets it go. Once, also when none could be had; nothing
        /// follows. Ask for another.
        std::function<void(EtcdError)> lost;
    };
    /// Ends the lease when it is destroyed, as well as can be.
    [[nodiscard]] std::unique_ptr<Lease> lease(std::chrono::seconds ttl, LeaseEvents events);

    class Watch;
    struct WatchEvents {
        /// Everything that there is: at the start, and when etcd no longer knows what was missed.
        std::function<void(etcd::State)> whole;
        /// What has changed since, in order. A revision's events come together.
        std::function<void(std::vector<etcd::Event>)> changed;
        /// No news can be had any more. Once, until `back`; the watch tries on by itself.
        std::function<void(EtcdError)> cut;
        /// News can be had again; before what was missed. Once, and at the start too.
        std::function<void()> back;
    };
    /// Of all keys that begin with the prefix.
    [[nodiscard]] std::unique_ptr<Watch> watch(std::string prefix, WatchEvents events);

private:
    std::shared_ptr<etcd::Client> client_;
};

class Etcd::Lease {
public:
    explicit Lease(std::function<void()> end) : end_(std::move(end)) {}
    ~Lease() { end_(); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

private:
    std::function<void()> end_;
};

class Etcd::Watch {
public:
    explicit Watch(std::function<void()> end) : end_(std::move(end)) {}
    ~Watch() { end_(); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

private:
    std::function<void()> end_;
};

}  // namespace portolan::source
