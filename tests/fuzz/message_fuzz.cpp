// Any octets as a message: what must hold of every reply, whatever was asked.
//
// The first octet chooses the transport and how the rest is read: as the message itself, or as
// wishes for one that is well-formed and asks near a name of the zone; random octets seldom do.
// runs: 100000
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <stdexcept>

#include "../support/hard_zone.hpp"
#include "../support/zone_text.hpp"
#include "portolan/answer/rate_limit.hpp"
#include "portolan/dns/query.hpp"

namespace {

using namespace portolan;

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "message_fuzz: %s\n", what);
    std::abort();
}

void must(bool holds, const char* what) {
    if (!holds) fail(what);
}

/// Takes input from the front; zeros when there is no more.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}
    std::uint8_t u8() {
        if (rest_.empty()) return 0;
        const std::uint8_t value = rest_.front();
        rest_ = rest_.subspan(1);
        return value;
    }
    std::uint16_t u16() {
        const std::uint16_t high = u8();
        return static_cast<std::uint16_t>((high << 8) | u8());
    }
    dns::OctetView take(std::size_t count) {
        const auto taken = rest_.first(std::min(count, rest_.size()));
        rest_ = rest_.subspan(taken.size());
        return taken;
    }
    dns::OctetView rest() const { return rest_; }

private:
    dns::OctetView rest_;
};

/// What the zones hold: every owner, and the RDATA of every set, to recognise whole sets by.
struct Contents {
    std::vector<dns::Name> owners;
    std::set<std::pair<dns::Type, std::multiset<dns::Octets>>> sets;
};

Contents contents_of(const answer::View& view) {
    Contents contents;
    for (const auto& table : view.tables()) {
        table->for_each([&contents](const answer::Record& record) {
            if (record.set_count() > 0) contents.owners.emplace_back(record.name());
            for (unsigned i = 0; i < record.set_count(); ++i) {
                std::multiset<dns::Octets> rdatas;
                for (const auto rdata : record.set(i)) rdatas.emplace(rdata.begin(), rdata.end());
                contents.sets.emplace(record.set(i).type(), std::move(rdatas));
            }
        });
    }
    return contents;
}

const Contents& contents() {
    static const Contents instance = contents_of(test::hard_view());
    return instance;
}

const dns::Octets source{192, 0, 2, 1};
const answer::CookieSecrets secrets{{1, 2, 3}, {4, 5, 6}};
const answer::Identity identity{"ns1.fuzz", "a version"};
constexpr std::uint32_t now = 1559731985;

answer::Moment moment_of(std::uint16_t udp_limit) {
    return {.udp_limit = udp_limit,
            .requires_cookie = udp_limit % 2 == 0,
            .tcp_idle = 100,
            .now = now,
            .secrets = &secrets,
            .identity = &identity};
}

void put_option(dns::Writer& writer, dns::Option option, dns::OctetView data) {
    writer.u16(static_cast<std::uint16_t>(option));
    writer.u16(static_cast<std::uint16_t>(data.size()));
    writer.octets(data);
}

/// The options that are answered, well-formed, and one of any kind and length.
void put_options(dns::Writer& writer, Input& input) {
    const std::uint8_t wishes = input.u8();
    if ((wishes & 1U) != 0) put_option(writer, dns::Option::nsid, {});
    if ((wishes & 2U) != 0) put_option(writer, dns::Option::keepalive, {});
    if ((wishes & 4U) != 0) {
        const dns::Octets client(answer::client_cookie_octets, wishes);
        const auto ours = answer::make_cookie(client, source, now, secrets.back());
        put_option(writer, dns::Option::cookie, (wishes & 8U) != 0 ? ours : dns::OctetView(client));
    }
    if ((wishes & 16U) != 0) {
        const auto option = static_cast<dns::Option>(input.u8());
        put_option(writer, option, input.take(input.u8() & 63U));
    }
}

/// A query for a name of the zone or near one: labels put before it or taken away.
dns::Octets composed(Input& input) {
    const auto& owners = contents().owners;
    dns::Name name = owners[input.u16() % owners.size()];
    const std::uint8_t wishes = input.u8();
    for (unsigned i = wishes & 3U; i > 0 && !name.view().is_root(); --i) {
        name = dns::Name(name.view().parent());
    }
    for (unsigned i = (wishes >> 2) & 3U; i > 0; --i) {
        static_cast<void>(name.prepend(input.take(input.u8() & 63U)));
    }
    constexpr dns::Type types[] = {dns::Type::srv,   dns::Type::a,  dns::Type::aaaa,
                                   dns::Type::ns,    dns::Type::mx, dns::Type::cname,
                                   dns::Type::dname, dns::Type::ds, dns::Type::txt,
                                   dns::Type::soa,   dns::Type::any};
    const std::uint8_t choice = input.u8();
    const bool listed = choice < std::size(types);
    const auto type = listed ? static_cast<std::uint16_t>(types[choice]) : input.u16();
    const bool edns = (wishes & 0x10U) != 0;
    std::uint8_t room[512];
    dns::Writer writer(room);
    writer.u16(input.u16());
    writer.u16(input.u16() & 0x07ffU);                    // a query, its other flags as they come
    const bool has_question = (wishes & 0xc0U) != 0xc0U;  // or a cookie is all that is wanted
    writer.u16(has_question ? 1 : 0);
    writer.u32(0);
    writer.u16(edns ? 1 : 0);
    if (has_question) {
        writer.octets(name.octets());
        writer.u16(type);
        writer.u16(1);
    }
    if (edns) {
        writer.u8(0);
        writer.u16(41);
        writer.u16(input.u16());
        writer.u32((wishes & 0x20U) != 0 ? 0x8000U : 0U);
        const std::size_t length_at = writer.position();
        writer.u16(0);
        put_options(writer, input);
        dns::store_u16(writer.at(length_at),
                       static_cast<std::uint16_t>(writer.position() - length_at - 2));
    }
    return {room, room + writer.position()};
}

/// One section of a reply, gathered into its sets.
using Section = std::map<std::pair<dns::Name, dns::Type>, std::multiset<dns::Octets>>;

template <class T>
T good(const dns::Result<T>& result) {
    must(result.has_value(), "the reply does not decode");
    return *result;
}

Section read_section(dns::Reader& reader, unsigned count) {
    Section section;
    for (; count > 0; --count) {
        const dns::Name owner = good(reader.name());
        const auto type = static_cast<dns::Type>(good(reader.u16()));
        const auto klass = static_cast<dns::Class>(good(reader.u16()));
        good(reader.u32());
        const auto rdata = good(reader.octets(good(reader.u16())));
        if (type == dns::Type::opt || klass == dns::Class::ch) continue;
        section[{owner, type}].emplace(rdata.begin(), rdata.end());
        if (type == dns::Type::srv) {  // RFC 2782: never compressed
            dns::Reader target(rdata, 6);
            must(target.plain_name().has_value(), "an SRV target is compressed");
            must(target.remaining() == 0, "an SRV is longer than its target");
        }
    }
    return section;
}

bool has_type(const Section& section, dns::Type type) {
    for (const auto& [key, rdatas] : section) {
        if (key.second == type) return true;
    }
    return false;
}

/// Every set is one that a zone has, whole; only a DNAME's CNAME is made on the way.
void check_sets(const Section& section) {
    for (const auto& [key, rdatas] : section) {
        if (contents().sets.contains({key.second, rdatas})) continue;
        must(key.second == dns::Type::cname && rdatas.size() == 1 &&
                 has_type(section, dns::Type::dname),
             "a set in the reply is not a whole set of the zone");
    }
}

void check_header(dns::OctetView request, dns::OctetView reply, const answer::Exchange& exchange) {
    const std::uint16_t asked = dns::load_u16(request.data() + 2);
    const std::uint16_t told = dns::load_u16(reply.data() + 2);
    must(dns::load_u16(reply.data()) == dns::load_u16(request.data()), "another ID");
    must((told & 0x8000U) != 0, "QR is not set");
    must((told & 0x7910U) == (asked & 0x7910U), "opcode, RD or CD differ");
    must((told & 0x00e0U) == 0, "RA, Z or AD is set");
    must(exchange.truncated == ((told & 0x0200U) != 0), "TC is not as the outcome says");
}

void check_question(dns::OctetView request, dns::OctetView reply, unsigned rcode) {
    const unsigned questions = dns::load_u16(reply.data() + 4);
    const unsigned asked = dns::load_u16(request.data() + 4);
    if (rcode != 1 && rcode != 4) must(questions == asked, "the question is not echoed");
    if (questions == 0) return;
    must(questions == 1, "several questions");
    dns::Reader reader(request, dns::header_octets);
    good(reader.plain_name());
    const std::size_t end = reader.position() + 4;
    must(end <= request.size() && end <= reply.size(), "a question out of nothing");
    must(std::equal(request.begin() + 12, request.begin() + static_cast<std::ptrdiff_t>(end),
                    reply.begin() + 12),
         "another question");
}

std::size_t limit_of(dns::OctetView request, answer::Transport transport, std::uint16_t udp_limit) {
    if (transport == answer::Transport::tcp) return 65535;
    return std::min<std::size_t>(dns::parse_query(request).payload, udp_limit);
}

void check_reply(dns::OctetView request, const answer::Exchange& exchange, std::size_t limit) {
    const dns::OctetView reply = exchange.room.first(exchange.size);
    must(reply.size() <= limit, "the reply is too large");
    check_header(request, reply, exchange);
    test::Told told;
    try {
        told = test::decode(reply);
    } catch (const std::exception& error) {
        fail(error.what());
    }
    check_question(request, reply, told.rcode);
    dns::Reader reader(reply, 12);
    if (dns::load_u16(reply.data() + 4) == 1) {
        good(reader.plain_name());
        good(reader.u32());
    }
    const Section answer = read_section(reader, dns::load_u16(reply.data() + 6));
    check_sets(answer);
    check_sets(read_section(reader, dns::load_u16(reply.data() + 8)));
    check_sets(read_section(reader, dns::load_u16(reply.data() + 10)));
    must(reader.remaining() == 0, "octets behind the last record");
    const bool is_asked = !told.question.empty();
    if (told.rcode == 0 && is_asked && told.answer.empty() && !told.truncated()) {
        must(!told.authority.empty(), "nothing is said, not even a SOA or a referral");
    }
}

/// The same reply over a limit of one: whole, then cut short to question and OPT.
void check_limited(std::span<answer::Exchange, 2> batch, std::size_t limit) {
    const auto& second = batch[1];
    const bool is_limited = second.outcome != answer::Outcome::drop &&
                            second.transport == answer::Transport::udp &&
                            second.cookie != answer::CookieState::good;
    const bool is_for_transfer = second.outcome == answer::Outcome::transfer;
    const std::size_t whole = second.size;
    answer::RateLimiter limiter({.replies_per_second = 1, .slip = 1, .buckets = 4});
    limiter.limit(batch, 0);
    if (!is_limited) return must(second.size == whole, "limited without need");
    if (is_for_transfer) return must(second.outcome == answer::Outcome::drop, "not limited");
    must(second.truncated && second.size <= whole, "not cut short");
    check_reply(second.request, second, limit);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    const std::uint8_t choice = input.u8();
    const auto transport = (choice & 1U) != 0 ? answer::Transport::tcp : answer::Transport::udp;
    const auto udp_limit = static_cast<std::uint16_t>(512 + (choice >> 2) * 57);  // up to 4103
    dns::Octets request;  // exactly as long as it is, for the address sanitizer
    if ((choice & 2U) != 0) {
        request = composed(input);
    } else {
        request.assign(input.rest().begin(), input.rest().end());
    }
    const std::size_t limit = limit_of(request, transport, udp_limit);
    std::vector<std::uint8_t> rooms[2];
    answer::Exchange batch[2];
    for (int i = 0; i < 2; ++i) {
        rooms[i].resize(transport == answer::Transport::tcp ? 65535 : udp_limit);
        batch[i] = {.request = request, .room = rooms[i], .transport = transport, .source = source};
    }
    answer::respond(batch, test::hard_view(), moment_of(udp_limit));
    const bool dropped = request.size() < 12 || (request[2] & 0x80U) != 0;
    for (const auto& exchange : batch) {
        must((exchange.outcome == answer::Outcome::drop) == dropped,
             "dropped or answered, but not as it should");
        if (!dropped) check_reply(request, exchange, limit);
    }
    must(std::equal(rooms[0].begin(), rooms[0].begin() + batch[0].size, rooms[1].begin(),
                    rooms[1].begin() + batch[1].size),
         "the same question is answered in two ways");
    check_limited(batch, limit);
    return 0;
}
