// Whose a number is by the plans, and which numbers are somebody's: asked many times of the same
// plans.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "portolan/desk/plan_host.hpp"
#include "portolan/registry/port_map.hpp"

namespace portolan::desk {

/// One number that a plan assigns.
struct DeclaredPort {
    const registry::Plan* plan = nullptr;
    const registry::Application* application = nullptr;  // nullptr: the registry's
    unsigned instance = 0;                               // of the application; 0 for any
    std::string label;                                   // "hydrogen-ajp", "user-api"
    std::string subject;                                 // "hydrogen", "user-api"
    std::string text;                                    // "hydrogen ajp instance 1", "user-api"
    registry::Protocol protocol = registry::Protocol::tcp;
    registry::Port port = 0;
    registry::Place place{};  // where the plan says so
};

class DeclaredPorts {
public:
    explicit DeclaredPorts(Plans plans);

    /// All that have the number, in any protocol.
    [[nodiscard]] const std::vector<DeclaredPort>& at(registry::Port port) const;
    /// All numbers of a service ("user-api", "hydrogen-ajp"), else of an application or registry
    /// entry with that port of it ("hydrogen" and "ajp"), else of all its ports.
    [[nodiscard]] std::vector<DeclaredPort> of(const std::string& name,
                                               const std::string& port_name) const;

private:
    void add(DeclaredPort port);
    std::unordered_map<registry::Port, std::vector<DeclaredPort>> by_port_;
    std::unordered_map<std::string, std::vector<registry::Port>> by_label_, by_subject_;
};

std::string zone_text(const registry::Plan& plan);  // "svc.corp.example"

}  // namespace portolan::desk
