// What the handlers ask of the server: implemented by app/registrar.hpp, on the same thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "portolan/registry/admission.hpp"
#include "portolan/registry/catalog.hpp"
#include "portolan/zone/records.hpp"

namespace portolan::api {

/// Who asks.
struct Caller {
    registry::Address address;
    std::string token;                                   // the secret as it was sent; "" without
    std::vector<std::string> certified{};                // DNS names of its certificate
    std::optional<registry::Entitlement> entitlement{};  // when that is known by other means
};

class Registrar {
public:
    Registrar() = default;
    Registrar(const Registrar&) = delete;
    Registrar& operator=(const Registrar&) = delete;
    virtual ~Registrar() = default;

    /// nullopt: it is done, and what was changed is on the disk.
    using Done = std::function<void(const std::optional<registry::Refusal>&)>;

    [[nodiscard]] virtual const registry::Catalog& catalog() const = 0;
    /// Now, as the catalog reckons it.
    [[nodiscard]] virtual registry::Moment now() const = 0;

    /// What the caller may change; a refusal when nothing.
    [[nodiscard]] virtual registry::OrRefusal<registry::Entitlement> entitlement(
        const Caller& caller) = 0;
    /// All environments of all plans, by name, each once.
    [[nodiscard]] virtual std::vector<std::string> environments() const = 0;
    /// The environment that the caller belongs to: its token's, else the one whose networks hold
    /// its address; "" when that is not clear.
    [[nodiscard]] virtual std::string environment_of(const Caller& caller) = 0;

    virtual void announce(registry::Announcement announcement, const Caller& caller, Done done) = 0;
    virtual void withdraw(const registry::RegistrationKey& key, const Caller& caller,
                          Done done) = 0;
    /// A heartbeat, or another check's result as its program reports it.
    virtual void report(const registry::RegistrationKey& key, std::size_t check,
                        registry::Verdict verdict, std::string output, const Caller& caller,
                        Done done) = 0;
    virtual void renew(const registry::RegistrationKey& key, const Caller& caller, Done done) = 0;
    virtual void set_aside(const registry::RegistrationKey& key,
                           std::optional<registry::Aside> aside, const Caller& caller,
                           Done done) = 0;

    /// What the zones are derived from, good until the handler returns.
    [[nodiscard]] virtual std::vector<registry::Registry> registries() const = 0;
    /// What each zone of a plan is made from, and what was found in it when it was loaded; good
    /// until the handler returns.
    struct ZoneSource {
        registry::Registry registry;
        std::shared_ptr<const zone::Records> extra;  // of its master file
        const registry::Findings& findings;
        std::uint32_t serial = 0;
    };
    [[nodiscard]] virtual std::vector<ZoneSource> sources() const = 0;
    /// The served zones, as "svc.corp.example", each with its serial and number of records.
    struct ZoneStatus {
        std::string name;
        std::uint32_t serial = 0;
        std::size_t records = 0;
    };
    [[nodiscard]] virtual std::vector<ZoneStatus> zones() const = 0;
    /// How this server stands with others that serve the same zones; nullopt: there are none.
    struct NodeStatus {
        std::string node;
        std::string author;               // who makes the zones' steps; "": nobody
        std::vector<std::string> living;  // in order
        std::optional<std::chrono::system_clock::time_point> cut_since;  // from the others
    };
    [[nodiscard]] virtual std::optional<NodeStatus> node() const = 0;
};

}  // namespace portolan::api
