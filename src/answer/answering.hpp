// Answering one good query from one zone: what find() says is written section by section, along
// the chain of aliases, with the addresses of the hosts that the answer points at.
#pragma once

#include <array>
#include <optional>

#include "portolan/answer/find.hpp"
#include "portolan/dns/query.hpp"
#include "proofs.hpp"
#include "reply.hpp"

namespace portolan::answer {

/// What an answer will most likely need, asked of memory while other queries were prepared. It is
/// a guess from the hashes of names: who uses it sees first whether it is right.
struct Likely {
    static constexpr std::size_t most_hosts = 16;

    const Record* record = nullptr;               // the name's
    const dns::Rrset* set = nullptr;              // the answer
    std::array<const Record*, most_hosts> hosts;  // of the set's first targets; nullptr: no guess

    /// The record, when it is the name's. The name's own hash may have led to another's.
    [[nodiscard]] static bool is_right(const Record* guess, dns::NameView name) noexcept {
        return guess != nullptr && guess->name().has_same_octets(name);
    }
};

/// CNAMEs and DNAMEs followed for one answer; loops end here too, with the chain so far.
inline constexpr unsigned alias_limit = 16;

/// Hosts whose signed addresses stand in Additional. Validating resolvers check all of these before
/// they answer: Unbound stalls over some tens of them. BIND adds those of 13, too.
inline constexpr std::size_t most_signed_hosts = 13;

class Answering {
public:
    /// `name` is the query's, `hash` its own; both go on to be those of each alias's target.
    Answering(const View& view, const Table& table, const dns::Query& query, dns::LowerName& name,
              std::uint64_t hash, const Likely& likely, Reply& reply) noexcept
        : view_(view), table_(table), query_(query), reply_(reply), name_(name), hash_(hash),
          likely_(likely) {}

    /// Writes the whole reply. With `as_denied` only names exist that the zone's denials, if it is
    /// signed, know of. False when the zone was changed meanwhile, so that the answer has
    /// no proof: then the reply is not finished, and the query wants to be answered anew.
    [[nodiscard]] bool run(bool as_denied) noexcept;

private:
    void write(const Positive& found) noexcept;
    void write(const NoData& found) noexcept;
    void write(const NxDomain& found) noexcept;
    void write(const Alias& found) noexcept;
    void write(const Substitution& found) noexcept;
    void write(const Referral& found) noexcept;

    void look_for_signatures() noexcept;
    [[nodiscard]] Lookup look_up_as_denied(const Record* record) const noexcept;
    bool answer(const Record& source, const dns::Rrset& rrset, std::size_t owner) noexcept;
    void negative(dns::Rcode rcode, ReplyClass reply_class) noexcept;
    void explain_missing() noexcept;
    void explain_empty() noexcept;
    bool write_delegation(const Record& cut, std::size_t owner) noexcept;

    Proofs& proofs() noexcept;
    void prove(bool is_proved) noexcept;
    void prove_expansion(const Source& source) noexcept;
    bool write_proofs() noexcept;
    bool write_proof(const Record& record, const dns::LowerName& question) noexcept;
    void follow(std::size_t offset, dns::NameView target) noexcept;
    [[nodiscard]] bool returns_to_chain(dns::NameView target) const noexcept;
    [[nodiscard]] bool is_written(const dns::Rrset* dname) const noexcept;
    bool substitute(const Substitution& found, dns::Name& target) const noexcept;

    void add_targets(const dns::Rrset& rrset, std::size_t start, bool glue) noexcept;
    [[nodiscard]] const Record* record_of_name() const noexcept;
    [[nodiscard]] const Record* host_of(dns::NameView target, std::uint64_t hash,
                                        const Record* guess) const noexcept;
    void add_addresses(const Record& host, std::size_t owner, bool glue) noexcept;
    void add_signed_addresses(const Record& host, std::size_t owner, bool glue) noexcept;
    bool is_repeated(const Record* host) noexcept;

    void truncated() noexcept;
    [[nodiscard]] std::size_t offset_of_suffix(std::size_t size) const noexcept;

    const View& view_;
    const Table& table_;
    const dns::Query& query_;
    Reply& reply_;
    dns::LowerName& name_;  // the query's, then each alias's target
    std::uint64_t hash_;    // of name_
    const Likely& likely_;
    std::size_t owner_ = dns::header_octets;  // where the name stands in the reply
    unsigned aliases_ = 0;
    std::array<std::size_t, alias_limit + 1> owners_;        // offsets of the names passed
    std::array<const dns::Rrset*, alias_limit + 1> dnames_;  // that rewrote them; nullptr: a CNAME
    const Negative* signed_ = nullptr;  // of a signed zone, when the client wants signatures
    std::optional<Proofs> proofs_;      // when there is something to prove
    bool is_unproved_ = false;          // the zone was changed meanwhile
    bool done_ = false;
    dns::Rcode rcode_ = dns::Rcode::noerror;
    ReplyClass class_ = ReplyClass::error;
    dns::NameView cut_;                     // of a referral
    std::array<const Record*, 128> added_;  // hosts whose addresses stand in Additional
    std::size_t added_count_ = 0;
    std::array<char, Vocabulary::most_octets> why_;  // of a negative answer
};

}  // namespace portolan::answer
