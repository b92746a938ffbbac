// The keys of the zones that are served: what they do now, and until when.
//
// The engine asks for a zone's roles when it loads, when the time comes that was told, and when a
// key's files have changed; it signs and publishes, and then says that the zone is served, which is
// when waits begin:
//
//     roles ─▶ sign, publish ─▶ served
//
// A step is on disk before it is taken: what cannot be written is not done, and tried again later.
// When the files are damaged or missing, the zone goes on with the keys that are in memory.
// Everything worth a line is logged here. One thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "portolan/app/key_folder.hpp"
#include "portolan/dns/rrset.hpp"
#include "portolan/registry/plan.hpp"
#include "portolan/sign/timing.hpp"

namespace portolan::app {

class KeyStore {
public:
    /// `state` may be empty: then no zone can be signed, since its keys would be lost.
    explicit KeyStore(std::string state) : state_(std::move(state)) {}

    struct ZoneKeys {
        sign::Roles roles;               // without signers for a zone that is not signed
        std::optional<sign::Time> next;  // when to ask again, at the latest
    };
    /// Reads what is on disk, makes the first keys, takes the steps that are due, and writes them.
    /// `dnssec` is the plan's, nullptr when the zone shall not be signed: it stays so for as long
    /// as its parent may have a DS. A reason when there are no keys for a zone that is signed, or
    /// shall be: then it must not be served otherwise than it was.
    OrReason<ZoneKeys> roles(dns::NameView zone, const registry::Dnssec* dnssec, dns::Ttl longest,
                             sign::Time now);
    /// The roles that were given last are in all answers.
    void served(dns::NameView zone, sign::Time now);
    /// Why the zone could not be signed here as it is published, with these keys at its apex;
    /// nullopt when each of them is in the folder. Changes nothing.
    [[nodiscard]] std::optional<Reason> lacks(dns::NameView zone, const dns::Rrset& dnskeys) const;
    /// A zone that is no longer served: its keys stay on disk, and are read anew when it is back.
    void forget(dns::NameView zone) { zones_.erase(dns::PackedName(zone)); }

    /// The state files of all zones that have keys, or are asked for: what to watch.
    [[nodiscard]] std::vector<std::string> files() const;

private:
    struct Zone {
        KeyFolder folder;
        std::string text;       // of the state file, as it was read or written last
        sign::History history;  // the same, with what could not be written since
        bool is_read = false;
        std::string logged;  // the last failure, so that it is told once
    };

    Zone& zone_of(dns::NameView zone);
    static std::optional<Reason> read(Zone& zone);
    static std::optional<Reason> step(Zone& zone, dns::NameView name,
                                      const std::optional<sign::Policy>& policy, dns::Ttl longest,
                                      sign::Time now);
    static std::optional<Reason> keep(Zone& zone, const sign::History& next);
    static void complain(Zone& zone, dns::NameView name, const Reason& reason);

    std::string state_;
    std::map<dns::PackedName, Zone, dns::CanonicalOrder> zones_;
};

}  // namespace portolan::app
