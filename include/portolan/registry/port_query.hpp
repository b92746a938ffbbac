// From names to a number: what `portolan port` asks.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "portolan/registry/plan.hpp"

namespace portolan::registry {

/// APPLICATION TYPE [INSTANCE], or SERVICE [PORT NAME]; lower case not required.
struct PortQuestion {
    std::vector<std::string> words;
    std::string environment;  // "": none is named
};

struct PortAnswer {
    unsigned port = 0;
    Protocol protocol = Protocol::tcp;
    std::string service;      // "oxygen-snmp"
    std::string instance;     // "4", or "" when it does not matter
    std::string environment;  // as the plan calls it, or "" when it does not matter
};

/// Why a plan cannot answer. The plan that came farthest understood most of the question, so its
/// reason is the one to show.
struct PortRefusal {
    enum class Reached { nothing, subject, kind, instance };
    Reached reached = Reached::nothing;
    std::string message;
    std::string cure;
};

using PortResult = std::variant<PortAnswer, PortRefusal>;

PortResult find_port(const Plan& plan, const PortQuestion& question);
/// Several plans: the answer, when those that have one agree on the number.
PortResult find_port(const std::vector<const Plan*>& plans, const PortQuestion& question);

}  // namespace portolan::registry
