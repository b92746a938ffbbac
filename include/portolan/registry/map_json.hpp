// The port map as JSON, for the page that people look at: a zone as its plan has it, and the rows
// of one of its environments, live.
//
// A zone:
//
//     {"zone":"svc.corp.example","serial":17,"pattern":"XYYZZ","instances":{"first":1,"last":4},
//      "environments":[{"name":"prod","aliases":["live"]}],
//      "applications":[{"id":8,"name":"oxygen","owner":"life-team","description":"…",
//        "place":"zones/elements.yaml:24:5"}],
//      "types":[{"id":5,"name":"snmp","protocol":"udp","published":true,"multicast":false,
//        "environment":"","owner":"","description":""}],
//      "services":[{"name":"mongodb-rs0","owner":"…","description":"…","place":"…"}],
//      "ranges":[{"first":27017,"last":27025,"name":"…","owner":"…","description":"…",
//        "holders":[{"first":27017,"last":27017,"text":"mongodb-rs0"}],
//        "gaps":[{"first":27018,"last":27025}]}],
//      "dynamic":{"first":20000,"last":20999,"names":["web"]},
//      "findings":[{"severity":"warning","rule":"ephemeral-range","message":"…","cure":"…",
//        "place":"…","ports":[40101]}]}
//
// A type has an entry for each of its ids, with the environment where it holds alone. "pattern" is
// "" and "instances" are 0 to 0 without a convention; "dynamic" is left out where there is none.
//
// A row is an endpoint:
//
//     {"service":"oxygen-snmp","application":"oxygen","type":"snmp","instance":"4","port":40805,
//      "protocol":"udp","host":"jb1","addresses":["10.1.0.11"],
//      "srv":"_oxygen-snmp._udp.prod.svc.corp.example","priority":40,"weight":100,
//      "verdict":"passing","aside":"","owner":"life-team","findings":["ephemeral-range"]}
//
// "verdict" is a word of check.hpp, or "unchecked" where nobody looks. "withheld" is true for what
// health, or a person, keeps out of the set in DNS; "aside" is why a person has taken it out. What
// is registered there adds "registration", its id, and "expiry", sentences. A multicast group is a
// row for each instance behind it. A number that the convention gives to an instance which nothing
// is placed on is a row too, with an empty "host" and "verdict". What
// is in no set in DNS has no "priority" and "weight".
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/registry/desk.hpp"
#include "portolan/registry/findings.hpp"

namespace portolan::registry {

/// Which rules speak of which numbers of a plan. Asked for each row, so found once a plan.
class PortRules {
public:
    explicit PortRules(const Plan& plan);
    /// The rules that a number has findings of, each once.
    [[nodiscard]] const std::vector<std::string>& of(unsigned port) const;
    /// The numbers that a finding of the plan is about; none when it is about something else.
    [[nodiscard]] const std::vector<unsigned>& ports_of(const Finding& finding) const;

private:
    std::map<unsigned, std::vector<std::string>> by_port_;
    std::map<std::string, std::vector<unsigned>> by_finding_;  // by its text
};

boost::json::object zone_json(const Plan& plan, std::uint32_t serial, const Findings& findings,
                              const PortRules& rules);

/// The rows of one service, by instance; then what has announced itself.
boost::json::array rows_json(const Desk& desk, const Registry& registry, const PortRules& rules,
                             const Service& service);
/// The rows of an application by type, or of a registry entry by port, published or not.
boost::json::array rows_json(const Desk& desk, const Registry& registry, const PortRules& rules,
                             const Environment& environment, std::string_view subject);

}  // namespace portolan::registry
