// What can be browsed (DNS-SD, RFC 6763): which services are listed, under which service type, and
// what each of their endpoints is called there.
//
//     prod                                          lists its service types: _http._tcp
//     _http._tcp.prod                               lists its instances: hydrogen-1
//     hydrogen-1._http._tcp.prod                    has one endpoint's host and port
//
// A name belongs to its endpoint: it says nothing of the others, so it stays when they come and go.
// An application's instance has its number, hydrogen-1. Any other endpoint has its service, its
// host, and its port unless that is the service's own: user-api_h1, orders_db1_27017. No name of a
// plan has an underscore, so what is joined here comes apart in one way alone, whatever registers.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/registry/services.hpp"

namespace portolan::registry {

/// `_http._tcp`: a port type's name, a registry service's `type:`, the name of one of its `ports:`,
/// or its own. Refers to the plan.
struct ServiceType {
    std::string_view label;             // "http"
    Protocol protocol = Protocol::tcp;  // tcp, or udp for all else (RFC 6763 7)
    friend auto operator<=>(const ServiceType&, const ServiceType&) = default;
};
std::string to_string(const ServiceType& type);  // "_http._tcp"
ServiceType service_type(const ServiceKey& key) noexcept;
ServiceType service_type(const Service& service) noexcept;

/// Whether endpoints are listed. A type that is not published has no names, and a group is no
/// endpoint: neither is ever listed.
bool is_browsed(const Plan& plan, const PortType& type) noexcept;
bool is_browsed(const Plan& plan, const NamedService& service) noexcept;
bool is_browsed(const Plan& plan, const ServiceKey& key) noexcept;
bool is_browsed(const Plan& plan, const Service& service) noexcept;
/// Whether anything of the plan may be. Allocates nothing.
bool has_browsing(const Plan& plan) noexcept;

/// The service types of what is listed in the environment, endpoints or not; sorted.
std::vector<ServiceType> service_types(const Plan& plan, const Environment& environment);
/// The services that are listed under that type, in plan order.
std::vector<Service> services_of(const Registry& registry, const Environment& environment,
                                 const ServiceType& type);

/// "hydrogen-1", "user-api_h1", "orders_db1_27017": the octets of one label, which may pass 63.
std::string instance_name(const Service& service, const Endpoint& endpoint);

}  // namespace portolan::registry
