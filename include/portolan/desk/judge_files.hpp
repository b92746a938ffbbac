// What files say of ports, held against what the plans say, and against each other.
//
//     port-collision    two statements take one port of one interface: error
//     wrong-service     the port is another's by the plan: an error when the plan has both
//     wrong-port        the plan gives that service another port
//     wrong-target      a host of the plan does not have that port there
//     wrong-instance    in a server.xml, of another application or instance than its other ports
//     unknown-port      taken, and in no plan
//     node-port-range   a nodePort that Kubernetes does not give by default
//     random-port       note: chosen when it starts
//     undecided         note: decided elsewhere, by an expression
//     skipped           something that could not be read
//     unreadable        a file, or the rest of it, that could not be read: error
//
// Names join the two: a compose service, a Consul service, a Kubernetes object or a variable
// (user_api_port) called as the plan calls a service is that service. A number alone proves less,
// so where the plan does not know the name it is a warning.
#pragma once

#include <span>
#include <string>

#include "portolan/desk/plan_host.hpp"
#include "portolan/desk/port_use.hpp"

namespace portolan::desk {

struct ReadFile {
    std::string path;  // as the user named it
    FileReading reading;
};

/// By file, in the files' order, and place. Without plans, the files are held against each other.
registry::Findings judge_files(std::span<const ReadFile> files, Plans plans);

}  // namespace portolan::desk
