#include "portolan/zone/findings.hpp"

#include <fmt/format.h>

#include "name_space.hpp"
#include "suspects.hpp"

namespace portolan::zone {
namespace {

using registry::Severity;

registry::Finding at_zone(const NameSpace& space, std::string rule, std::string message,
                          std::string cure) {
    return space.plan().finding(Severity::error, std::move(rule), space.plan().zone.place,
                                std::move(message), std::move(cure));
}

}  // namespace

/// An ordinary zone brings its own SOA and NS; a derived one has both from the plan, whose reader
/// demands name servers with addresses.
void check_apex(const NameSpace& space, registry::Findings& findings) {
    if (!space.plan().is_master_file_only()) return;
    for (const dns::Type type : {dns::Type::soa, dns::Type::ns}) {
        const dns::NameView apex = space.plan().zone.value;
        if (space.find(apex, type)) continue;
        findings.push_back(at_zone(
            space, type == dns::Type::soa ? "no-soa" : "no-ns",
            fmt::format("the master file has no {} at {}", to_string(type), shown(apex)),
            "Add it to the master file, or declare nameservers: in the plan, which then makes "
            "both."));
    }
}

void run_in_turn(std::size_t count, const std::function<void(std::size_t)>& work) {
    for (std::size_t i = 0; i < count; ++i) work(i);
}

registry::Findings check_names(const registry::Plan& plan, const Records& records, const Run& run) {
    return check_names(Suspects(plan, records, run));
}

registry::Findings check_names(const NameSpace& space) {
    registry::Findings findings;
    check_apex(space, findings);
    check_label_spaces(space, findings);
    check_claims(space, findings);
    check_lengths(space, findings);
    check_targets(space, findings);
    check_sizes(space, findings);
    check_browsing(space, findings);
    return findings;
}

}  // namespace portolan::zone
