#include "portolan/answer/respond.hpp"

#include <algorithm>
#include <array>

#include "portolan/answer/find.hpp"
#include "portolan/dns/query.hpp"
#include "reply.hpp"

namespace portolan::answer {
namespace {

using dns::Rcode;

/// CNAMEs and DNAMEs followed for one answer; loops end here too, with the chain so far.
constexpr unsigned alias_limit = 16;

/// The target in the RDATA of a set, which is well-formed: the rest of it, but SVCB's goes on.
dns::NameView target_in(dns::OctetView rdata, std::size_t offset, dns::Type type) noexcept {
    const dns::OctetView rest = rdata.subspan(offset);
    if (type != dns::Type::svcb && type != dns::Type::https) return dns::NameView(rest);
    const auto target = dns::Reader(rest).plain_name();
    return target ? *target : dns::NameView();
}

/// Answers one good query from one zone.
class Answering {
public:
    /// `name` is the query's, `hash` its own; both go on to be those of each alias's target.
    Answering(const Table& table, const dns::Query& query, dns::LowerName& name, std::uint64_t hash,
              Reply& reply) noexcept
        : table_(table), query_(query), reply_(reply), name_(name), hash_(hash) {}

    void run() noexcept {
        reply_.set_authoritative(true);
        for (aliases_ = 0; aliases_ <= alias_limit && !done_; ++aliases_) {
            const Lookup lookup = find(table_, name_, hash_, query_.type);
            std::visit([this](const auto& found) { write(found); }, lookup);
        }
        reply_.finish(rcode_, class_);
    }

private:
    void write(const Positive& found) noexcept {
        done_ = true;
        class_ = ReplyClass::answer;
        const std::size_t start = reply_.position();
        if (!reply_.answer(*found.rrset, owner_)) return reply_.truncate();
        add_targets(*found.rrset, start, false);
    }

    void write(const NoData&) noexcept { negative(Rcode::noerror, ReplyClass::nodata); }
    void write(const NxDomain&) noexcept { negative(Rcode::nxdomain, ReplyClass::nxdomain); }

    /// A negative answer carries the SOA, behind whatever chain led to it (RFC 2308 2.1, 6604 3).
    void negative(Rcode rcode, ReplyClass reply_class) noexcept {
        done_ = true;
        rcode_ = rcode;
        class_ = reply_class;
        const dns::Rrset* soa = table_.negative_soa();
        const std::size_t owner = offset_of_suffix(table_.apex().size());
        if (soa != nullptr && !reply_.authority(*soa, owner)) reply_.truncate();
    }

    void write(const Alias& found) noexcept {
        class_ = ReplyClass::answer;
        const std::size_t target = reply_.position() + dns::Rrset::header_octets;
        if (!reply_.answer(*found.cname, owner_)) return truncated();
        follow(target, dns::NameView(*found.cname->begin()));
    }

    void write(const Substitution& found) noexcept {
        class_ = ReplyClass::answer;
        const std::size_t owner = offset_of_suffix(found.owner.size());
        if (!is_written(found.dname) && !reply_.answer(*found.dname, owner)) return truncated();
        dnames_[aliases_] = found.dname;
        dns::Name target;
        if (!substitute(found, target)) {  // RFC 6672 2.2: over 255 octets is YXDOMAIN
            done_ = true;
            rcode_ = Rcode::yxdomain;
            class_ = ReplyClass::error;
            return;
        }
        const std::size_t written = reply_.position() + dns::Rrset::header_octets;
        if (!reply_.answer_cname(found.dname->ttl(), owner_, target)) return truncated();
        // A query for the CNAME itself has its answer (RFC 6672 3.2).
        if (query_.type == dns::Type::cname) done_ = true;
        follow(written, target);
    }

    /// A DNAME that applies again, at once or behind others, comes once (RFC 2181 5).
    [[nodiscard]] bool is_written(const dns::Rrset* dname) const noexcept {
        return std::find(dnames_.begin(), dnames_.begin() + aliases_, dname) !=
               dnames_.begin() + aliases_;
    }

    /// The labels above the DNAME's owner, put before its target.
    bool substitute(const Substitution& found, dns::Name& target) const noexcept {
        target = dns::Name(dns::NameView(*found.dname->begin()));
        const dns::OctetView octets = reply_.name_at(owner_).octets();  // in the case that was sent
        std::array<std::uint8_t, dns::max_name_octets> prefix;
        const std::size_t kept = octets.size() - found.owner.size();
        std::copy_n(octets.begin(), kept, prefix.begin());
        prefix[kept] = 0;
        return target.prepend_all(dns::NameView({prefix.data(), kept + 1}));
    }

    /// Goes on at the alias's target, or ends the answer with the chain when it leaves the zone:
    /// only the target's own servers can speak for it, and resolvers ask them anyway.
    void follow(std::size_t offset, dns::NameView target) noexcept {
        owners_[aliases_] = owner_;
        const bool is_visited = returns_to_chain(target);
        name_.assign(target);
        hash_ = dns::keyed_hash(name_.octets());
        owner_ = offset;
        const dns::LowerName& apex = table_.apex();
        if (is_visited || !name_.is_at_or_below(apex.octets(), apex.labels())) done_ = true;
    }

    /// True when the chain comes back to a name that it has passed: the answer ends there.
    [[nodiscard]] bool returns_to_chain(dns::NameView target) const noexcept {
        for (unsigned i = 0; i <= aliases_; ++i) {
            if (reply_.name_at(owners_[i]) == target) return true;
        }
        return false;
    }

    /// Authority tells where to ask; glue below the cut must come along (RFC 9471 2), so its
    /// lack is truncation, while addresses of other name servers are a courtesy.
    void write(const Referral& found) noexcept {
        done_ = true;
        if (reply_.position() == query_.question_end) {
            reply_.set_authoritative(
                false);  // with a chain before it, AA speaks of the first owner
            class_ = ReplyClass::referral;
        }
        const std::size_t start = reply_.position();
        if (!reply_.authority(*found.ns, offset_of_suffix(found.cut.size()))) {
            return reply_.truncate();
        }
        cut_ = found.cut;
        add_targets(*found.ns, start, true);
    }

    /// The addresses of each target, once each, A before AAAA. What does not fit is left out in
    /// silence (RFC 2181 9), but needed glue.
    void add_targets(const dns::Rrset& rrset, std::size_t start, bool glue) noexcept {
        const auto name_offset = dns::target_offset(rrset.type());
        if (!name_offset) return;
        std::size_t record = start;
        const std::uint64_t* hash = rrset.target_hashes().data();
        for (const dns::OctetView rdata : rrset) {
            const std::size_t written_at = record + dns::Rrset::header_octets + *name_offset;
            if (*hash != 0) {
                const auto target = target_in(rdata, *name_offset, rrset.type());
                add_addresses(find_target(table_, target, *hash), written_at, glue);
            }
            ++hash;
            record += dns::Rrset::header_octets + rdata.size();
        }
    }

    void add_addresses(const Record* host, std::size_t written_at, bool glue) noexcept {
        if (host == nullptr || is_repeated(host)) return;
        for (const dns::Type type : {dns::Type::a, dns::Type::aaaa}) {
            const dns::Rrset* addresses = host->find(type);
            if (addresses == nullptr || reply_.additional(*addresses, written_at)) continue;
            if (glue && host->name().is_at_or_below(cut_)) reply_.truncate();
        }
    }

    /// Several SRV of one host are common: its addresses come once.
    bool is_repeated(const Record* host) noexcept {
        for (std::size_t i = 0; i < added_count_; ++i) {
            if (added_[i] == host) return true;
        }
        if (added_count_ < added_.size()) added_[added_count_++] = host;
        return false;
    }

    /// A truncated answer sends the client to TCP for all of it; the records so far may stay.
    void truncated() noexcept {
        done_ = true;
        reply_.truncate();
    }

    /// Where the name in hand, or the ancestor of it that has `size` octets, stands in the reply.
    [[nodiscard]] std::size_t offset_of_suffix(std::size_t size) const noexcept {
        return owner_ + name_.size() - size;
    }

    const Table& table_;
    const dns::Query& query_;
    Reply& reply_;
    dns::LowerName& name_;                    // the query's, then each alias's target
    std::uint64_t hash_;                      // of name_
    std::size_t owner_ = dns::header_octets;  // where it stands in the reply
    unsigned aliases_ = 0;
    std::array<std::size_t, alias_limit + 1> owners_;          // offsets of the names passed
    std::array<const dns::Rrset*, alias_limit + 1> dnames_{};  // written, at their alias's index
    bool done_ = false;
    Rcode rcode_ = Rcode::noerror;
    ReplyClass class_ = ReplyClass::error;
    dns::NameView cut_;  // of a referral
    std::array<const Record*, 128> added_;
    std::size_t added_count_ = 0;
};

/// One exchange on its way through the batch.
struct Work {
    dns::Query query;
    Rcode refusal = Rcode::noerror;  // when no zone is to be asked
    const Table* table = nullptr;    // of the zone to be asked
    dns::LowerName name;
    std::uint64_t hash = 0;

    const dns::Rrset* set = nullptr;  // likely the answer; for prefetching alone
};

/// The RCODE for a query that no zone can answer, whatever the zones.
Rcode refusal_of(const dns::Query& query) noexcept {
    switch (query.status) {
        case dns::QueryStatus::formerr:
            return Rcode::formerr;
        case dns::QueryStatus::notimp:
            return Rcode::notimp;
        case dns::QueryStatus::badvers:
            return Rcode::badvers;
        case dns::QueryStatus::drop:
        case dns::QueryStatus::good:
            break;
    }
    switch (query.type) {
        case dns::Type::opt:
        case dns::Type::tsig:
        case dns::Type::tkey:
            return Rcode::formerr;  // never data, never asked for
        case dns::Type::axfr:
        case dns::Type::ixfr:
            return Rcode::refused;  // no transfers are offered
        default:
            return query.klass == dns::Class::in ? Rcode::noerror : Rcode::refused;
    }
}

void choose_zone(Work& work, const View& view) noexcept {
    work.name.assign(work.query.name);
    work.table = view.zone_for(work.name, work.query.type == dns::Type::ds);
    // DS at an apex whose parent is not here: this zone says NODATA (RFC 4035 3.1.4.1).
    if (work.table == nullptr) work.table = view.zone_for(work.name);
    if (work.table == nullptr) {
        work.refusal = Rcode::refused;
        return;
    }
    work.hash = dns::keyed_hash(work.name.octets());
    work.table->prefetch_slot(work.hash);
}

void prepare(Work& work, const Exchange& exchange, const View& view) noexcept {
    work.query = dns::parse_query(exchange.request);
    work.table = nullptr;
    work.set = nullptr;
    if (work.query.status == dns::QueryStatus::drop) return;
    work.refusal = refusal_of(work.query);
    if (work.refusal == Rcode::noerror) choose_zone(work, view);
}

void prefetch_octets(const dns::Rrset* set) noexcept {
    if (set == nullptr) return;
    const auto* octets = reinterpret_cast<const std::uint8_t*>(set);
    for (std::size_t line = 0; line < 256; line += 64) __builtin_prefetch(octets + line);
}

void prefetch_set(Work& work) noexcept {
    const Record* record = work.table->prefetched_record(work.hash);
    if (record == nullptr) return;
    work.set = record->find(work.query.type);
    prefetch_octets(work.set);
}

void prefetch_target_slots(Work& work) noexcept {
    if (work.set == nullptr) return;
    for (const std::uint64_t hash : work.set->target_hashes()) work.table->prefetch_slot(hash);
}

void prefetch_hosts(Work& work) noexcept {
    if (work.set == nullptr) return;
    for (const std::uint64_t hash : work.set->target_hashes()) {
        work.table->prefetch_record(hash);
    }
}

void prefetch_addresses(Work& work) noexcept {
    if (work.set == nullptr) return;
    for (const std::uint64_t hash : work.set->target_hashes()) {
        const Record* host = work.table->prefetched_record(hash);
        if (host != nullptr && host->set_count() > 0) __builtin_prefetch(&host->set(0));
    }
}

void answer(Work& work, Exchange& exchange, const Moment& moment) noexcept {
    exchange.outcome = Outcome::drop;
    exchange.truncated = false;
    exchange.size = 0;
    if (work.query.status == dns::QueryStatus::drop) return;
    Reply reply(exchange, work.query, moment);
    if (work.table != nullptr) {
        return Answering(*work.table, work.query, work.name, work.hash, reply).run();
    }
    reply.finish(work.refusal,
                 work.refusal == Rcode::refused ? ReplyClass::refused : ReplyClass::error);
}

/// Exchanges that go through together: enough to hide the waits for memory behind each other's
/// work, few enough for what they fetch to stay in the first cache.
constexpr std::size_t abreast = 16;

/// A zone of a million names is out of every cache, and each answer waits for six places that
/// follow from each other: slot, record, set, and the same for the hosts. So the batch goes
/// through them in step, each exchange asking for its next place before any waits for its own.
void respond_abreast(std::span<Exchange> exchanges, const View& view,
                     const Moment& moment) noexcept {
    std::array<Work, abreast> room;
    const std::span works(room.data(), exchanges.size());
    for (std::size_t i = 0; i < works.size(); ++i) prepare(works[i], exchanges[i], view);
    const auto each = [works](auto step) {
        for (Work& work : works) {
            if (work.table != nullptr) step(work);
        }
    };
    each([](Work& work) { work.table->prefetch_record(work.hash); });
    each(prefetch_set);
    each(prefetch_target_slots);
    each(prefetch_hosts);
    each(prefetch_addresses);
    for (std::size_t i = 0; i < works.size(); ++i) answer(works[i], exchanges[i], moment);
}

}  // namespace

void respond(std::span<Exchange> batch, const View& view, const Moment& moment) noexcept {
    for (; !batch.empty(); batch = batch.subspan(std::min(batch.size(), abreast))) {
        respond_abreast(batch.first(std::min(batch.size(), abreast)), view, moment);
    }
}

}  // namespace portolan::answer
