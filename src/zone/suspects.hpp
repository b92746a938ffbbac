// The claims that may deserve a finding, picked out of millions.
//
// No two environments share an owner, so clashes are looked for in one environment at a time, by
// hashes of its owners, and its units are forgotten before the next one's are listed. Only the
// apex, published owners and the master file reach across; they are found in one index of four
// octets an entry. What a hash or a bound on a size cannot clear of suspicion becomes a Claim, with
// its set and its words, and the checks decide. To suspect too much costs time and nothing else.
#pragma once

#include <unordered_set>

#include "name_space.hpp"

namespace portolan::zone {

/// Finds by owner what is claimed outside the environments.
class OwnerIndex {
public:
    static constexpr std::uint32_t none = 0xffffffff;

    explicit OwnerIndex(std::size_t most);
    void add(std::uint64_t hash, std::uint32_t claim) noexcept;
    /// The first claim added with a hash like this one that `is_wanted`; or none.
    template <class IsWanted>
    [[nodiscard]] std::uint32_t find(std::uint64_t hash, const IsWanted& is_wanted) const {
        for (std::size_t at = hash & mask_; slots_[at] != none; at = (at + 1) & mask_) {
            if (is_wanted(slots_[at])) return slots_[at];
        }
        return none;
    }

private:
    std::size_t mask_;
    std::vector<std::uint32_t> slots_;
};

class Suspects : public NameSpace {
public:
    /// Plan and records must outlive this.
    Suspects(const registry::Plan& plan, const Records& records, const Run& run);

    [[nodiscard]] std::optional<Claim> find(dns::NameView owner, dns::Type type) const override;
    [[nodiscard]] bool has_wildcard(dns::NameView owner) const override;
    [[nodiscard]] bool has_address(dns::NameView owner) const override;

private:
    struct Owned {
        dns::PackedName owner;
        Claim claim;
    };
    using OwnedClaims = std::vector<Owned>;

    void index_records();
    [[nodiscard]] bool is_doubtful(const Records::Set& record) const;
    void claim(const OwnedClaims& claims);
    void claim_records();

    [[nodiscard]] dns::NameView owner_of(std::uint32_t claim) const;
    [[nodiscard]] const dns::Rrset& set_of(std::uint32_t claim) const;
    [[nodiscard]] Claim claim_of(const Records::Set& record) const;
    [[nodiscard]] bool meets_others(dns::NameView owner) const;
    [[nodiscard]] bool takes_all_below(dns::Type type, dns::NameView owner) const;
    friend class EnvironmentScan;

    OwnedClaims own_;  // of the apex, then published
    const Records& records_;
    OwnerIndex index_;                           // own_, then records_
    bool has_cuts_ = false;                      // delegations or DNAMEs among the records
    std::unordered_set<std::string> labels_;     // directly below the apex, with such claims
    std::unordered_set<std::uint64_t> claimed_;  // hashes of the owners in claims()
};

}  // namespace portolan::zone
