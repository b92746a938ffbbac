// What is to be probed: the endpoints of the plan that have a check.
//
// With `verdict: instance` the instances of an application share a verdict: one port type's check
// decides (`via:`), and the types that write no check of their own inherit what it finds. So those
// endpoints come with the address, port and check of that type; whoever probes each distinct target
// once probes an instance once.
//
// Endpoints that announced themselves are not here: who registers them knows their checks. Foreign
// targets are not here either, since nothing in a plan says where they are.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "portolan/registry/services.hpp"

namespace portolan::registry {

/// An endpoint by the names that a VerdictsChange has for it, and what to do to learn of it. It
/// does not point into the Registry.
struct CheckedEndpoint {
    std::string environment;
    std::string service;  // its label
    Protocol protocol = Protocol::tcp;
    std::string host;
    Port port = 0;
    Address address;      // to be probed: the host's first one now
    Port probe_port = 0;  // … and where
    CheckPtr check;       // one object for all endpoints that have it from one place of the plan
    friend bool operator==(const CheckedEndpoint&, const CheckedEndpoint&) = default;
};

/// By environment and service, in the plan's order. Endpoints of services that are not
/// published or multicast have no checks.
void for_each_checked_endpoint(const Registry& registry,
                               const std::function<void(const CheckedEndpoint&)>& visit);

/// How an endpoint is checked, for people: "http /health every 10s, 3 to fall, 2 to rise".
std::string words(const Check& check);

}  // namespace portolan::registry
