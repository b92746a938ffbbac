// An allocation as JSON: what `portolan allocate --json` prints and POST /v1/allocations answers.
//
//     {"kind":"application","name":"aluminium","id":13,"zone":"svc.corp.example",
//      "entry":"aluminium: {id: 13, owner: metal-team}","ports":"11301-11306,21301-21306",
//      "file":"zones/elements.yaml","line":29}
//
// Of a port, "port" stands in place of "id".
#pragma once

#include <boost/json/object.hpp>

#include "portolan/desk/allocate.hpp"

namespace portolan::desk {

boost::json::object to_json(const Allocation& made);

}  // namespace portolan::desk
