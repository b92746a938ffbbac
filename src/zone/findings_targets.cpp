// Where SRV, NS and MX point: never at aliases, inside the zone at names that have addresses.
#include <fmt/format.h>

#include <optional>

#include "name_space.hpp"

namespace portolan::zone {
namespace {

using registry::Severity;

/// True when a wildcard, a delegation or a DNAME above the name may supply what is not written.
bool may_be_elsewhere(const NameSpace& space, dns::NameView name) {
    const dns::NameView apex = space.plan().zone.value;
    while (name != apex) {
        name = name.parent();
        dns::Name wildcard(name);
        if (wildcard.prepend("*") && space.has_wildcard(wildcard)) return true;
        if (space.find(name, dns::Type::dname)) return true;
        if (name != apex && space.find(name, dns::Type::ns)) return true;
    }
    return false;
}

/// RFC 2782: the target "MUST NOT be an alias"; RFC 2181 10.3 says it of NS and MX.
void check_target(const NameSpace& space, dns::NameView owner, const Claim& claim,
                  dns::NameView target, registry::Findings& findings) {
    if (target.is_root()) return;  // "not available here"
    const std::string type = to_string(claim.rrset->type());
    if (!target.is_at_or_below(space.plan().zone.value)) {
        if (claim.rrset->type() != dns::Type::srv) return;  // foreign NS and MX are ordinary
        findings.push_back(space.finding(
            Severity::note, "foreign-target", claim,
            fmt::format("{} {} points at {}, outside the zone: its addresses cannot be checked "
                        "or sent along",
                        shown(owner), type, shown(target)),
            ""));
        return;
    }
    if (const auto alias = space.find(target, dns::Type::cname)) {
        findings.push_back(
            space.finding(Severity::error, "alias-target", claim,
                          fmt::format("{} {} points at {}, which is an alias (CNAME at {})",
                                      shown(owner), type, shown(target), space.place_of(*alias)),
                          "Point it at the name that has the addresses."));
        return;
    }
    if (space.has_address(target) || may_be_elsewhere(space, target)) return;
    findings.push_back(space.finding(Severity::warning, "target-without-address", claim,
                                     fmt::format("{} {} points at {}, which has no A or AAAA",
                                                 shown(owner), type, shown(target)),
                                     "Give the target an address, or point elsewhere."));
}

/// HOST of a name `_mongodb._tcp.HOST`; nullopt for other names.
std::optional<dns::NameView> mongodb_host(dns::NameView owner) {
    static const dns::OctetView service = [] {
        static constexpr std::uint8_t label[] = {'_', 'm', 'o', 'n', 'g', 'o', 'd', 'b'};
        return dns::OctetView(label);
    }();
    if (owner.label_count() < 4) return std::nullopt;
    dns::Name wanted(owner.parent());
    if (!wanted.prepend(service) || wanted.view() != owner) return std::nullopt;
    return owner.parent().parent();
}

/// Drivers refuse targets that do not lie below HOST without its first label (MongoDB's
/// "Initial DNS Seedlist Discovery").
void check_mongodb(const NameSpace& space, dns::NameView owner, const Claim& claim,
                   registry::Findings& findings) {
    const auto host = mongodb_host(owner);
    if (!host || claim.rrset->type() != dns::Type::srv) return;
    for (const dns::OctetView rdata : *claim.rrset) {
        const dns::NameView target(rdata.subspan(6));
        if (target.is_at_or_below(host->parent())) continue;
        findings.push_back(space.finding(
            Severity::warning, "mongodb-target", claim,
            fmt::format("{} points at {}: MongoDB drivers refuse targets that are not below {}",
                        shown(owner), shown(target), shown(host->parent())),
            "Declare the host in this environment, and point at it."));
    }
}

}  // namespace

std::optional<dns::NameView> target_of(dns::Type type, dns::OctetView rdata) {
    switch (type) {
        case dns::Type::ns:
            return dns::NameView(rdata);
        case dns::Type::mx:
            return dns::NameView(rdata.subspan(2));
        case dns::Type::srv:
            return dns::NameView(rdata.subspan(6));
        default:
            return std::nullopt;
    }
}

bool is_doubtful(const NameSpace& space, dns::Type type, dns::NameView target) {
    if (target.is_root()) return false;
    if (!target.is_at_or_below(space.plan().zone.value)) return type == dns::Type::srv;
    return space.find(target, dns::Type::cname) || !space.has_address(target);
}

bool is_mongodb(dns::NameView owner) { return mongodb_host(owner).has_value(); }

void check_targets(const NameSpace& space, registry::Findings& findings) {
    for (const auto& [owner, claims] : space.claims()) {
        for (const auto& claim : claims) {
            for (const dns::OctetView rdata : *claim.rrset) {
                const auto target = target_of(claim.rrset->type(), rdata);
                if (target) check_target(space, owner, claim, *target, findings);
            }
            check_mongodb(space, owner, claim, findings);
        }
    }
}

}  // namespace portolan::zone
