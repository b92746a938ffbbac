// A listening socket as JSON, as `free` and `lint host` print it.
#pragma once

#include <boost/json/object.hpp>

#include "portolan/desk/listeners.hpp"

namespace portolan::cli {

/// {"protocol": "tcp", "address": "0.0.0.0", "port": 80, "listening": true, "user": "root",
/// "processes": [{"pid": 812, "name": "nginx", "user": "root"}]}
boost::json::object to_json(const desk::Listener& listener);

}  // namespace portolan::cli
