#include "answering.hpp"

#include <algorithm>

namespace portolan::answer {

using dns::Rcode;

namespace {

/// The target in the RDATA of a set, which is well-formed: the rest of it, but SVCB's goes on.
dns::NameView target_in(dns::OctetView rdata, std::size_t offset, dns::Type type) noexcept {
    const dns::OctetView rest = rdata.subspan(offset);
    if (type != dns::Type::svcb && type != dns::Type::https) return dns::NameView(rest);
    const auto target = dns::Reader(rest).plain_name();
    return target ? *target : dns::NameView();
}

}  // namespace

bool Answering::run(bool as_denied) noexcept {
    reply_.set_authoritative(true);
    if (query_.dnssec_ok) look_for_signatures();
    for (; aliases_ <= alias_limit && !done_; ++aliases_) {
        const Record* record = record_of_name();
        if (aliases_ == 0) reply_.set_name_exists(record != nullptr);
        const Lookup lookup = as_denied && signed_ != nullptr
                                  ? look_up_as_denied(record)
                                  : find(table_, name_, record, query_.type);
        std::visit([this](const auto& found) { write(found); }, lookup);
    }
    write_proofs();
    if (is_unproved_) return false;
    reply_.finish(rcode_, class_);
    return true;
}

void Answering::look_for_signatures() noexcept {
    const Negative* apex = table_.negative();
    if (apex != nullptr && apex->is_signed()) signed_ = apex;
}

/// Names that the denials do not know are passed over. Cuts and DNAMEs do not come or go in a table
/// that is read.
Lookup Answering::look_up_as_denied(const Record* record) const noexcept {
    const Lookup found = find(table_, name_, record, query_.type);
    if (std::holds_alternative<Referral>(found) || std::holds_alternative<Substitution>(found)) {
        return found;
    }
    const Proofs denials(table_, *signed_);
    const unsigned apex = table_.apex().labels();
    unsigned labels = name_.labels();
    const auto is_there = [&] { return record != nullptr && denials.has_name(name_, labels); };
    if (labels == apex || is_there()) {
        return at_record({&denials.version_of(*record)}, query_.type);
    }
    do {
        record = table_.find(name_.ancestor(--labels));
    } while (labels > apex && !is_there());
    const Record* wildcard = wildcard_below(table_, *record);
    if (wildcard == nullptr || !denials.has_name(dns::LowerName(wildcard->name()), labels + 1)) {
        return NxDomain{record};
    }
    return at_record({&denials.version_of(*wildcard), record}, query_.type);
}

const Record* Answering::record_of_name() const noexcept {
    if (Likely::is_right(likely_.record, name_.view())) return likely_.record;
    return table_.find(name_.octets(), hash_);
}

/// A set and what signs it, which must come along (RFC 4035 3.1.1).
bool Answering::answer(const Record& source, const dns::Rrset& rrset, std::size_t owner) noexcept {
    if (!reply_.answer(rrset, owner)) return false;
    if (signed_ == nullptr) return true;
    const Signatures signatures = signatures_of(source, rrset.type());
    return reply_.answer(signatures.octets, signatures.count, owner);
}

void Answering::write(const Positive& found) noexcept {
    done_ = true;
    class_ = ReplyClass::answer;
    const std::size_t start = reply_.position();
    if (!answer(*found.source.record, *found.rrset, owner_)) return reply_.truncate();
    prove_expansion(found.source);
    if (write_proofs()) add_targets(*found.rrset, start, false);
}

void Answering::write(const NoData& found) noexcept {
    const Source& source = found.source;
    if (signed_ != nullptr) {
        prove(source.encloser == nullptr
                  ? proofs().no_type(*source.record, query_.type)
                  : proofs().no_type_at_wildcard(name_, *source.encloser, *source.record,
                                                 query_.type));
    }
    negative(Rcode::noerror, ReplyClass::nodata);
    if (query_.has_edns && query_.type == dns::Type::srv) explain_empty();
}

void Answering::write(const NxDomain& found) noexcept {
    if (signed_ != nullptr) prove(proofs().no_name(name_, *found.encloser));
    negative(Rcode::nxdomain, ReplyClass::nxdomain);
    if (query_.has_edns) explain_missing();
}

/// A typo is told from an outage: which word of the name is not known, or that all are.
void Answering::explain_missing() noexcept {
    const Vocabulary* words = view_.words_of(table_);
    if (words == nullptr) return;
    const auto why = words->why_missing(name_, table_.apex().labels(), why_);
    if (!why.empty()) reply_.explain(ExtendedError::other, why);
}

/// A derived service that has no endpoint keeps its TXT (zone/units.hpp).
void Answering::explain_empty() noexcept {
    const Record* record = record_of_name();
    const bool is_service = record != nullptr && record->find(dns::Type::txt) != nullptr &&
                            view_.words_of(table_) != nullptr;
    if (is_service) reply_.explain(ExtendedError::other, "service known, no endpoint alive");
}

/// A negative answer carries the SOA, behind whatever chain led to it (RFC 2308 2.1, 6604 3).
void Answering::negative(Rcode rcode, ReplyClass reply_class) noexcept {
    done_ = true;
    rcode_ = rcode;
    class_ = reply_class;
    const Negative* apex = signed_ != nullptr ? signed_ : table_.negative();
    if (apex == nullptr) return;
    const std::size_t owner = offset_of_suffix(table_.apex().size());
    const bool fits =
        signed_ == nullptr
            ? reply_.authority(apex->soa(), 1, owner)
            : reply_.authority(apex->signed_soa(),
                               static_cast<std::uint16_t>(1 + apex->signature_count()), owner);
    if (!fits) reply_.truncate();
}

void Answering::write(const Alias& found) noexcept {
    class_ = ReplyClass::answer;
    dnames_[aliases_] = nullptr;
    const std::size_t target = reply_.position() + dns::Rrset::header_octets;
    if (!answer(*found.source.record, *found.cname, owner_)) return truncated();
    prove_expansion(found.source);
    follow(target, dns::NameView(*found.cname->begin()));
}

void Answering::write(const Substitution& found) noexcept {
    class_ = ReplyClass::answer;
    const std::size_t owner_size = found.owner->name().size();
    const std::size_t owner = offset_of_suffix(owner_size);
    if (!is_written(found.dname) && !answer(*found.owner, *found.dname, owner)) return truncated();
    dnames_[aliases_] = found.dname;
    dns::Name target;
    if (!substitute(found, target)) {  // RFC 6672 2.2: over 255 octets is YXDOMAIN
        done_ = true;
        rcode_ = Rcode::yxdomain;
        class_ = ReplyClass::error;
        return;
    }
    // No signature covers it: the client makes it itself of the DNAME (RFC 6672 5.3.1).
    const std::size_t written = reply_.position() + dns::Rrset::header_octets;
    if (!reply_.answer_cname(found.dname->ttl(), owner_, target)) return truncated();
    // A query for the CNAME itself has its answer (RFC 6672 3.2).
    if (query_.type == dns::Type::cname) done_ = true;
    follow(written, target);
}

/// A DNAME that applies again, at once or behind others, comes once (RFC 2181 5).
bool Answering::is_written(const dns::Rrset* dname) const noexcept {
    const auto* end = dnames_.begin() + aliases_;
    return std::find(dnames_.begin(), end, dname) != end;
}

/// The labels above the DNAME's owner, put before its target.
bool Answering::substitute(const Substitution& found, dns::Name& target) const noexcept {
    target = dns::Name(dns::NameView(*found.dname->begin()));
    const dns::OctetView octets = reply_.name_at(owner_).octets();  // in the case that was sent
    std::array<std::uint8_t, dns::max_name_octets> prefix;
    const std::size_t kept = octets.size() - found.owner->name().size();
    std::copy_n(octets.begin(), kept, prefix.begin());
    prefix[kept] = 0;
    return target.prepend_all(dns::NameView({prefix.data(), kept + 1}));
}

/// Goes on at the alias's target, or ends the answer with the chain when it leaves the zone:
/// only the target's own servers can speak for it, and resolvers ask them anyway.
void Answering::follow(std::size_t offset, dns::NameView target) noexcept {
    owners_[aliases_] = owner_;
    const bool is_visited = returns_to_chain(target);
    name_.assign(target);
    hash_ = dns::keyed_hash(name_.octets());
    owner_ = offset;
    const dns::LowerName& apex = table_.apex();
    if (is_visited || !name_.is_at_or_below(apex.octets(), apex.labels())) done_ = true;
}

/// True when the chain comes back to a name that it has passed: the answer ends there.
bool Answering::returns_to_chain(dns::NameView target) const noexcept {
    for (unsigned i = 0; i <= aliases_; ++i) {
        if (reply_.name_at(owners_[i]) == target) return true;
    }
    return false;
}

/// Authority tells where to ask; glue below the cut must come along (RFC 9471 2), so its lack is
/// truncation, while addresses of other name servers are a courtesy.
void Answering::write(const Referral& found) noexcept {
    done_ = true;
    if (reply_.position() == query_.question_end) {
        reply_.set_authoritative(false);  // with a chain before it, AA speaks of the first owner
        class_ = ReplyClass::referral;
    }
    const std::size_t start = reply_.position();
    const std::size_t owner = offset_of_suffix(found.cut->name().size());
    if (!reply_.authority(*found.ns, owner)) return reply_.truncate();
    if (signed_ != nullptr && !write_delegation(*found.cut, owner)) return reply_.truncate();
    cut_ = found.cut->name();
    if (write_proofs()) add_targets(*found.ns, start, true);
}

/// Whether the child is signed: its DS, or the proof that it has none (RFC 4035 3.1.4).
bool Answering::write_delegation(const Record& cut, std::size_t owner) noexcept {
    const dns::Rrset* ds = cut.find(dns::Type::ds);
    if (ds == nullptr) {
        prove(proofs().no_type(cut, dns::Type::ds));
        return true;
    }
    const Signatures signatures = signatures_of(cut, dns::Type::ds);
    return reply_.authority(*ds, owner) &&
           reply_.authority(signatures.octets, signatures.count, owner);
}

Proofs& Answering::proofs() noexcept {
    if (!proofs_) proofs_.emplace(table_, *signed_);
    return *proofs_;
}

void Answering::prove(bool is_proved) noexcept {
    if (is_proved) return;
    is_unproved_ = true;
    done_ = true;
}

/// What a wildcard gives holds if the name itself, which has a signature of the wildcard's, does
/// not exist (RFC 4035 3.1.3.3).
void Answering::prove_expansion(const Source& source) noexcept {
    if (signed_ == nullptr || source.encloser == nullptr) return;
    prove(proofs().no_closer_name(name_, *source.encloser));
}

/// Proofs stand in Authority, so behind all of Answer. False when they do not all fit.
bool Answering::write_proofs() noexcept {
    if (!proofs_) return true;
    const dns::LowerName question(query_.name);
    for (const Record* record : proofs_->records()) {
        if (write_proof(*record, question)) continue;
        proofs_.reset();
        reply_.truncate();
        return false;
    }
    proofs_.reset();
    return true;
}

/// The owner's name ends with the labels that it has in common with the question's.
bool Answering::write_proof(const Record& record, const dns::LowerName& question) noexcept {
    const dns::OctetView owner = record.name().octets();
    std::size_t at = 0;
    std::size_t rest = question.size();
    for (unsigned labels = record.labels();; --labels) {
        if (labels <= question.labels()) {
            const dns::OctetView ancestor = question.ancestor(labels);
            rest = ancestor.size();
            if (std::ranges::equal(owner.subspan(at), ancestor)) break;
        }
        at += owner[at] + 1U;
    }
    const dns::Type type = proofs_->type();
    return reply_.authority_named(owner.first(at), dns::header_octets + question.size() - rest,
                                  *record.find(type), signatures_of(record, type));
}

/// The addresses of each target, once each, A before AAAA. What does not fit is left out in
/// silence (RFC 2181 9), but needed glue.
void Answering::add_targets(const dns::Rrset& rrset, std::size_t start, bool glue) noexcept {
    const auto name_offset = dns::target_offset(rrset.type());
    if (!name_offset) return;
    const std::span hashes = rrset.target_hashes();
    const std::size_t guesses = &rrset == likely_.set ? likely_.hosts.size() : 0;
    std::size_t record = start;
    std::size_t i = 0;
    for (const dns::OctetView rdata : rrset) {
        const std::size_t written_at = record + dns::Rrset::header_octets + *name_offset;
        const Record* guess = i < guesses ? likely_.hosts[i] : nullptr;
        if (hashes[i] != 0) {
            const dns::NameView target = target_in(rdata, *name_offset, rrset.type());
            const Record* host = host_of(target, hashes[i], guess);
            if (host != nullptr && !is_repeated(host)) add_addresses(*host, written_at, glue);
        }
        record += dns::Rrset::header_octets + rdata.size();
        ++i;
    }
}

const Record* Answering::host_of(dns::NameView target, std::uint64_t hash,
                                 const Record* guess) const noexcept {
    const bool is_host = Likely::is_right(guess, target) && guess->dname() == Record::no_depth;
    return is_host ? guess : find_target(table_, target, hash);
}

/// All of them in one piece where they fit, or those sets that do.
void Answering::add_addresses(const Record& host, std::size_t owner, bool glue) noexcept {
    if (signed_ != nullptr) return add_signed_addresses(host, owner, glue);
    const dns::OctetView all = host.addresses();
    if (!all.empty() && reply_.additional(all, host.address_count(), owner)) return;
    for (const dns::Type type : {dns::Type::a, dns::Type::aaaa}) {
        const dns::Rrset* addresses = host.find(type);
        if (addresses == nullptr || reply_.additional(*addresses, owner)) continue;
        if (glue && host.name().is_at_or_below(cut_)) reply_.truncate();
    }
}

/// Those sets that fit with their signatures. What a wildcard gives would want a proof as well.
void Answering::add_signed_addresses(const Record& host, std::size_t owner, bool glue) noexcept {
    if (!glue && (added_count_ > most_signed_hosts || host.name().is_wildcard())) return;
    for (const dns::Type type : {dns::Type::a, dns::Type::aaaa}) {
        const dns::Rrset* addresses = host.find(type);
        if (addresses == nullptr) continue;
        if (reply_.additional(*addresses, signatures_of(host, type), owner)) continue;
        if (glue && host.name().is_at_or_below(cut_)) reply_.truncate();
    }
}

/// Several SRV of one host are common: its addresses come once.
bool Answering::is_repeated(const Record* host) noexcept {
    for (std::size_t i = 0; i < added_count_; ++i) {
        if (added_[i] == host) return true;
    }
    if (added_count_ < added_.size()) added_[added_count_++] = host;
    return false;
}

/// A truncated answer sends the client to TCP for all of it; the records so far may stay.
void Answering::truncated() noexcept {
    done_ = true;
    reply_.truncate();
}

/// Where the name in hand, or the ancestor of it that has `size` octets, stands in the reply.
std::size_t Answering::offset_of_suffix(std::size_t size) const noexcept {
    return owner_ + name_.size() - size;
}

}  // namespace portolan::answer
