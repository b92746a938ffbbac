// Which multicast group and ports each environment uses.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "portolan/registry/plan.hpp"

namespace portolan::registry {

/// One environment's group with the ports that the convention gives its applications, placed or
/// not. Points into the Plan.
struct GroupUse {
    const Environment* environment = nullptr;
    std::map<unsigned, std::string> ports;  // to the service's label
    [[nodiscard]] const Address& group() const noexcept { return environment->multicast->value; }
};

/// The environments that have a group and a multicast type.
std::vector<GroupUse> group_uses(const Plan& plan);

struct GroupMeeting {
    bool same_group = false;
    std::vector<std::string> witnesses;  // "11107 (sodium-mcast)": ports that both use on it
};
GroupMeeting meeting(const GroupUse& a, const GroupUse& b);

}  // namespace portolan::registry
