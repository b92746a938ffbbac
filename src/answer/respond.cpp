#include "portolan/answer/respond.hpp"

#include <algorithm>
#include <array>

#include "answering.hpp"
#include "portolan/dns/query.hpp"
#include "reply.hpp"

namespace portolan::answer {
namespace {

using dns::Rcode;

/// One exchange on its way through the batch.
struct Work {
    dns::Query query;
    Rcode refusal = Rcode::noerror;  // when no zone is to be asked
    const Table* table = nullptr;    // of the zone to be asked
    dns::LowerName name;
    std::uint64_t hash = 0;
    Likely likely;
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
            return Rcode::refused;  // unless who knows better says otherwise (Outcome::transfer)
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
    if (work.query.status == dns::QueryStatus::drop) return;
    work.refusal = refusal_of(work.query);
    if (work.refusal == Rcode::noerror) choose_zone(work, view);
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

void answer(Work& work, Exchange& exchange, const Moment& moment) noexcept {
    exchange.outcome = Outcome::drop;
    exchange.truncated = false;
    exchange.size = 0;
    if (work.query.status == dns::QueryStatus::drop) return;
    Reply reply(exchange, work.query, moment);
    if (work.table != nullptr) {
        return Answering(*work.table, work.query, work.name, work.hash, work.likely, reply).run();
    }
    reply.finish(work.refusal,
                 work.refusal == Rcode::refused ? ReplyClass::refused : ReplyClass::error);
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
    for (std::size_t i = 0; i < works.size(); ++i) prepare(works[i], exchanges[i], view);
    const auto each = [works](auto step) {
        for (Work& work : works) {
            if (work.table != nullptr) step(work);
        }
    };
    each(prefetch_record);
    each(prefetch_set);
    each(prefetch_target_slots);
    each(prefetch_hosts);
    for (std::size_t i = 0; i < works.size(); ++i) answer(works[i], exchanges[i], moment);
}

}  // namespace

void respond(std::span<Exchange> batch, const View& view, const Moment& moment) noexcept {
    for (; !batch.empty(); batch = batch.subspan(std::min(batch.size(), abreast))) {
        respond_abreast(batch.first(std::min(batch.size(), abreast)), view, moment);
    }
}

}  // namespace portolan::answer
