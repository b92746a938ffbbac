// Who of several nodes looks after a thing, without asking each other (rendezvous hashing).
//
// Each node draws a number for each thing, from both names, and the highest has it. So all who know
// the same nodes agree, the things are spread evenly, and when a node goes, the things that it had
// move and no others.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace portolan::registry {

/// The node who looks after that thing; "" when there is none. The order of the nodes does not
/// matter.
std::string_view rendezvous(std::span<const std::string> nodes, std::string_view thing) noexcept;

}  // namespace portolan::registry
