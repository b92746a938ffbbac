// What a plan says of one number: every true statement, as values and as sentences.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "portolan/registry/port_map.hpp"
#include "portolan/registry/services.hpp"

namespace portolan::registry {

/// Something worth knowing about the number itself; the form of a finding without a place.
struct Remark {
    Severity severity = Severity::note;
    std::string rule;
    std::string message;
    std::string cure;
};

/// Points into the Plan, which must outlive it.
struct Explanation {
    const Plan* plan = nullptr;
    unsigned port = 0;
    std::optional<Protocol> protocol;  // when only one was asked for
    std::vector<Claim> claims;         // by the convention
    std::optional<Reading> reading;    // how the pattern takes the number apart, claimed or not
    std::vector<NamedUse> named;       // by the registry
    std::vector<Claim> other_claims;   // in protocols that were not asked for
    std::vector<NamedUse> other_named;
    std::vector<const Range*> ranges;  // that hold it
    bool dynamic = false;              // within `dynamic:`
    std::vector<Service> holders;      // in each environment; endpoints at this number only
    std::vector<Remark> remarks;

    [[nodiscard]] bool is_assigned() const noexcept { return !claims.empty() || !named.empty(); }
    /// Whether this plan has more to say than "not mine".
    [[nodiscard]] bool speaks() const noexcept {
        return is_assigned() || !ranges.empty() || dynamic || !other_claims.empty() ||
               !other_named.empty();
    }
};

/// `port` 0-65535. With a protocol, what uses another one is told apart.
Explanation explain(const Plan& plan, unsigned port, std::optional<Protocol> protocol = {});

/// Who has the number and why: at least one sentence, each true.
std::vector<std::string> statements(const Explanation& explanation);

/// "40805 = 4 (instance) 08 (oxygen) 05 (snmp)"; "" when the convention cannot read the number.
std::string arithmetic(const Explanation& explanation);

}  // namespace portolan::registry
