// Registrations as JSON: in the store, in its export, and in the native HTTP API.
//
//     {"service":"web","id":"web-1","zone":"svc.corp.example.","environment":"prod",
//      "protocol":"tcp","address":"10.1.0.11","port":8081,"tags":["v1"],"meta":{"zone":"a"},
//      "priority":10,"weight":60,"lease":"30s","token":"3f2a…",
//      "checks":[{"id":"service:web-1","name":"…","tcp":{},"interval":"10s","timeout":"2s",
//                 "rise":1,"fall":1,"initially":"critical","gone_after":"1m"}]}
//
// Whatever has its default is left out. A check has one of the keys tcp, http, grpc, dns and
// heartbeat.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "portolan/registry/catalog.hpp"

namespace portolan::registry {

boost::json::object to_json(const Announcement& announcement);
boost::json::object to_json(const Registration& registration);

/// What is wrong is refused as malformed, and named by its key. Unknown keys are refused too.
OrRefusal<Announcement> announcement_from(const boost::json::value& json);
OrRefusal<Registration> registration_from(const boost::json::value& json);

/// How a registration fares, as it is kept: {"checks":{"service:web-1":{"verdict":"passing",
/// "since":1795358136000}},"aside":{"verdict":"maintenance","reason":"…"}}
boost::json::object state_to_json(const Registered& registered);
/// The registration with what was kept of its state; checks that it does not know are left out.
OrRefusal<Registered> registered_from(Registration registration, const boost::json::value& state);

/// A registration and how it fares, as it is exported: {"registration":{…},"state":{…}}; among
/// several servers with the one that judges its times, "keeper":"n1".
std::string kept_text(const Registered& registered);
OrRefusal<Registered> kept_from(std::string_view text);

/// Reads JSON, at most so deep that reading it is safe. The refusal says where it ends to be JSON.
OrRefusal<boost::json::value> parse_json(std::string_view text);

}  // namespace portolan::registry
