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

/// Target names whose addresses go to Additional: where the RDATA keeps its name.
bool has_target(dns::Type type, std::size_t& name_offset) noexcept {
    switch (type) {
        case dns::Type::ns:
            name_offset = 0;
            return true;
        case dns::Type::mx:
        case dns::Type::kx:
        case dns::Type::afsdb:
        case dns::Type::rt:
        case dns::Type::svcb:  // RFC 9460 4.1
        case dns::Type::https:
            name_offset = 2;
            return true;
        case dns::Type::srv:
            name_offset = 6;
            return true;
        default:
            return false;
    }
}

/// Answers one good query from one zone.
class Answering {
public:
    Answering(const Table& table, const dns::Query& query, Reply& reply) noexcept
        : table_(table), query_(query), reply_(reply), name_(query.name) {}

    void run() noexcept {
        reply_.set_authoritative(true);
        for (aliases_ = 0; aliases_ <= alias_limit && !done_; ++aliases_) {
            const Lookup lookup = find(table_, name_, query_.type);
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
        if (!reply_.authority(table_.negative_soa(), 1, offset_of_suffix(table_.apex()))) {
            reply_.truncate();
        }
    }

    void write(const Alias& found) noexcept {
        class_ = ReplyClass::answer;
        const std::size_t target = reply_.position() + dns::Rrset::header_octets;
        if (!reply_.answer(*found.cname, owner_)) return truncated();
        follow(target, dns::NameView(*found.cname->begin()));
    }

    void write(const Substitution& found) noexcept {
        class_ = ReplyClass::answer;
        const std::size_t owner = offset_of_suffix(found.owner->name);
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
        const dns::OctetView octets = name_.octets();
        std::array<std::uint8_t, dns::max_name_octets> prefix;
        const std::size_t kept = octets.size() - found.owner->name.size();
        std::copy_n(octets.begin(), kept, prefix.begin());
        prefix[kept] = 0;
        return target.prepend_all(dns::NameView({prefix.data(), kept + 1}));
    }

    /// Goes on at the alias's target, or ends the answer with the chain when it leaves the zone:
    /// only the target's own servers can speak for it, and resolvers ask them anyway.
    void follow(std::size_t offset, dns::NameView target) noexcept {
        if (!target.is_at_or_below(table_.apex()) || is_visited(target)) {
            done_ = true;
            return;
        }
        owners_[aliases_] = owner_;
        name_ = dns::Name(target);
        owner_ = offset;
    }

    /// True when the chain comes back to a name that it has passed: the answer ends there.
    [[nodiscard]] bool is_visited(dns::NameView target) const noexcept {
        if (target == name_) return true;
        for (unsigned i = 0; i < aliases_; ++i) {
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
        if (!reply_.authority(found.ns->body(), found.ns->count(),
                              offset_of_suffix(found.cut->name))) {
            return reply_.truncate();
        }
        cut_ = found.cut;
        add_targets(*found.ns, start, true);
    }

    /// The addresses of each target, once each, A before AAAA. What does not fit is left out in
    /// silence (RFC 2181 9), but needed glue.
    void add_targets(const dns::Rrset& rrset, std::size_t start, bool glue) noexcept {
        std::size_t name_offset = 0;
        if (!has_target(rrset.type(), name_offset)) return;
        std::size_t record = start;
        for (const dns::OctetView rdata : rrset) {
            const std::size_t written_at = record + dns::Rrset::header_octets + name_offset;
            if (const auto target = dns::Reader(rdata, name_offset).plain_name()) {
                add_addresses(*target, written_at, glue);
            }
            record += dns::Rrset::header_octets + rdata.size();
        }
    }

    void add_addresses(dns::NameView target, std::size_t written_at, bool glue) noexcept {
        const Table::Node* node = find_target(table_, target);
        if (node == nullptr || node->rrsets == nullptr || is_repeated(node)) return;
        for (const dns::Type type : {dns::Type::a, dns::Type::aaaa}) {
            const dns::Rrset* addresses = node->find(type);
            if (addresses == nullptr || reply_.additional(*addresses, written_at)) continue;
            if (glue && node->name.is_at_or_below(cut_->name)) reply_.truncate();
        }
    }

    /// Several SRV of one host are common: its addresses come once.
    bool is_repeated(const Table::Node* node) noexcept {
        for (std::size_t i = 0; i < added_count_; ++i) {
            if (added_[i] == node) return true;
        }
        if (added_count_ < added_.size()) added_[added_count_++] = node;
        return false;
    }

    /// A truncated answer sends the client to TCP for all of it; the records so far may stay.
    void truncated() noexcept {
        done_ = true;
        reply_.truncate();
    }

    /// Where `suffix`, an ancestor of the name in hand or that name, stands in the reply.
    [[nodiscard]] std::size_t offset_of_suffix(dns::NameView suffix) const noexcept {
        return owner_ + name_.size() - suffix.size();
    }

    const Table& table_;
    const dns::Query& query_;
    Reply& reply_;
    dns::Name name_;                          // the query's, then each alias's target
    std::size_t owner_ = dns::header_octets;  // where it stands in the reply
    unsigned aliases_ = 0;
    std::array<std::size_t, alias_limit + 1> owners_;          // offsets of the names passed
    std::array<const dns::Rrset*, alias_limit + 1> dnames_{};  // written, at their alias's index
    bool done_ = false;
    Rcode rcode_ = Rcode::noerror;
    ReplyClass class_ = ReplyClass::error;
    const Table::Node* cut_ = nullptr;
    std::array<const Table::Node*, 128> added_;
    std::size_t added_count_ = 0;
};

/// Types that no zone can answer as data.
bool is_refused_type(dns::Type type) noexcept {
    return type == dns::Type::axfr || type == dns::Type::ixfr;  // no transfers are offered
}

bool is_malformed_type(dns::Type type) noexcept {
    return type == dns::Type::opt || type == dns::Type::tsig || type == dns::Type::tkey;
}

void answer_good(const dns::Query& query, const View& view, Reply& reply) noexcept {
    if (is_malformed_type(query.type)) return reply.finish(Rcode::formerr, ReplyClass::error);
    const Table* table = nullptr;
    if (query.klass == dns::Class::in && !is_refused_type(query.type)) {
        table = view.zone_for(query.name, query.type == dns::Type::ds);
        // DS at an apex whose parent is not here: this zone says NODATA (RFC 4035 3.1.4.1).
        if (table == nullptr) table = view.zone_for(query.name);
    }
    if (table == nullptr) return reply.finish(Rcode::refused, ReplyClass::refused);
    Answering(*table, query, reply).run();
}

void respond_to(Exchange& exchange, const View& view, const Moment& moment) noexcept {
    exchange.outcome = Outcome::drop;
    exchange.truncated = false;
    exchange.size = 0;
    const dns::Query query = dns::parse_query(exchange.request);
    if (query.status == dns::QueryStatus::drop) return;
    Reply reply(exchange, query, moment);
    switch (query.status) {
        case dns::QueryStatus::drop:
            return;
        case dns::QueryStatus::formerr:
            return reply.finish(Rcode::formerr, ReplyClass::error);
        case dns::QueryStatus::notimp:
            return reply.finish(Rcode::notimp, ReplyClass::error);
        case dns::QueryStatus::badvers:
            return reply.finish(Rcode::badvers, ReplyClass::error);
        case dns::QueryStatus::good:
            return answer_good(query, view, reply);
    }
}

}  // namespace

void respond(std::span<Exchange> batch, const View& view, const Moment& moment) noexcept {
    for (Exchange& exchange : batch) respond_to(exchange, view, moment);
}

}  // namespace portolan::answer
