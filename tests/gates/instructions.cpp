// What the gates count: answers, by kind, and one change, in a zone of 99,000 SRV records.
//
//     instructions [ENVIRONMENTS]      25 unless said otherwise
//
// Under callgrind (tests/gates/check runs it) each count is a dump of its own, named "NAME TIMES".
// Without it, only the answers are checked. Everything is done once beforehand: what is counted
// is neither the first use of a page nor of a symbol.
#include <valgrind/callgrind.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "../support/zone_text.hpp"
#include "portolan/answer/respond.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/dns/rdata.hpp"
#include "portolan/source/plan_file.hpp"
#include "portolan/zone/derive.hpp"

using namespace portolan;
using answer::ReplyClass;

/// One key for all runs, or names would collide in other slots every time.
std::uint64_t dns::draw_hash_key() { return 0x9e3779b97f4a7c15U; }

namespace {

constexpr std::size_t batch = 64;  // as a full recvmmsg gives
constexpr std::size_t asked =
    2048;  // names of a kind, so that no one name's place in the table counts
constexpr unsigned applications = 99, types = 10, instances = 4;

[[noreturn]] void fail(const std::string& why) {
    std::fprintf(stderr, "instructions: %s\n", why.c_str());
    std::exit(1);
}

std::string two_digits(unsigned number) {
    return (number < 10 ? "0" : "") + std::to_string(number);
}

std::string application(unsigned i) { return "app" + two_digits(1 + i % applications); }
std::string type(unsigned i) { return "type" + two_digits(1 + i % types); }
std::string environment(unsigned i) { return "env" + two_digits(i); }

/// Every application of every environment has four hosts of its own, with two addresses each.
std::string plan_text(unsigned environments) {
    std::string text =
        "zone: z.example\nnameservers: {ns1: 192.0.2.53}\ncontact: dns@z.example\n"
        "convention:\n  pattern: XYYZZ\n  fields: {X: instance, YY: application, ZZ: type}\n"
        "  bounds: 1024-65535\n  instances: 1-4\n  applications:\n";
    for (unsigned i = 0; i < applications; ++i)
        text += "    " + application(i) + ": " + std::to_string(i + 1) + "\n";
    text += "  types:\n";
    for (unsigned i = 0; i < types; ++i)
        text += "    " + type(i) + ": " + std::to_string(i + 1) + "\n";
    text += "environments:\n";
    for (unsigned e = 0; e < environments; ++e) {
        std::string hosts, places;
        for (unsigned a = 0; a < applications; ++a) {
            places += "      " + application(a) + ": [";
            for (unsigned i = 0; i < instances; ++i) {
                const std::string host = application(a) + "h" + std::to_string(i);
                const std::string number = std::to_string(a * instances + i);
                hosts += "      " + host + ": [10." + std::to_string(e) + "." + std::to_string(i) +
                         "." + std::to_string(a) + ", \"2001:db8:" + std::to_string(e) +
                         "::" + number + "\"]\n";
                places += (i == 0 ? "" : ", ") + host;
            }
            places += "]\n";
        }
        text += "  " + environment(e) + ":\n    hosts:\n" + hosts + "    place:\n" + places;
    }
    return text;
}

/// As many zone cuts, each with its glue, and wildcards as are asked for.
zone::Records extra_sets() {
    zone::Records sets;
    const auto add = [&sets](const std::string& owner, dns::Type kind, const std::string& rdata) {
        sets.add(dns::name_from(owner + ".z.example."),
                 dns::make_rrset(kind, dns::Ttl{60}, {dns::rdata_from(kind, rdata)}));
    };
    for (std::size_t i = 0; i < asked; ++i) {
        const std::string cut = "cut" + std::to_string(i);
        add(cut, dns::Type::ns, "ns." + cut + ".z.example.");
        add("ns." + cut, dns::Type::a, "192.0.2.1");
        add("*.wild" + std::to_string(i), dns::Type::a, "192.0.2.2");
    }
    return sets;
}

zone::Zone make_zone(unsigned environments) {
    const auto read = source::read_plan("plan.yaml", [environments](const std::string&) {
        return std::optional(plan_text(environments));
    });
    if (!read.plan || !read.findings.empty()) fail("the plan: " + read.findings.front().message);
    return zone::derive(*read.plan, extra_sets(), dns::Serial{1});
}

/// One kind of answer: what is asked, and what must be told or it is not the kind.
struct Kind {
    const char* name;
    dns::Type type;
    std::string (*owner)(unsigned i, unsigned environments);
    ReplyClass expected;
    unsigned answers, authorities, additionals;  // OPT included
};

std::string service_owner(unsigned i, unsigned environments) {
    return "_" + application(i) + "-" + type(i / applications) + "._tcp." +
           environment(i % environments);
}

const Kind kinds[] = {
    {"srv", dns::Type::srv, service_owner, ReplyClass::answer, 4, 0, 9},
    {"a", dns::Type::a,
     [](unsigned i, unsigned environments) {
         return application(i) + "h" + std::to_string(i / applications % instances) + "." +
                environment(i % environments);
     },
     ReplyClass::answer, 1, 0, 1},
    {"nodata", dns::Type::aaaa, service_owner, ReplyClass::nodata, 0, 1, 1},
    {"nxdomain", dns::Type::srv,
     [](unsigned i, unsigned environments) {
         return "_no" + std::to_string(i) + "-type01._tcp." + environment(i % environments);
     },
     ReplyClass::nxdomain, 0, 1, 1},
    {"referral", dns::Type::a, [](unsigned i, unsigned) { return "www.cut" + std::to_string(i); },
     ReplyClass::referral, 0, 1, 2},
    {"wildcard", dns::Type::a, [](unsigned i, unsigned) { return "www.wild" + std::to_string(i); },
     ReplyClass::answer, 1, 0, 1},
};

template <class Work>
void count(const char* name, std::size_t times, Work work) {
    const std::string title = std::string(name) + " " + std::to_string(times);
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
    work();
    CALLGRIND_DUMP_STATS_AT(title.c_str());
    CALLGRIND_STOP_INSTRUMENTATION;
}

void check(const Kind& kind, const answer::Exchange& exchange) {
    const std::uint8_t* reply = exchange.room.data();
    if (exchange.outcome != answer::Outcome::reply || exchange.reply_class != kind.expected ||
        dns::load_u16(reply + 6) != kind.answers || dns::load_u16(reply + 8) != kind.authorities ||
        dns::load_u16(reply + 10) != kind.additionals) {
        fail(std::string(kind.name) + ": that is another kind of answer");
    }
}

void count_answers(const Kind& kind, const answer::View& view, unsigned environments) {
    constexpr std::size_t room = 1232;
    std::vector<dns::Octets> queries;
    std::vector<std::uint8_t> rooms(asked * room);
    std::vector<answer::Exchange> exchanges;
    for (unsigned i = 0; i < asked; ++i) {
        queries.push_back(test::encode({.name = kind.owner(i, environments) + ".z.example.",
                                        .type = dns::to_string(kind.type),
                                        .edns = true}));
    }
    for (std::size_t i = 0; i < asked; ++i)
        exchanges.push_back({.request = queries[i], .room = {rooms.data() + i * room, room}});
    const auto answer_all = [&] {
        for (std::size_t i = 0; i < asked; i += batch)
            answer::respond({exchanges.data() + i, batch}, view, {});
    };
    answer_all();
    for (const auto& exchange : exchanges) check(kind, exchange);
    count(kind.name, asked, answer_all);
}

/// Each time another service gets other priorities, and the zone another serial.
void count_changes(answer::Table& table, unsigned environments) {
    constexpr unsigned changed = 64;
    const auto change = [&](unsigned i, const char* priority) {
        const auto owner = dns::name_from(service_owner(i, environments) + ".z.example.");
        std::vector<dns::Octets> endpoints;
        for (const char* host : {"app01h0", "app01h1", "app01h2", "app01h3"}) {
            endpoints.push_back(dns::rdata_from(
                dns::Type::srv, std::string(priority) + " 1 80 " + host + ".env00.z.example."));
        }
        return zone::Change{owner, dns::Type::srv, nullptr,
                            dns::make_rrset(dns::Type::srv, dns::Ttl{10}, std::move(endpoints))};
    };
    const auto change_all = [&](const char* priority) {
        std::vector<zone::Change> changes;
        for (unsigned i = 0; i < changed; ++i) changes.push_back(change(i, priority));
        return changes;
    };
    table.apply(change_all("1"));
    const auto changes = change_all("2");
    count("change", changed, [&] {
        for (const auto& each : changes) {
            table.apply({&each, 1});
            table.take_garbage();
        }
    });
}

}  // namespace

int main(int argc, char** argv) {
    const auto environments = static_cast<unsigned>(argc > 1 ? std::atoi(argv[1]) : 25);
    if (environments < 1 || environments > 99) fail("1 to 99 environments");
    std::printf("g++ %s, %s\n", __VERSION__, PORTOLAN_PROCESSOR);
    const auto table = std::make_shared<answer::Table>(make_zone(environments));
    const answer::View view({table});
    for (const Kind& kind : kinds) count_answers(kind, view, environments);
    count_changes(*table, environments);
}
