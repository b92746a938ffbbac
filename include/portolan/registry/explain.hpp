// What a plan, and what was said since, says of a number or of a name: every true statement, as
// values and as sentences.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "portolan/registry/meaning.hpp"
#include "portolan/registry/port_map.hpp"
#include "portolan/registry/port_query.hpp"
#include "portolan/registry/services.hpp"

namespace portolan::registry {

/// Something worth knowing about the number itself; the form of a finding without a place.
struct Remark {
    Severity severity = Severity::note;
    std::string rule;
    std::string message;
    std::string cure;
};

/// Something of the plan that an explanation rests on: who to ask, and where it is written.
struct Source {
    std::string name;
    const About* about = nullptr;
    Place place;
};

/// Explanations point into the Registry, which must outlive them.
struct Explanation {
    const Plan* plan = nullptr;
    const Live* live = nullptr;
    unsigned port = 0;
    std::optional<Protocol> protocol;          // when only one was asked for
    const Environment* environment = nullptr;  // the same
    std::vector<Meaning> at;                   // the hosts that were asked for; empty: all
    std::vector<Claim> claims;                 // by the convention
    std::optional<Reading> reading;            // how the pattern reads the number, claimed or not
    std::vector<NamedUse> named;               // by the registry
    std::vector<Claim> other_claims;           // in protocols that were not asked for
    std::vector<NamedUse> other_named;
    std::vector<const Range*> ranges;  // that hold it
    bool dynamic = false;              // within `dynamic:`
    std::vector<Service> holders;      // in each environment; endpoints at this number only
    std::vector<Service> announced;    // the same of those that took the number by themselves
    std::vector<Remark> remarks;

    [[nodiscard]] Registry registry() const { return {*plan, *live}; }
    [[nodiscard]] bool is_assigned() const noexcept {
        return !claims.empty() || !named.empty() || !announced.empty();
    }
    /// Whether this plan has more to say than "not mine".
    [[nodiscard]] bool speaks() const noexcept {
        return is_assigned() || !ranges.empty() || dynamic || !other_claims.empty() ||
               !other_named.empty();
    }
};

/// Where alone a number is asked for: in one environment, at some of the hosts.
struct Where {
    const Environment* environment = nullptr;
    std::vector<Meaning> at{};  // hosts
};

/// `port` 0-65535. With a protocol, what uses another one is told apart.
Explanation explain(const Registry& registry, unsigned port, std::optional<Protocol> protocol = {},
                    const Where& where = {});

/// Who has the number and why: at least one sentence, each true.
std::vector<std::string> statements(const Explanation& explanation);

/// "40805 = 4 (instance) 08 (oxygen) 05 (snmp)"; "" when the convention cannot read the number.
std::string arithmetic(const Explanation& explanation);

std::vector<Source> sources(const Explanation& explanation);

/// What the plan says of one of its names.
struct NameExplanation {
    const Plan* plan = nullptr;
    const Live* live = nullptr;
    Meaning meaning;
    std::vector<PortAnswer> ports;  // the numbers that go with it, placed or not
    std::vector<Service> holders;   // what serves, and where; without endpoints: nothing does
    bool is_cut = false;            // there are more ports or endpoints than this
    std::vector<Remark> remarks;    // on the ports of a service
    [[nodiscard]] Registry registry() const { return {*plan, *live}; }
};

/// At most so many endpoints are told, and so many ports: a question costs no more in a plan of a
/// million.
inline constexpr std::size_t explained_endpoints = 1000;

NameExplanation explain(const Registry& registry, const Meaning& meaning);
std::vector<std::string> statements(const NameExplanation& explanation);
std::vector<Source> sources(const NameExplanation& explanation);

/// "10104 = 1 (instance) 01 (hydrogen) 04 (ajp)"; "" where the convention cannot read it.
std::string arithmetic(const Plan& plan, unsigned port);

}  // namespace portolan::registry
