// What the gates count: answers, by kind, and changes, by kind, in a zone of 99,000 SRV records.
//
//     instructions [ENVIRONMENTS]      25 unless said otherwise
//
// Under callgrind (tests/gates/check runs it) each count is a dump of its own, named "NAME TIMES".
// Without it, only the answers are checked. Everything is done once beforehand: what is counted
// is neither the first use of a page nor of a symbol.
#include <valgrind/callgrind.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "../support/zone_text.hpp"
#include "portolan/answer/respond.hpp"
#include "portolan/app/engine.hpp"
#include "portolan/dns/presentation.hpp"

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
std::string master_file_text() {
    std::string text;
    for (std::size_t i = 0; i < asked; ++i) {
        const std::string number = std::to_string(i), cut = "cut" + number;
        text += cut + " 60 NS ns." + cut + "\nns." + cut + " 60 A 192.0.2.1\n*.wild" + number +
                " 60 A 192.0.2.2\n";
    }
    return text;
}

/// A server without sockets. Its files go with it.
class Server {
public:
    explicit Server(unsigned environments) {
        write("plan.yaml", plan_text(environments) + "records: extra.zone\n");
        write("extra.zone", master_file_text());
        if (!engine.load(app::Engine::Cause::start)) {
            fail("the plan: " + engine.last_findings().front().message);
        }
    }
    ~Server() { std::filesystem::remove_all(folder); }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

private:
    void write(const char* name, const std::string& text) const {
        std::ofstream(folder / name, std::ios::binary) << text;
    }
    static std::filesystem::path make_folder() {
        std::string pattern = std::filesystem::temp_directory_path() / "portolan-gates-XXXXXX";
        if (mkdtemp(pattern.data()) == nullptr) fail("no folder for the plan");
        return pattern;
    }

    const std::filesystem::path folder = make_folder();
    app::SerialStore serials{""};  // in memory

public:
    app::Engine engine{{folder / "plan.yaml"}, {}, serials, 0, [] { return 1U; }};
};

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

using MakeChange = registry::Change (*)(const std::string& environment, const std::string& service,
                                        unsigned turn);

/// The first host's endpoint warns, then fails.
registry::Change verdict(const std::string& environment, const std::string& service,
                         unsigned turn) {
    const auto id = [&](std::size_t at) {
        return static_cast<unsigned>(std::stoul(service.substr(at, 2)));
    };
    const auto port = static_cast<registry::Port>(10000 + 100 * id(3) + id(10));
    const auto verdict = turn == 1 ? registry::Verdict::warning : registry::Verdict::critical;
    return registry::VerdictsChange{environment,
                                    service,
                                    registry::Protocol::tcp,
                                    {{service.substr(0, 5) + "h0", port, verdict}}};
}

/// An endpoint on another host, which no plan has.
registry::Change announcement(const std::string& environment, const std::string& service,
                              unsigned turn) {
    const auto address = *registry::parse_address("10.99.0." + std::to_string(turn));
    return registry::EndpointsChange{
        environment, service, registry::Protocol::tcp, {{address, 40000}}};
}

/// Each time of another service, under another serial: the whole way of a change, from what is said
/// to what is answered.
void count_changes(const char* name, MakeChange make, app::Engine& engine, unsigned environments) {
    constexpr unsigned changed = 64;
    const auto apex = dns::name_from("z.example.");
    const auto all = [&](unsigned turn) {
        std::vector<registry::Change> changes;
        for (unsigned i = 0; i < changed; ++i) {
            changes.push_back(make(environment(i % environments),
                                   application(i) + "-" + type(i / applications), turn));
        }
        return changes;
    };
    const auto apply = [&](const std::vector<registry::Change>& changes) {
        for (const auto& change : changes) {
            if (!engine.apply(apex, {&change, 1}).empty()) fail("change: it was refused");
            engine.published().reclaim();
        }
    };
    apply(all(1));
    const auto changes = all(2);
    count(name, changed, [&] { apply(changes); });
}

}  // namespace

int main(int argc, char** argv) {
    const auto environments = static_cast<unsigned>(argc > 1 ? std::atoi(argv[1]) : 25);
    if (environments < 1 || environments > 99) fail("1 to 99 environments");
    std::printf("g++ %s, %s\n", __VERSION__, PORTOLAN_PROCESSOR);
    Server server(environments);
    const answer::View& view = server.engine.published().current().view;
    for (const Kind& kind : kinds) count_answers(kind, view, environments);
    count_changes("verdict", verdict, server.engine, environments);
    count_changes("announcement", announcement, server.engine, environments);
}
