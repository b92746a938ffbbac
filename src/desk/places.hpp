// Environments and hosts of imported facts.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "desk/labels.hpp"
#include "portolan/desk/write_plan.hpp"

namespace portolan::desk {

/// Where a fact's port is served. `host` and `target` are both empty when nowhere.
struct Spot {
    std::string environment;  // a label; "" when the fact is about all of them
    std::string host;         // a label in that environment
    std::string target;       // a foreign domain name, absolute
    friend auto operator<=>(const Spot&, const Spot&) = default;
};

class Places {
public:
    /// Takes in what all facts say. `taken`: labels that hosts must not have, because services or
    /// applications have them.
    Places(const Imported& imported, const PlanTerms& terms, const std::set<std::string>& taken,
           registry::Findings& findings);

    [[nodiscard]] Spot spot_of(const ImportedPort& port) const;
    [[nodiscard]] const registry::Environments& environments() const noexcept { return plans_; }

private:
    struct HostFacts {
        std::string name;  // as the file has it; "" for an address alone
        std::vector<registry::Address> addresses;
        registry::Place place;
        std::string label;  // "" when it has no address
    };
    struct EnvironmentFacts {
        std::string name;
        std::vector<HostFacts> hosts;
        std::map<std::string, std::size_t> host_at;  // by name
        std::map<registry::Address, std::size_t> host_by_address;
        std::optional<registry::Placed<registry::Address>> group;
        registry::Place place;
    };
    [[nodiscard]] std::string name_of_environment(const ImportedPort& port) const;
    void learn(const ImportedPort& port);
    void learn_host(EnvironmentFacts& environment, const ImportedPort& port);
    void name_hosts(EnvironmentFacts& environment, const std::set<std::string>& taken);
    void tell(const registry::Place& place, std::string rule, std::string message,
              std::string cure);

    const Imported& imported_;
    const PlanTerms& terms_;
    registry::Findings& findings_;
    Labels labels_;
    std::map<std::string, std::size_t> environment_at_;  // by the name in the file
    std::vector<EnvironmentFacts> known_;
    registry::Environments plans_;
};

}  // namespace portolan::desk
