// A plan as it would be: one change to its names and numbers, made to a copy.
//
// `whatif` tells what follows of such a change, `allocate` writes it into the plan's file and holds
// what it then reads there against this copy.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "portolan/registry/registration.hpp"

namespace portolan::registry {

struct AddApplication {
    std::string name;
    std::optional<unsigned> id{};  // none: the next
    About about{};
};
struct AddType {
    std::string name;
    std::optional<unsigned> id{};
    Protocol protocol = Protocol::tcp;
    About about{};
};
/// A service of the registry with one port.
struct AddService {
    std::string name;
    std::string range;               // the category that its port is from
    std::optional<unsigned> port{};  // none: the next in the range
    Protocol protocol = Protocol::tcp;
    About about{};
};
struct CountInstances {
    unsigned last = 1;  // the first stays
};
struct UsePattern {
    std::string text;  // the letters mean what they meant
};
struct MoveInstance {
    std::string application;
    unsigned instance = 1;
    std::string environment;  // a name or an alias
    std::string host;
};
using Edit =
    std::variant<AddApplication, AddType, AddService, CountInstances, UsePattern, MoveInstance>;

/// The plan with the change. `edit` has its id or port then. A refusal says why it cannot be: a
/// name that is taken or unknown, or no number left.
OrRefusal<Plan> edited(const Plan& plan, Edit& edit);

/// An edit in words, as the command line has them: "add application aluminium", "add type admin
/// udp"
/// ("--id 14" and "--proto udp" may follow), "instances 6", "pattern XYYYZ", "move oxygen 4 prod
/// jb2".
OrRefusal<Edit> read_edit(std::string_view text);

/// "add application aluminium: 13".
std::string words(const Edit& edit);

}  // namespace portolan::registry
