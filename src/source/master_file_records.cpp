#include "master_file_records.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <tuple>

#include "portolan/dns/presentation.hpp"
#include "portolan/dns/rdata.hpp"

namespace portolan::source {
namespace {

using dns::Type;
using registry::Severity;

std::size_t folded_hash(dns::NameView name) noexcept {
    std::array<char, dns::max_name_octets> folded;
    const auto octets = name.octets();
    for (std::size_t i = 0; i < octets.size(); ++i)
        folded[i] = static_cast<char>(dns::fold(octets[i]));
    return std::hash<std::string_view>{}({folded.data(), octets.size()});
}

/// The octets by which records are the same: names in them do not differ by case.
dns::Octets comparable(Type type, dns::OctetView rdata) {
    dns::Octets copy(rdata.begin(), rdata.end());
    dns::for_each_name(type, rdata, [&](dns::NameView name) {
        const auto start = name.octets().data() - rdata.data();
        for (std::size_t i = 0; i < name.size(); ++i) {
            auto& octet = copy[static_cast<std::size_t>(start) + i];
            octet = dns::fold(octet);
        }
    });
    return copy;
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

void MasterFileRecords::set_owner(dns::NameView owner) {
    owner_ = dns::Name(owner);
    owner_hash_ = folded_hash(owner);
    recent_ = none;
}

MasterFileRecords::Set& MasterFileRecords::set_for(Type type, dns::Ttl ttl) {
    if (recent_ != none && sets_[recent_].type == type) return sets_[recent_];
    const auto found = index_.find(Key{owner_, owner_hash_, type});
    if (found != index_.end()) {
        recent_ = *found;
        return sets_[recent_];
    }
    recent_ = static_cast<std::uint32_t>(sets_.size());
    auto& set = sets_.emplace_back();
    set.owner = owner_;
    set.owner_hash = owner_hash_;
    set.type = type;
    set.ttl = ttl;
    index_.insert(recent_);
    return set;
}

void MasterFileRecords::add(Type type, dns::Ttl ttl, std::size_t start, FilePlace at) {
    auto& set = set_for(type, ttl);
    const auto number = static_cast<std::uint32_t>(records_.size());
    records_.push_back({start, at, none, static_cast<std::uint16_t>(octets_.size() - start)});
    if (set.first == none)
        set.first = number;
    else
        records_[set.last].next = number;
    set.last = number;
    ++set.count;
    if (ttl != set.ttl) lower_ttl(set, ttl, at);
}

void MasterFileRecords::lower_ttl(Set& set, dns::Ttl ttl, FilePlace at) {
    if (!set.ttls_differ)
        report_.add(Severity::warning, at, "ttl-differs",
                    fmt::format("the TTL {} differs from the {} of {} {} at {}; the lowest is used "
                                "(RFC 2181 5.2)",
                                ttl.seconds, set.ttl.seconds, dns::to_text(set.owner),
                                dns::to_string(set.type), report_.where(place(set))),
                    "Give all records of a set the same TTL.");
    set.ttls_differ = true;
    set.ttl = std::min(set.ttl, ttl);
}

void MasterFileRecords::check_aliases() {
    const auto is_alias = [](const Set& set) { return set.type == Type::cname; };
    if (std::none_of(sets_.begin(), sets_.end(), is_alias)) return;
    for (const auto& set : sets_) {
        if (may_accompany_alias(set.type)) continue;
        const auto alias = index_.find(Key{set.owner, set.owner_hash, Type::cname});
        if (alias != index_.end()) check_alias(sets_[*alias], set);
    }
}

void MasterFileRecords::check_alias(const Set& alias, const Set& other) {
    const bool alias_is_later = alias.first > other.first;
    const auto& later = alias_is_later ? alias : other;
    const auto& earlier = alias_is_later ? other : alias;
    report_.error(
        place(later), "alias-beside-data",
        fmt::format("{} has {} here and {} at {}; an alias has no other data (RFC 2181 10.1)",
                    dns::to_text(other.owner), dns::to_string(later.type),
                    dns::to_string(earlier.type), report_.where(place(earlier))),
        "Remove the CNAME or the other records.");
}

void MasterFileRecords::check_count(const Set& set) {
    constexpr std::uint32_t most = 0xffff;
    if (set.count > most)
        report_.error(
            place(set), "set-too-large",
            fmt::format("{} has {} {} records; no answer can hold more than {}",
                        dns::to_text(set.owner), set.count, dns::to_string(set.type), most),
            "Spread them over several owners.");
}

std::vector<dns::Octets> MasterFileRecords::distinct_rdata(const Set& set) {
    struct Candidate {
        dns::Octets comparable;
        std::uint32_t record;
    };
    if (set.count == 1) {
        const auto only = rdata(records_[set.first]);
        return {dns::Octets(only.begin(), only.end())};
    }
    std::vector<Candidate> all;
    all.reserve(set.count);
    for (auto at = set.first; at != none; at = records_[at].next)
        all.push_back({comparable(set.type, rdata(records_[at])), at});
    std::sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
        return std::tie(a.comparable, a.record) < std::tie(b.comparable, b.record);
    });
    std::vector<dns::Octets> distinct;
    std::vector<std::uint32_t> repeated;
    const Candidate* kept = nullptr;
    std::uint32_t second = none;
    for (const auto& candidate : all) {
        if (kept && kept->comparable == candidate.comparable) {
            report_.add(Severity::note, records_[candidate.record].place, "duplicate-record",
                        fmt::format("this record stands at {} already; it is counted once",
                                    report_.where(records_[kept->record].place)),
                        "Remove one of the two.");
            continue;
        }
        kept = &candidate;
        const auto octets = rdata(records_[candidate.record]);
        distinct.emplace_back(octets.begin(), octets.end());
        if (candidate.record != set.first) second = std::min(second, candidate.record);
    }
    if (is_single(set.type) && distinct.size() > 1)
        report_.error(
            records_[second].place, "one-record-only",
            fmt::format("{} has another {} at {}; it can have one only", dns::to_text(set.owner),
                        dns::to_string(set.type), report_.where(place(set))),
            "Keep the right one and remove the others.");
    return distinct;
}

zone::Records MasterFileRecords::take() {
    check_aliases();
    zone::Records records;
    for (auto& set : sets_) {
        check_count(set);
        const auto at = place(set);
        records.add(set.owner, dns::make_rrset(set.type, set.ttl, distinct_rdata(set)),
                    records.lines().number(report_.files()[at.file], at.line));
    }
    return records;
}

}  // namespace portolan::source
