// From imported facts to a plan that `portolan check` accepts.
//
// The facts become a Plan in memory whose places are those of the imported files. The same findings
// judge it that judge every plan; a service or host that has an error is taken out again, and the
// error, which now points into the imported file, says why. What is left is printed.
#pragma once

#include <string>

#include "portolan/desk/imported.hpp"

namespace portolan::desk {

/// What no file says and every plan needs.
struct PlanTerms {
    std::string zone = "svc.corp.example";
    std::string environment = "main";  // of hosts whose file names none
    bool infer = false;                // look for a convention (`application`, `type`, `instance`)
};

struct WrittenPlan {
    std::string text;             // YAML, or "" when nothing is left to write
    registry::Findings findings;  // what was left out or renamed, and why
};

/// The plan of the facts.
WrittenPlan write_plan(const Imported& imported, const PlanTerms& terms);

/// Takes out what `check` would refuse, until it refuses nothing, and prints the rest. Places of
/// the plan point into its `files`; its services, hosts, applications and types are touched.
WrittenPlan write_checked(registry::Plan plan);

/// A plan in its own language: zone, name servers, convention, registry and environments; not what
/// imports never find (health, transfer, dnssec, …).
std::string to_yaml(const registry::Plan& plan);

}  // namespace portolan::desk
