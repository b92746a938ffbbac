// The table that replaces the wiki: every assigned port, where it is, and who owns it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "portolan/registry/services.hpp"

namespace portolan::registry {

/// One (environment, application, instance, type), or one endpoint of a registry entry.
struct PortRow {
    std::string environment;
    std::string service;      // "hydrogen-ajp"
    std::string application;  // "" for a registry entry
    std::string instance;     // a number, or ""
    std::string type;         // "ajp", "mongodb"; may be ""
    unsigned port = 0;        // 0: none is given
    Protocol protocol = Protocol::tcp;
    std::string host;       // "jb1", "mcast", a foreign name, or "" when nothing serves
    std::string addresses;  // separated by blanks
    std::string srv;        // the SRV owner; "" when not published
    std::string priority;   // in the SRV set, or ""
    std::string owner;
    std::string until;  // "2027-01-31", or ""
};

/// Writes the SRV owner of a service, "" when it has none.
using SrvOwner = std::function<std::string(const Service&)>;

/// The rows of one environment: the convention's by application, instance and type (types that
/// are not published too, and a multicast type once for each instance, at the same port), then
/// the registry's by entry and endpoint.
std::vector<PortRow> port_rows(const Plan& plan, const Environment& environment,
                               const SrvOwner& srv_owner);
/// The rows of all environments; a plan without any has its registry's ports alone.
std::vector<PortRow> port_rows(const Plan& plan, const SrvOwner& srv_owner);

/// The legend of keys: "YY" with "08 oxygen (owner)", … and "ZZ" with "05 snmp/udp", "11 mcast/udp
/// in prod, not published" …
struct LegendEntry {
    std::string key;     // "08"
    std::string name;    // "oxygen"
    std::string remark;  // "udp, prod, not published, web-team"
};
struct Legend {
    std::string field;    // "application"
    std::string letters;  // "YY"
    std::vector<LegendEntry> entries;
};
std::vector<Legend> legend_of(const Convention& convention);

}  // namespace portolan::registry
