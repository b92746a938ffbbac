#include "portolan/sign/signing.hpp"

#include <cstring>
#include <utility>

#include "node.hpp"
#include "portolan/sign/ds.hpp"

namespace portolan::sign {
namespace {

constexpr std::uint32_t clock_tolerance = 3600;  // of those whose clocks are behind: an hour
constexpr std::size_t nodes_at_once = 64;        // for one thread's turn

/// The order of times that wrap (RFC 4034 3.1.5).
bool is_later(std::uint32_t a, std::uint32_t b) noexcept { return dns::Serial{a} > dns::Serial{b}; }

std::vector<dns::Octets> rdatas_of(const dns::Rrset& set) {
    std::vector<dns::Octets> rdatas;
    for (const dns::OctetView rdata : set) rdatas.emplace_back(rdata.begin(), rdata.end());
    return rdatas;
}

/// The set of RRSIG records, each of which has the TTL of what it covers (dns/rrset.hpp).
dns::RrsetPtr rrsig_set(const std::vector<dns::Octets>& rdatas) {
    return rdatas.empty() ? nullptr : dns::make_rrset(dns::Type::rrsig, dns::Ttl{}, rdatas);
}

bool covers_soa(const dns::Octets& rrsig) noexcept {
    return read_rrsig(rrsig).covered == dns::Type::soa;
}

void keep_soa_signatures(const Sets& sets, std::vector<dns::Octets>& rrsigs) {
    const auto* signatures = find_set(sets, dns::Type::rrsig);
    if (signatures == nullptr) return;
    std::ranges::copy_if(rdatas_of(**signatures), std::back_inserter(rrsigs), covers_soa);
}

bool is_same(const dns::RrsetPtr& a, const dns::RrsetPtr& b) noexcept {
    return a == b || (a != nullptr && b != nullptr && *a == *b);
}

}  // namespace

bool is_made_here(dns::Type type) noexcept {
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

bool are_by_themselves(std::span<const zone::Change> changes, dns::NameView apex) noexcept {
    return std::ranges::none_of(changes, [apex](const zone::Change& change) {
        return change.type == dns::Type::dname ||
               (change.type == dns::Type::ns && change.owner.view() != apex);
    });
}

// --- what is remembered -------------------------------------------------------------------------

std::size_t Remembered::Hash::operator()(const Digest& digest) const noexcept {
    std::size_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    return hash;
}

void Remembered::add(const Digest& digest, dns::Octets rrsig) {
    rrsigs_.emplace(digest, std::move(rrsig));
}

dns::OctetView Remembered::find(const Digest& digest, const Key& key) const noexcept {
    // The last one made by that key: it lasts longest.
    dns::OctetView found;
    const auto [first, last] = rrsigs_.equal_range(digest);
    for (auto at = first; at != last; ++at) {
        if (!is_by(read_rrsig(at->second), key)) continue;
        const bool is_longer = found.empty() || is_later(read_rrsig(at->second).window.expiration,
                                                         read_rrsig(found).window.expiration);
        if (is_longer) found = at->second;
    }
    return found;
}

// --- signing ------------------------------------------------------------------------------------

Signer::Signer(const Terms& terms, std::uint32_t now, const Remembered& remembered, zone::Run run)
    : terms_(terms), now_(now), remembered_(remembered), run_(std::move(run)),
      ring_(terms.policy.denial, terms.apex, terms.negative) {}

/// It has begun by this clock, which may have been set back, and does not end soon.
bool Signer::may_stay(dns::OctetView rrsig) const noexcept {
    const Window window = read_rrsig(rrsig).window;
    return !is_later(window.inception, now_) &&
           is_later(window.expiration, now_ + terms_.policy.refresh);
}

/// Signatures that are made together do not end together, so that renewing them is no burst: each
/// is up to a tenth shorter, as its content has it.
Window Signer::window(const Digest& digest) const noexcept {
    std::uint32_t chance = 0;
    std::memcpy(&chance, digest.data(), sizeof chance);
    const std::uint32_t validity = terms_.policy.validity;
    return {now_ - clock_tolerance, now_ + validity - chance % (validity / 10 + 1)};
}

const std::vector<KeyPtr>& Signer::signers_of(dns::Type type) const noexcept {
    const bool is_of_keys =
        type == dns::Type::dnskey || type == dns::Type::cds || type == dns::Type::cdnskey;
    return is_of_keys ? terms_.roles.key_signers : terms_.roles.zone_signers;
}

/// Adds the set's signatures: those that it has and that may stay, or that are remembered, or new.
void Signer::sign_set(const Node& node, const dns::RrsetPtr& set, std::vector<dns::Octets>& rrsigs,
                      std::vector<Made>& made) const {
    const auto* stood = find_set(node.before, set->type());
    const auto* signatures = find_set(node.before, dns::Type::rrsig);
    const bool is_unchanged = stood != nullptr && is_same(*stood, set) && signatures != nullptr;
    const auto standing = [&](const Key& key) -> dns::OctetView {
        if (!is_unchanged) return {};
        for (const dns::OctetView rdata : **signatures) {
            const Rrsig rrsig = read_rrsig(rdata);
            if (rrsig.covered == set->type() && is_by(rrsig, key) && may_stay(rdata)) return rdata;
        }
        return {};
    };
    dns::Octets canonical;
    for (const auto& key : signers_of(set->type())) {
        if (const auto rrsig = standing(*key); !rrsig.empty()) {
            rrsigs.emplace_back(rrsig.begin(), rrsig.end());
            continue;
        }
        if (canonical.empty()) canonical = canonical_set(node.owner, *set);
        const Digest digest = digest_of(canonical);
        const auto rrsig = remembered_.find(digest, *key);
        if (!rrsig.empty() && may_stay(rrsig)) {
            rrsigs.emplace_back(rrsig.begin(), rrsig.end());
            continue;
        }
        rrsigs.push_back(
            make_rrsig(node.owner, *set, canonical, terms_.apex, *key, window(digest)));
        made.push_back({digest, rrsigs.back()});
    }
}

/// The SOA keeps its signatures until `seal`.
void Signer::sign_node(Node& node, std::vector<Made>& made) const {
    drop_set(node.after, dns::Type::rrsig);
    if (node.is_occluded || !terms_.roles.is_signed()) return;
    std::vector<dns::Octets> rrsigs;
    for (const auto& set : node.after) {
        const dns::Type type = set->type();
        const bool is_parents = type == dns::Type::ds || type == dns::Type::nsec;
        if (node.is_cut && !is_parents) continue;
        if (type == dns::Type::soa) {
            keep_soa_signatures(node.before, rrsigs);
        } else {
            sign_set(node, set, rrsigs, made);
        }
    }
    if (auto set = rrsig_set(rrsigs)) put_set(node.after, std::move(set));
}

namespace {

void tell_changes(const dns::PackedName& owner, const Sets& before, const Sets& after,
                  std::vector<zone::Change>& changes) {
    const auto tell = [&](dns::Type type, const dns::RrsetPtr& a, const dns::RrsetPtr& b) {
        // The SOA is told of when it is sealed.
        if (type != dns::Type::soa && !is_same(a, b)) changes.push_back({owner, type, a, b});
    };
    auto a = before.begin();
    auto b = after.begin();
    while (a != before.end() || b != after.end()) {
        if (b == after.end() || (a != before.end() && (*a)->type() < (*b)->type())) {
            tell((*a)->type(), *a, nullptr);
            ++a;
        } else if (a == before.end() || (*b)->type() < (*a)->type()) {
            tell((*b)->type(), nullptr, *b);
            ++b;
        } else {
            tell((*a)->type(), *a, *b);
            ++a, ++b;
        }
    }
}

}  // namespace

Signed Signer::finish(std::vector<Node> nodes) const {
    std::ranges::sort(nodes, [](const Node& a, const Node& b) { return a.owner < b.owner; });
    const std::size_t turns = (nodes.size() + nodes_at_once - 1) / nodes_at_once;
    std::vector<std::vector<Made>> made(turns);
    const auto sign_some = [&](std::size_t turn) {
        const std::size_t end = std::min(nodes.size(), (turn + 1) * nodes_at_once);
        for (std::size_t i = turn * nodes_at_once; i < end; ++i) sign_node(nodes[i], made[turn]);
    };
    if (turns == 1) {
        sign_some(0);
    } else {
        run_(turns, sign_some);
    }
    Signed result;
    for (const auto& node : nodes)
        tell_changes(node.owner, node.before, node.after, result.changes);
    for (auto& some : made) std::ranges::move(some, std::back_inserter(result.made));
    return result;
}

/// What the roles put at the apex.
Sets Signer::apex_sets() const {
    Sets sets;
    const Roles& roles = terms_.roles;
    if (!roles.is_signed()) return sets;
    std::vector<dns::Octets> dnskeys;
    std::vector<dns::Octets> cds;
    std::vector<dns::Octets> cdnskeys;
    for (const auto& key : roles.published) {
        dnskeys.emplace_back(key->dnskey().begin(), key->dnskey().end());
    }
    for (const auto& key : roles.wanted) {
        cds.push_back(ds_of(terms_.apex, key->dnskey()));
        cdnskeys.emplace_back(key->dnskey().begin(), key->dnskey().end());
    }
    if (roles.withdraws) {
        cds.push_back(cds_delete());
        cdnskeys.push_back(cdnskey_delete());
    }
    const auto add = [&](dns::Type type, const std::vector<dns::Octets>& rdatas) {
        if (!rdatas.empty()) put_set(sets, dns::make_rrset(type, terms_.key_ttl, rdatas));
    };
    add(dns::Type::dnskey, dnskeys);
    add(dns::Type::cds, cds);
    add(dns::Type::cdnskey, cdnskeys);
    if (auto parameters = ring_.parameters()) put_set(sets, std::move(parameters));
    return sets;
}

bool Signer::wants_renewal(const Sets& sets) const noexcept {
    const auto* signatures = find_set(sets, dns::Type::rrsig);
    if (signatures == nullptr) return false;
    return std::ranges::any_of(**signatures,
                               [this](dns::OctetView rdata) { return !may_stay(rdata); });
}

Signed Signer::renew(const Standing& standing, std::span<const dns::PackedName> owners) const {
    std::vector<Node> nodes;
    for (const auto& owner : owners) {
        Node node{owner, standing.at(owner), {}, false, false};
        if (node.before.empty()) node.before = standing.at_hashed(owner);
        node.after = node.before;
        node.is_cut = is_cut_of(node.after, owner, terms_.apex);
        nodes.push_back(std::move(node));
    }
    return finish(std::move(nodes));
}

void Signer::seal(Signed& signed_zone, const Standing& standing, const dns::RrsetPtr& soa) const {
    const Sets stood = standing.at(terms_.apex);
    Node apex{terms_.apex, stood, stood, false, false};
    auto& changes = signed_zone.changes;
    for (const auto& change : changes) {
        if (change.owner == terms_.apex) apply(apex.after, change);
    }
    std::erase_if(changes,
                  [this](const zone::Change& change) { return change.owner == terms_.apex; });
    std::vector<dns::Octets> rrsigs;
    if (const auto* others = find_set(apex.after, dns::Type::rrsig)) {
        rrsigs = rdatas_of(**others);
        std::erase_if(rrsigs, covers_soa);
    }
    sign_set(apex, soa, rrsigs, signed_zone.made);
    drop_set(apex.after, dns::Type::rrsig);
    if (auto set = rrsig_set(rrsigs)) put_set(apex.after, std::move(set));
    std::vector<zone::Change> at_apex;
    tell_changes(apex.owner, apex.before, apex.after, at_apex);
    const auto* old_soa = find_set(stood, dns::Type::soa);
    at_apex.push_back({apex.owner, dns::Type::soa, old_soa == nullptr ? nullptr : *old_soa, soa});
    std::ranges::sort(at_apex, {}, &zone::Change::type);
    // The apex comes before all names below it (RFC 4034 6.1).
    changes.insert(changes.begin(), at_apex.begin(), at_apex.end());
}

bool operator==(const Signer::Terms& a, const Signer::Terms& b) {
    return a.apex == b.apex && a.roles == b.roles && a.policy.denial == b.policy.denial &&
           a.key_ttl == b.key_ttl && a.negative == b.negative;
}

}  // namespace portolan::sign
