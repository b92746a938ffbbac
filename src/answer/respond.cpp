#include "portolan/answer/respond.hpp"

#include <algorithm>
#include <array>

#include "answering.hpp"
#include "identity.hpp"
#include "portolan/dns/query.hpp"
#include "reply.hpp"

namespace portolan::answer {
namespace {

using dns::Rcode;

/// One exchange on its way through the batch.
struct Work {
    dns::Query query;
    const Table* table = nullptr;  // of the zone to be asked …
    Rcode rcode = Rcode::noerror;  // … or the reply when none is,
    ExtendedError why = ExtendedError::none;
    std::string_view text;  // … of a server's own name in CH
    dns::LowerName name;
    std::uint64_t hash = 0;
    Likely likely;
};

/// What a query gets that no zone is asked for, whatever the zones; NOERROR for all others.
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
            return Rcode::refused;  // unless who knows better says otherwise (Outcome::transfer)
        default:
            return Rcode::noerror;
    }
}

/// There is nothing here by that name.
void refuse(Work& work) noexcept {
    work.rcode = Rcode::refused;
    work.why = ExtendedError::not_authoritative;
}

/// Looks at the query's cookie. True when the reply is settled by it: it is all that was asked for,
/// or a better one is asked of a client over UDP that knows cookies (RFC 7873 5.2.3). One that
/// does not know them is served, within its smaller limit.
bool judge_cookie(Work& work, Exchange& exchange, const Moment& moment) noexcept {
    const bool gives_cookies = moment.secrets != nullptr && !moment.secrets->empty();
    if (gives_cookies) {
        exchange.cookie =
            check_cookie(work.query.cookie, exchange.source, moment.now, *moment.secrets);
    }
    if (work.rcode != Rcode::noerror) return true;
    if (!work.query.has_question()) {
        if (!gives_cookies) work.rcode = Rcode::formerr;
        return true;
    }
    const bool is_asked_for_better = moment.requires_cookie &&
                                     exchange.transport == Transport::udp &&
                                     exchange.cookie == CookieState::unknown;
    if (is_asked_for_better) work.rcode = Rcode::badcookie;
    return is_asked_for_better;
}

void choose_zone(Work& work, const View& view) noexcept {
    work.name.assign(work.query.name);
    work.table = view.zone_for(work.name, work.query.type == dns::Type::ds);
    // DS at an apex whose parent is not here: this zone says NODATA (RFC 4035 3.1.4.1).
    if (work.table == nullptr) work.table = view.zone_for(work.name);
    if (work.table == nullptr) return refuse(work);
    work.hash = dns::keyed_hash(work.name.octets());
    work.table->prefetch_slot(work.hash);
}

/// The server's own names in CH; every other name and class is not served.
void identify(Work& work, const Moment& moment) noexcept {
    const bool is_text = work.query.type == dns::Type::txt || work.query.type == dns::Type::any;
    if (work.query.klass == dns::Class::ch && is_text && moment.identity != nullptr) {
        work.text = identity_text(work.query.name, *moment.identity);
    }
    if (work.text.empty()) refuse(work);
}

void prepare(Work& work, Exchange& exchange, const View& view, const Moment& moment) noexcept {
    work.query = dns::parse_query(exchange.request);
    exchange.cookie = CookieState::none;
    if (work.query.status == dns::QueryStatus::drop) return;
    work.rcode = refusal_of(work.query);
    if (!work.query.cookie.empty() && judge_cookie(work, exchange, moment)) return;
    if (work.rcode != Rcode::noerror) return;
    if (work.query.klass == dns::Class::in) return choose_zone(work, view);
    identify(work, moment);
}

void prefetch_octets(const dns::Rrset* set) noexcept {
    const auto* octets = reinterpret_cast<const std::uint8_t*>(set);
    for (std::size_t line = 0; line < 256; line += 64) __builtin_prefetch(octets + line);
}

void prefetch_record(Work& work) noexcept {
    work.likely.record = work.table->prefetch_record(work.hash);
}

void prefetch_set(Work& work) noexcept {
    if (work.likely.record == nullptr) return;
    work.likely.set = work.likely.record->find(work.query.type);
    if (work.likely.set != nullptr) prefetch_octets(work.likely.set);
}

/// The targets whose hosts are fetched ahead.
std::span<const std::uint64_t> targets_of(const Work& work) noexcept {
    if (work.likely.set == nullptr) return {};
    const auto hashes = work.likely.set->target_hashes();
    return hashes.first(std::min(hashes.size(), Likely::most_hosts));
}

void prefetch_target_slots(Work& work) noexcept {
    for (const std::uint64_t hash : targets_of(work)) work.table->prefetch_slot(hash);
}

void prefetch_hosts(Work& work) noexcept {
    const Record** host = work.likely.hosts.data();
    for (const std::uint64_t hash : targets_of(work)) *host++ = work.table->prefetch_record(hash);
}

ReplyClass class_of(const Work& work) noexcept {
    if (work.rcode == Rcode::refused) return ReplyClass::refused;
    if (work.rcode != Rcode::noerror) return ReplyClass::error;
    return work.text.empty() ? ReplyClass::nodata : ReplyClass::answer;
}

/// Anew when the zone was changed so that nothing proves the answer; what was fetched ahead is of
/// the time before.
void answer_from_zone(Work& work, Exchange& exchange, const View& view,
                      const Moment& moment) noexcept {
    constexpr unsigned tries = 64;
    for (unsigned i = 0; i < tries; ++i) {
        Reply reply(exchange, work.query, moment);
        Answering answering(view, *work.table, work.query, work.name, work.hash, work.likely,
                            reply);
        if (answering.run(i > 1)) return;
        work.name.assign(work.query.name);
        work.likely.record = nullptr;
        work.likely.set = nullptr;
    }
    Reply(exchange, work.query, moment).finish(Rcode::servfail, ReplyClass::error);
}

void answer(Work& work, Exchange& exchange, const View& view, const Moment& moment) noexcept {
    exchange.outcome = Outcome::drop;
    exchange.truncated = false;
    exchange.name_exists = false;
    exchange.size = 0;
    if (work.query.status == dns::QueryStatus::drop) return;
    if (work.table != nullptr) return answer_from_zone(work, exchange, view, moment);
    Reply reply(exchange, work.query, moment);
    reply.explain(work.why);
    if (!work.text.empty()) {
        reply.set_authoritative(true);
        reply.answer_text(work.text);
    }
    reply.finish(work.rcode, class_of(work));
}

/// Exchanges that go through together: enough to hide the waits for memory behind each other's
/// work, few enough for what they fetch to stay in the first cache.
constexpr std::size_t abreast = 16;

/// A zone of a million names is out of every cache, and each answer waits for five places that
/// follow from each other: slot, record, set, and the hosts' slots and records. So the batch goes
/// through them in step, each exchange asking for its next place before any waits for its own.
void respond_abreast(std::span<Exchange> exchanges, const View& view,
                     const Moment& moment) noexcept {
    std::array<Work, abreast> room;
    const std::span works(room.data(), exchanges.size());
    for (std::size_t i = 0; i < works.size(); ++i) prepare(works[i], exchanges[i], view, moment);
    const auto each = [works](auto step) {
        for (Work& work : works) {
            if (work.table != nullptr) step(work);
        }
    };
    each(prefetch_record);
    each(prefetch_set);
    each(prefetch_target_slots);
    each(prefetch_hosts);
    for (std::size_t i = 0; i < works.size(); ++i) answer(works[i], exchanges[i], view, moment);
}

}  // namespace

void respond(std::span<Exchange> batch, const View& view, const Moment& moment) noexcept {
    for (; !batch.empty(); batch = batch.subspan(std::min(batch.size(), abreast))) {
        respond_abreast(batch.first(std::min(batch.size(), abreast)), view, moment);
    }
}

}  // namespace portolan::answer
