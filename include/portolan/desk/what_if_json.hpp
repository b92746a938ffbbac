// What would follow of a change, as JSON: of `portolan whatif --json` and of GET /v1/whatif.
//
//     {"edit":"add application aluminium: 13","clean":true,"opened":["11301-11306/tcp"],
//      "closed":[],"grounds":[…as of registry/proof_json.hpp…],
//      "ways":[{"ground":"iana","way":"move","edit":"applications: aluminium: 14"}],"errors":[],
//      "capacity":["application (YY): 13 ids taken, …"],"dns":["prod x/tcp: + 30104 jb3"],
//      "firewall":[{"environment":"prod","host":"jb1","addresses":["10.1.0.11"],
//        "opened":["11301/tcp"],"closed":[]}]}
#pragma once

#include <boost/json/object.hpp>

#include "portolan/desk/what_if.hpp"

namespace portolan::desk {

boost::json::object to_json(const registry::Plan& after, const registry::Edit& edit,
                            const WhatIf& result);

}  // namespace portolan::desk
