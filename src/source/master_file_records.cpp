#include "master_file_records.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <tuple>

#include "portolan/dns/lower_name.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/dns/rdata.hpp"

namespace portolan::source {
namespace {

using dns::Type;
using registry::Severity;

std::uint32_t hash_of(dns::NameView owner) noexcept {
    std::array<std::uint8_t, dns::max_name_octets> lower;
    dns::fold_into(owner.octets().data(), owner.size(), lower.data());
    return static_cast<std::uint32_t>(dns::keyed_hash({lower.data(), owner.size()}));
}

bool has_upper_case(dns::OctetView octets) noexcept {
    return std::ranges::any_of(octets,
                               [](std::uint8_t octet) { return octet != dns::fold(octet); });
}

/// By octets, the shorter first when one begins the other (RFC 4034 6.3).
std::strong_ordering compare(dns::OctetView a, dns::OctetView b) noexcept {
    const auto common = std::min(a.size(), b.size());
    const int order = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
    return order != 0 ? order <=> 0 : a.size() <=> b.size();
}

/// Types of which an owner has one record at most.
constexpr bool is_single(Type type) noexcept {
    return type == Type::cname || type == Type::soa || type == Type::dname;
}

/// Types that may stand beside a CNAME: what DNSSEC puts there (RFC 4035 2.5, RFC 2535 2.3.5).
constexpr bool may_accompany_alias(Type type) noexcept {
    return type == Type::cname || type == Type::rrsig || type == Type::nsec || type == Type::sig ||
           type == Type::nxt || type == Type::key;
}

}  // namespace

MasterFileRecords::MasterFileRecords(MasterFileReport& report)
    : report_(report), owner_hash_(hash_of(owner_)), index_(0, SetHash{}, SetEqual{&sets_}) {}

std::uint32_t MasterFileRecords::find(const Key& key) const {
    const auto found = index_.find(key);
    return found == index_.end() ? none : found->set;
}

FilePlace MasterFileRecords::place_of(std::uint32_t line_number, std::uint32_t column) const {
    const auto at = lines_.at(line_number);
    return {at.file, at.line, column};
}

// -- records that wait ---------------------------------------------------------------------------

void MasterFileRecords::set_owner(dns::NameView owner) {
    if (std::ranges::equal(owner.octets(), owner_.octets())) return;
    close_owner();
    owner_ = dns::Name(owner);
    owner_hash_ = hash_of(owner);
}

/// What waits of the owner's set of that type, with the TTL that the set has so far.
MasterFileRecords::Chain& MasterFileRecords::chain_for(Type type, dns::Ttl ttl) {
    const auto open = std::ranges::find(open_chains_, type, &Chain::type);
    if (open != open_chains_.end()) return *open;
    Chain chain;
    chain.type = type;
    chain.ttl = ttl;
    chain.packed = find({owner_, owner_hash_, type});
    if (chain.packed != none) {
        const auto late = late_chain_of_.find(chain.packed);
        const bool is_late = late != late_chain_of_.end();
        chain.ttl = is_late ? late_chains_[late->second].ttl : sets_[chain.packed].rrset->ttl();
        chain.ttls_differ = packed_[chain.packed].ttls_differ;
    }
    return open_chains_.emplace_back(chain);
}

void MasterFileRecords::append(Waiting& waiting, Chain& chain, const Record& record) {
    const auto number = static_cast<std::uint32_t>(waiting.records.size());
    waiting.records.push_back(record);
    if (chain.first == none)
        chain.first = number;
    else
        waiting.records[chain.last].next = number;
    chain.last = number;
    ++chain.count;
}

void MasterFileRecords::add(Type type, dns::Ttl ttl, std::size_t start, FilePlace at) {
    auto& chain = chain_for(type, ttl);
    const auto size = static_cast<std::uint16_t>(open_.octets.size() - start);
    append(open_, chain, {start, at, lines_.number({at.file, at.line}), none, size});
    // A signature has the TTL of what it covers, and states it (RFC 4034 3).
    if (ttl != chain.ttl && type != Type::rrsig) lower_ttl(chain, ttl, at);
}

void MasterFileRecords::lower_ttl(Chain& chain, dns::Ttl ttl, FilePlace at) {
    if (!chain.ttls_differ)
        report_.add(Severity::warning, at, "ttl-differs",
                    fmt::format("the TTL {} differs from the {} of {} {} at {}; the lowest is used "
                                "(RFC 2181 5.2)",
                                ttl.seconds, chain.ttl.seconds, dns::to_text(owner_),
                                dns::to_string(chain.type), report_.where(place_of(chain))),
                    "Give all records of a set the same TTL.");
    chain.ttls_differ = true;
    chain.ttl = std::min(chain.ttl, ttl);
}

void MasterFileRecords::close_owner() {
    for (const auto& chain : open_chains_) {
        if (chain.packed == none)
            pack(chain);
        else
            postpone(chain);
    }
    open_chains_.clear();
    open_.records.clear();
    open_.octets.clear();
}

void MasterFileRecords::postpone(const Chain& chain) {
    const auto number = static_cast<std::uint32_t>(late_chains_.size());
    const auto [found, is_new] = late_chain_of_.try_emplace(chain.packed, number);
    if (is_new) late_chains_.push_back({chain.type, chain.ttl, chain.packed});
    auto& late = late_chains_[found->second];
    late.ttl = chain.ttl;
    packed_[chain.packed].ttls_differ = chain.ttls_differ;
    for (auto at = chain.first; at != none; at = open_.records[at].next) {
        auto record = open_.records[at];
        const auto rdata = open_.rdata(record);
        record.start = late_.octets.size();
        record.next = none;
        late_.octets.insert(late_.octets.end(), rdata.begin(), rdata.end());
        append(late_, late, record);
    }
}

// -- sets ----------------------------------------------------------------------------------------

void MasterFileRecords::pack(const Chain& chain) {
    const auto& first = open_.records[chain.first];
    candidates_.clear();
    gather(open_, chain);
    check_count(chain, candidates_.size(), first.place);
    drop_repeated();
    check_single(chain, first.place);
    const auto set = static_cast<std::uint32_t>(sets_.size());
    sets_.add(owner_, pack_candidates(chain.type, chain.ttl), first.line_number);
    packed_.push_back({first.place.column, keep_line_numbers(), chain.ttls_differ});
    index_.insert({SetHash::of({owner_, owner_hash_, chain.type}), set});
    has_alias_ = has_alias_ || chain.type == Type::cname;
}

/// A set with the records that came when it was packed already.
void MasterFileRecords::pack_again(const Chain& chain) {
    const auto set = sets_[chain.packed];
    const auto first = place_of(chain.packed);
    const bool was_single = set.rrset->count() == 1;
    owner_ = dns::Name(set.owner);
    candidates_.clear();
    gather(set, packed_[chain.packed]);
    gather(late_, chain);
    check_count(chain, candidates_.size(), first);
    drop_repeated();
    if (was_single) check_single(chain, first);
    sets_.replace(chain.packed, pack_candidates(chain.type, chain.ttl));
}

void MasterFileRecords::gather(const Waiting& waiting, const Chain& chain) {
    for (auto at = chain.first; at != none; at = waiting.records[at].next) {
        const auto& record = waiting.records[at];
        const auto order = static_cast<std::uint32_t>(candidates_.size());
        candidates_.push_back({waiting.rdata(record), {}, record.place, record.line_number, order});
    }
    for (auto& each : candidates_) each.comparable = comparable(chain.type, each.rdata);
}

void MasterFileRecords::gather(const zone::Records::Set& packed, const Packed& details) {
    auto number = details.line_numbers;
    for (const auto rdata : *packed.rrset) {
        const auto line =
            details.line_numbers == none ? packed.line_number : line_numbers_[number++];
        const auto order = static_cast<std::uint32_t>(candidates_.size());
        candidates_.push_back({rdata, {}, place_of(line, 0), line, order});
    }
}

/// The octets by which records are the same: names in them do not differ by case.
dns::OctetView MasterFileRecords::comparable(Type type, dns::OctetView rdata) {
    if (candidates_.size() == 1 || !has_upper_case(rdata)) return rdata;
    auto& copy = folded_.emplace_back(rdata.begin(), rdata.end());
    dns::for_each_name(type, rdata, [&](dns::NameView name) {
        const auto start = name.octets().data() - rdata.data();
        dns::fold_into(name.octets().data(), name.size(), copy.data() + start);
    });
    return copy;
}

/// Leaves one of each among the candidates, the one that stands first in the file.
void MasterFileRecords::drop_repeated() {
    const auto comes_before = [](const Candidate& a, const Candidate& b) {
        const auto order = compare(a.comparable, b.comparable);
        return order != 0 ? order < 0 : a.order < b.order;
    };
    if (!std::ranges::is_sorted(candidates_, comes_before))
        std::ranges::sort(candidates_, comes_before);
    auto kept = candidates_.begin();
    for (auto each = std::next(kept); each != candidates_.end(); ++each) {
        if (compare(kept->comparable, each->comparable) != 0) {
            *++kept = *each;
            continue;
        }
        report_.add(Severity::note, each->place, "duplicate-record",
                    fmt::format("this record stands at {} already; it is counted once",
                                report_.where(kept->place)),
                    "Remove one of the two.");
    }
    candidates_.erase(std::next(kept), candidates_.end());
}

void MasterFileRecords::check_single(const Chain& chain, FilePlace first) {
    if (!is_single(chain.type) || candidates_.size() == 1) return;
    std::ranges::sort(candidates_, {}, &Candidate::order);
    report_.error(candidates_[1].place, "one-record-only",
                  fmt::format("{} has another {} at {}; it can have one only", dns::to_text(owner_),
                              dns::to_string(chain.type), report_.where(first)),
                  "Keep the right one and remove the others.");
}

void MasterFileRecords::check_count(const Chain& chain, std::size_t count, FilePlace first) {
    constexpr std::size_t most = 0xffff;
    if (count <= most) return;
    report_.error(first, "set-too-large",
                  fmt::format("{} has {} {} records; no answer can hold more than {}",
                              dns::to_text(owner_), count, dns::to_string(chain.type), most),
                  "Spread them over several owners.");
}

dns::RrsetPtr MasterFileRecords::pack_candidates(Type type, dns::Ttl ttl) {
    const auto comes_before = [](const Candidate& a, const Candidate& b) {
        return compare(a.rdata, b.rdata) < 0;
    };
    if (!std::ranges::is_sorted(candidates_, comes_before))
        std::ranges::sort(candidates_, comes_before);
    views_.clear();
    for (const auto& each : candidates_) views_.push_back(each.rdata);
    auto set = dns::make_rrset(type, ttl, std::span(views_));
    folded_.clear();
    return shared(std::move(set));
}

/// An equal set that was packed lately, or this one. A service's names say the same, and mostly
/// stand in one part of the file.
dns::RrsetPtr MasterFileRecords::shared(dns::RrsetPtr set) {
    constexpr std::size_t enough = std::size_t{1} << 15;
    if (recent_.empty()) {
        if (sets_.size() < enough / 64) return set;  // too few to be worth the room
        recent_.resize(enough);
    }
    const auto hash = dns::keyed_hash(set->body());
    auto& recent = recent_[hash % enough];
    const bool is_known = recent.set != nullptr && recent.hash == hash && *recent.set == *set;
    if (!is_known) recent = {hash, std::move(set)};
    return recent.set;
}

/// The candidates' line numbers in their packed order, for repetitions that may come.
std::uint32_t MasterFileRecords::keep_line_numbers() {
    if (candidates_.size() == 1) return none;
    const auto start = static_cast<std::uint32_t>(line_numbers_.size());
    for (const auto& each : candidates_) line_numbers_.push_back(each.line_number);
    return start;
}

void MasterFileRecords::check_aliases() {
    if (!has_alias_) return;
    for (std::uint32_t set = 0; set < sets_.size(); ++set) {
        const auto owner = sets_[set].owner;
        if (may_accompany_alias(sets_[set].rrset->type())) continue;
        const auto alias = find({owner, hash_of(owner), Type::cname});
        if (alias != none) check_alias(alias, set);
    }
}

void MasterFileRecords::check_alias(std::uint32_t alias, std::uint32_t other) {
    const auto later = std::max(alias, other), earlier = std::min(alias, other);
    report_.error(
        place_of(later), "alias-beside-data",
        fmt::format("{} has {} here and {} at {}; an alias has no other data (RFC 2181 10.1)",
                    dns::to_text(sets_[other].owner), dns::to_string(sets_[later].rrset->type()),
                    dns::to_string(sets_[earlier].rrset->type()), report_.where(place_of(earlier))),
        "Remove the CNAME or the other records.");
}

zone::Records MasterFileRecords::take() {
    close_owner();
    for (const auto& chain : late_chains_) pack_again(chain);
    check_aliases();
    sets_.set_lines(std::move(lines_), report_.files());
    return std::move(sets_);
}

}  // namespace portolan::source
