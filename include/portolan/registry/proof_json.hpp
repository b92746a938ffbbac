// A proof as JSON, for scripts and pages.
//
//     {"holds":false,"scope":"348 numbers of 12 applications, …","capacity":["…"],
//      "grounds":[{"ground":"iana","holds":false,"sentence":"…","cure":"…",
//        "witnesses":[{"port":10104,"protocol":"tcp","holder":"hydrogen ajp instance 1",
//          "instance":1,"other":"swdtp (tcp, udp)","same_protocol":true,
//          "place":"zones/elements.yaml:17:5"}]}]}
#pragma once

#include <boost/json/object.hpp>

#include "portolan/registry/proof.hpp"

namespace portolan::registry {

boost::json::object to_json(const Plan& plan, const Proof& proof);
boost::json::object to_json(const Plan& plan, const Judgement& judgement);

}  // namespace portolan::registry
