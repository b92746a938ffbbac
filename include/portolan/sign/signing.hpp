// From a zone to a signed zone, and from a change to what it changes in the signed one.
//
// A signed zone is the zone that was derived, and beside it what DNSSEC adds: keys at the apex
// (DNSKEY, CDS, CDNSKEY, NSEC3PARAM), a ring of denial (sign/denial.hpp), and over each set that
// the zone has authority for (RFC 4035 2.2) a signature by each key whose role it is. All of these
// are sets like others; whoever publishes, journals or transfers a zone need not know of DNSSEC.
//
//     sign_all       the whole zone: at the start, when keys or the way of denial change, or when
//                    a delegation comes or goes, which speaks for all names below
//     sign_changes   a change: its own sets, the ring where names come and go, nothing else
//     renew          signatures that will not last
//
// Each looks at the zone as it stands and says what must change in it. What stands and is still
// right stays: a signature lives on with its set until it is close to its end, so `sign_all` of a
// signed zone makes none anew. The two ways agree, which a property test sees to.
//
// The SOA comes last, since its serial is chosen by what all else comes to (app/serials.hpp):
// `seal` adds it, and its signatures.
//
// Making signatures is nearly all of the cost, 20 microseconds each; so they are made on several
// threads where there are many.
#pragma once

#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

#include "portolan/sign/denial.hpp"
#include "portolan/sign/roles.hpp"
#include "portolan/sign/rrsig.hpp"
#include "portolan/zone/diff.hpp"
#include "portolan/zone/findings.hpp"

namespace portolan::sign {

/// Sets of one owner, by rising type.
using Sets = std::vector<dns::RrsetPtr>;

/// The zone as it stands, signed or not yet.
class Standing {
public:
    virtual ~Standing() = default;
    /// Calls for each name that holds sets, in any order. Not for places of hashes.
    virtual void for_each(const std::function<void(dns::NameView, const Sets&)>& visit) const = 0;
    /// Calls for each place of the ring, when that has places of its own (NSEC3).
    virtual void for_each_hashed(
        const std::function<void(dns::NameView, const Sets&)>& visit) const = 0;
    /// What a name holds; nothing when it does not exist.
    [[nodiscard]] virtual Sets at(dns::NameView owner) const = 0;
    /// The same of a place of hashes.
    [[nodiscard]] virtual Sets at_hashed(dns::NameView place) const = 0;
    /// Existing names one label below.
    [[nodiscard]] virtual std::size_t children(dns::NameView owner) const = 0;
    /// Whether a name, existing or not, is below a zone cut or a DNAME.
    [[nodiscard]] virtual bool is_occluded(dns::NameView owner) const = 0;
    /// The last place in the ring before that one; the first follows the last.
    [[nodiscard]] virtual dns::Name place_before(dns::NameView place) const = 0;
};

/// Signatures that were made once, by what they sign.
class Remembered {
public:
    void add(const Digest& digest, dns::Octets rrsig);
    [[nodiscard]] bool empty() const noexcept { return rrsigs_.empty(); }
    /// RRSIG RDATA over that content by that key; empty when there is none.
    [[nodiscard]] dns::OctetView find(const Digest& digest, const Key& key) const noexcept;

private:
    struct Hash {
        std::size_t operator()(const Digest& digest) const noexcept;
    };
    std::unordered_multimap<Digest, dns::Octets, Hash> rrsigs_;
};

/// A signature, with the content that it is to be remembered by.
struct Made {
    Digest digest;
    dns::Octets rrsig;
};

/// What is to change in the zone.
struct Signed {
    std::vector<zone::Change> changes;  // canonical order of owners, then by type
    std::vector<Made> made;             // signatures that were not there before
};

/// Signs one zone at one moment.
class Signer {
public:
    struct Terms {
        dns::PackedName apex;
        Roles roles;
        registry::Dnssec policy;
        dns::Ttl key_ttl;   // of DNSKEY, CDS and CDNSKEY
        dns::Ttl negative;  // of negative answers
        /// Whether what is signed under the one is as it should be under the other.
        friend bool operator==(const Terms&, const Terms&);
    };

    /// `now` in seconds since 1970. All that is referred to must outlive the signer.
    Signer(const Terms& terms, std::uint32_t now, const Remembered& remembered,
           zone::Run run = zone::run_in_turn);

    /// Signs the zone that stands, with `changes` upon it.
    [[nodiscard]] Signed sign_all(const Standing& standing,
                                  std::span<const zone::Change> changes) const;
    /// The same for a zone that stands signed under the same terms.
    [[nodiscard]] Signed sign_changes(const Standing& standing,
                                      std::span<const zone::Change> changes) const;
    /// Whether the owner holds a signature that has to be made anew.
    [[nodiscard]] bool wants_renewal(const Sets& sets) const noexcept;
    /// Renews the signatures of those owners; of places of hashes when `are_hashed`.
    [[nodiscard]] Signed renew(const Standing& standing,
                               std::span<const dns::PackedName> owners) const;
    /// Adds the SOA that the changes lead to.
    void seal(Signed& signed_zone, const Standing& standing, const dns::RrsetPtr& soa) const;

private:
    struct Node;
    class Whole;  // sign_all at work
    class Step;   // sign_changes at work

    [[nodiscard]] bool may_stay(dns::OctetView rrsig) const noexcept;
    [[nodiscard]] Window window(const Digest& digest) const noexcept;
    [[nodiscard]] const std::vector<KeyPtr>& signers_of(dns::Type type) const noexcept;
    void sign_set(const Node& node, const dns::RrsetPtr& set, std::vector<dns::Octets>& rrsigs,
                  std::vector<Made>& made) const;
    void sign_node(Node& node, std::vector<Made>& made) const;
    [[nodiscard]] Signed finish(std::vector<Node> nodes) const;
    [[nodiscard]] Sets apex_sets() const;

    const Terms& terms_;
    std::uint32_t now_;
    const Remembered& remembered_;
    zone::Run run_;
    Ring ring_;
};

/// Whether the changes can be signed by themselves: none is of a zone cut or a DNAME.
bool are_by_themselves(std::span<const zone::Change> changes, dns::NameView apex) noexcept;

/// The type is made by signing: nothing else puts it into a zone that is signed here.
bool is_made_here(dns::Type type) noexcept;

}  // namespace portolan::sign
