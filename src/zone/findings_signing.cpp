// Signing: what a zone that this server signs must not bring along, and TTLs beside the times of
// signatures.
#include <fmt/format.h>

#include <algorithm>

#include "name_space.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/zone/findings.hpp"

namespace portolan::zone {
namespace {

using registry::Severity;

/// What signing makes itself. DS belongs to delegations, and is signed like other data.
constexpr bool is_made_by_signing(dns::Type type) noexcept {
    switch (type) {
        case dns::Type::rrsig:
        case dns::Type::nsec:
        case dns::Type::nsec3:
        case dns::Type::nsec3param:
        case dns::Type::dnskey:
        case dns::Type::cds:
        case dns::Type::cdnskey:
            return true;
        default:
            return false;
    }
}

/// One finding for all of them: a signed file has thousands.
void check_not_signed(const Records& records, registry::Findings& findings) {
    for (const auto set : records) {
        if (!is_made_by_signing(set.rrset->type())) continue;
        const auto at = records.place(set);
        findings.push_back(
            {Severity::error, "signed-twice", at.file, at.line, 0,
             fmt::format("{} has a {}, which a zone under dnssec: makes itself", shown(set.owner),
                         to_string(set.rrset->type())),
             "Give the file without DNSSEC records; or take dnssec: away, and it is served as it "
             "is signed."});
        return;
    }
}

void note_serial(const registry::Plan& plan, registry::Findings& findings) {
    if (!plan.is_master_file_only()) return;
    findings.push_back(plan.finding(
        Severity::note, "own-serial", plan.dnssec->place,
        "signing changes the zone more often than its master file, so the serials served are "
        "portolan's own, from the file's onwards",
        ""));
}

/// A resolver may keep a record as long as its TTL, but not beyond its signature (RFC 4035 5.3.3);
/// RFC 6781 4.4.2 wants the TTL to decide.
void check_ttl(const registry::Plan& plan, const Records& records, registry::Findings& findings) {
    const dns::Ttl longest = longest_ttl(plan, records);
    if (longest.seconds <= plan.dnssec->refresh) return;
    findings.push_back(plan.finding(
        Severity::warning, "dnssec-ttl", plan.dnssec->place,
        fmt::format("a TTL of {} s is longer than the {} s that a signature has left when it is "
                    "renewed, so caches drop records before their time",
                    longest.seconds, plan.dnssec->refresh),
        "Let refresh: be longer than every TTL."));
}

}  // namespace

dns::Ttl longest_ttl(const registry::Plan& plan, const Records& records) {
    std::uint32_t longest = 0;
    for (const auto set : records) longest = std::max(longest, set.rrset->ttl().seconds);
    if (plan.is_master_file_only()) return dns::Ttl{longest};
    longest = std::max(
        {longest, plan.ttls.service, plan.ttls.host, plan.ttls.infrastructure, plan.ttls.negative});
    for (const auto& environment : plan.environments) {
        for (const auto& each : environment.overrides) {
            longest = std::max(longest, each.ttl.value_or(0));
        }
    }
    return dns::Ttl{longest};
}

registry::Findings check_signing(const registry::Plan& plan, const Records& records) {
    registry::Findings findings;
    if (!plan.dnssec) return findings;
    check_not_signed(records, findings);
    check_ttl(plan, records, findings);
    note_serial(plan, findings);
    return findings;
}

}  // namespace portolan::zone
