// What every check on names looks at: who puts what at which owner.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "portolan/registry/finding.hpp"
#include "portolan/zone/findings.hpp"
#include "portolan/zone/units.hpp"

namespace portolan::zone {

/// One set at an owner, with where it was written. `file` is empty for what the plan itself says.
struct Claim {
    dns::RrsetPtr rrset;
    std::string what;
    registry::Place place;  // in the plan …
    std::string file;       // … or file and line of the master file
    std::uint32_t line = 0;
    [[nodiscard]] bool is_derived() const noexcept { return file.empty(); }
};

/// The claims of one plan and its master file. A large zone has millions, and nearly all of them
/// give no cause for a finding; so the checks see those alone that may (suspects.hpp), and ask
/// about the rest.
class NameSpace {
public:
    explicit NameSpace(const registry::Plan& plan) : plan_(plan) {}
    virtual ~NameSpace() = default;
    NameSpace(const NameSpace&) = delete;
    NameSpace& operator=(const NameSpace&) = delete;

    using Claims = std::map<dns::PackedName, std::vector<Claim>, dns::CanonicalOrder>;
    [[nodiscard]] const registry::Plan& plan() const noexcept { return plan_; }
    /// All claims that a finding may be about; where two are at one owner and may clash, both, in
    /// the order in which they are made.
    [[nodiscard]] const Claims& claims() const noexcept { return claims_; }

    /// The first claim on (owner, type) outside the environments, or nullopt.
    [[nodiscard]] virtual std::optional<Claim> find(dns::NameView owner, dns::Type type) const = 0;
    /// Whether a wildcard is claimed there.
    [[nodiscard]] virtual bool has_wildcard(dns::NameView owner) const = 0;
    /// Whether A or AAAA are claimed there, in an environment or elsewhere.
    [[nodiscard]] virtual bool has_address(dns::NameView owner) const = 0;

    /// A finding at the claim's place, and the place as text for other findings' messages.
    [[nodiscard]] registry::Finding finding(registry::Severity severity, std::string rule,
                                            const Claim& claim, std::string message,
                                            std::string cure) const;
    [[nodiscard]] std::string place_of(const Claim& claim) const;

protected:
    const registry::Plan& plan_;
    Claims claims_;
};

/// All findings on the names of one plan.
registry::Findings check_names(const NameSpace& space);

/// A name as findings show it: no final dot.
std::string shown(dns::NameView name);

void check_label_spaces(const NameSpace& space, registry::Findings& findings);
void check_claims(const NameSpace& space, registry::Findings& findings);
void check_apex(const NameSpace& space, registry::Findings& findings);
void check_lengths(const NameSpace& space, registry::Findings& findings);
void check_targets(const NameSpace& space, registry::Findings& findings);
void check_sizes(const NameSpace& space, registry::Findings& findings);
void check_browsing(const NameSpace& space, registry::Findings& findings);

/// RFC 6335 5.1, and RFC 6763 7 of the service types that browsers know.
inline constexpr std::size_t service_name_limit = 15;

// What makes a claim suspect; the checks say exactly what is wrong with it.

/// The name that a record points at; nullopt for types that point at none.
std::optional<dns::NameView> target_of(dns::Type type, dns::OctetView rdata);
/// Whether check_targets would have something to say of a target of that type.
bool is_doubtful(const NameSpace& space, dns::Type type, dns::NameView target);
/// Whether an owner is one whose targets MongoDB's drivers judge: `_mongodb._tcp.HOST`.
bool is_mongodb(dns::NameView owner);
/// Whether check_sizes may have something to say of an SRV set whose records take `body` octets.
bool is_large(dns::NameView owner, std::size_t body) noexcept;
/// The same of `count` PTR records: lists for browsing are at service labels, ports are not.
bool is_long_list(dns::NameView owner, std::size_t count, std::size_t body) noexcept;

}  // namespace portolan::zone
