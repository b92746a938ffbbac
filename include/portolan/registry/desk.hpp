// The port desk: a question as it was typed, and the answer as one JSON document. The commands and
// the HTTP API give the same one.
//
//     {"question":"40805","port":40805,"assigned":true,
//      "plans":[{"zone":"svc.corp.example","kind":"port","assigned":true,"speaks":true,
//        "statements":["40805/udp is oxygen snmp, instance 4."],
//        "arithmetic":"40805 = 4 (instance) 08 (oxygen) 05 (snmp)","pattern":"XYYZZ",
//        "sources":[{"name":"oxygen","owner":"life-team","description":"…","place":"a.yaml:24:5"}],
//        "assignments":[…],"ranges":[],"dynamic":false,"published":[],
//        "endpoints":[{"environment":"prod","service":"oxygen-snmp","subject":"oxygen",
//          "kind":"snmp","protocol":"udp","host":"jb1","port":40805,"addresses":["10.1.0.11"],
//          "priority":40,"weight":100,"srv":"_oxygen-snmp._udp.prod.svc.corp.example",
//          "check":"tcp every 10s, 3 to fall, 2 to rise","verdict":"passing"}],
//        "empty":["dev"],
//        "findings":[{"severity":"warning","rule":"ephemeral-range","message":"…","cure":"…"}]}],
//      "registrations":[{…,"verdict":"passing","expiry":["Its lease of 30s ends in 28s, …"]}]}
//
// Of a name, `kind` is what it is (application, type, service, host, environment), and "ports" are
// the numbers that go with it, [{"port":10104,"protocol":"tcp","service":"hydrogen-ajp",
// "instance":1,"arithmetic":"…"}]. A name that means several things has a plan's entry for each.
// "cut" is true where there is more than is told. Registrations, and an endpoint's verdict, are a
// running server's to tell.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <span>

#include "portolan/registry/catalog.hpp"
#include "portolan/registry/question.hpp"
#include "portolan/registry/services.hpp"

namespace portolan::registry {

/// Who answers, and what is known there.
struct Desk {
    std::vector<Registry> registries;
    /// The SRV owner under which a zone has a service, without a final dot.
    std::function<std::string(const Plan&, const Service&)> srv_owner;
    const Catalog* catalog = nullptr;  // of a running server; nullptr: the plans alone are known
    Moment now{};
};

/// What is known of a number or a name. A refusal when nobody knows the name, with the nearest.
OrRefusal<boost::json::object> answer(const Desk& desk, const Question& question);

}  // namespace portolan::registry
