// Changes between loads: what a client sees of them, serials, reloads, restarts.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "../support/zone_text.hpp"
#include "portolan/app/engine.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/zone/soa.hpp"

using namespace portolan;
using namespace portolan::app;
namespace fs = std::filesystem;
using registry::AddressesChange;
using registry::Change;
using registry::EndpointsChange;
using registry::Protocol;
using registry::Verdict;
using registry::Verdicts;
using registry::VerdictsChange;

namespace {

constexpr std::uint32_t now = 1700000000;
const dns::Name apex = dns::name_from("a.example.");

const std::string plan_text = R"(
zone: a.example
nameservers: {ns1: 192.0.2.53}
contact: dns@corp.example
registry:
  services:
    api: {port: 5001, endpoints: [{host: h1}]}
    mail: {port: 5002}
environments:
  prod:
    aliases: [production]
    networks: [10.1.0.0/16]
    hosts: {h1: 10.1.0.1, h2: [10.1.0.2, "2001:db8::2"]}
)";

/// A folder with a plan and a state folder, which go with the test.
struct Place {
    Place() {
        std::string pattern = (fs::temp_directory_path() / "portolan-engine-XXXXXX").string();
        path = mkdtemp(pattern.data());
        write("plan.yaml", plan_text);
    }
    ~Place() { fs::remove_all(path); }
    void write(const char* name, const std::string& text) const {
        std::ofstream(path / name, std::ios::binary) << text;
    }
    fs::path path;
};

/// A server without sockets.
struct Server {
    explicit Server(const Place& place, const std::string& state = "", std::size_t workers = 0)
        : serials(state),
          engine({(place.path / "plan.yaml").string()}, {}, serials, workers, [] { return now; }) {
        REQUIRE(engine.load(Engine::Cause::start));
    }
    test::Told ask(const char* name, const char* type) {
        return test::ask(engine.published().current().view, {name, type});
    }
    std::uint32_t serial() {
        const auto& table = *engine.published().current().view.tables().front();
        const auto* soa = table.find(apex.octets())->find(dns::Type::soa);
        return zone::read_soa(*soa->begin()).serial.value;
    }
    std::vector<Engine::Refused> apply(const Change& change) {
        return engine.apply(apex, {&change, 1});
    }
    SerialStore serials;
    Engine engine;
};

registry::AnnouncedEndpoint at(const char* address, registry::Port port,
                               std::optional<std::uint16_t> priority = {},
                               std::optional<std::uint16_t> weight = {}) {
    return {*registry::parse_address(address), port, priority, weight};
}
Change api_at(std::vector<registry::AnnouncedEndpoint> endpoints,
              const char* environment = "prod") {
    return EndpointsChange{environment, "api", Protocol::tcp, std::move(endpoints)};
}
Change api_is(Verdicts verdicts) {
    return VerdictsChange{"prod", "api", Protocol::tcp, std::move(verdicts)};
}
Change h2_at(const char* address) {
    return AddressesChange{"prod", "h2", std::vector{*registry::parse_address(address)}};
}

using Lines = std::multiset<std::string>;

}  // namespace

TEST_CASE("a change is answered at once, under the next serial", "[live]") {
    Place place;
    Server server(place);
    const char* const api = "_api._tcp.prod.a.example.";
    CHECK(server.serial() == now);
    const std::string planned = "_api._tcp.prod.a.example. 10 SRV 10 100 5001 h1.prod.a.example.";
    const std::string h1 = "h1.prod.a.example. 300 A 10.1.0.1";
    CHECK(server.apply(api_at({at("2001:db8::2", 6001, 7, 8)})).empty());
    const auto told = server.ask(api, "SRV");
    CHECK(told.answer ==
          Lines{planned, "_api._tcp.prod.a.example. 10 SRV 7 8 6001 h2.prod.a.example."});
    CHECK(told.additional == Lines{h1, "h2.prod.a.example. 300 A 10.1.0.2",
                                   "h2.prod.a.example. 300 AAAA 2001:db8::2"});
    CHECK(server.serial() == now + 1);
    CHECK(server.ask("6001._tcp._port.prod.a.example.", "PTR").answer.size() == 1);

    CHECK(server.apply(h2_at("10.1.0.9")).empty());  // now the endpoint is on a host of its own
    CHECK(server.ask(api, "SRV").additional ==
          Lines{h1, "ip-2001-db8-0-0-0-0-0-2.prod.a.example. 300 AAAA 2001:db8::2"});
    CHECK(server.ask("h2.prod.a.example.", "AAAA").answer.empty());
    CHECK(server.serial() == now + 2);

    CHECK(server.apply(h2_at("10.1.0.9")).empty());  // no news
    CHECK(server.serial() == now + 2);
    CHECK(server.apply(EndpointsChange{"production", "api", Protocol::tcp, {}}).empty());
    CHECK(server.ask(api, "SRV").answer == Lines{planned});
    CHECK(server.ask("ip-2001-db8-0-0-0-0-0-2.prod.a.example.", "AAAA").rcode == 3);
    CHECK(server.ask("6001._tcp._port.prod.a.example.", "PTR").rcode == 3);
}

TEST_CASE("verdicts decide who is in a set, and all down is as if all were up", "[live]") {
    Place place;
    Server server(place);
    const auto api = [&] { return server.ask("_api._tcp.prod.a.example.", "SRV").answer; };
    const std::string h1 = "_api._tcp.prod.a.example. 10 SRV 10 100 5001 h1.prod.a.example.";
    const std::string h2 = "_api._tcp.prod.a.example. 10 SRV 20 100 6001 h2.prod.a.example.";
    server.apply(api_at({at("10.1.0.2", 6001)}));
    CHECK(api() == Lines{h1, h2});
    CHECK(server.apply(api_is({{"h1", 5001, Verdict::critical}})).empty());
    CHECK(api() == Lines{h2});
    CHECK(server.ask("5001._tcp._port.prod.a.example.", "PTR").answer.size() == 1);
    CHECK(server.apply(api_is({{"h1", 5001, Verdict::critical}, {"h2", 6001, Verdict::critical}}))
              .empty());
    CHECK(api() == Lines{h1, h2});
    server.apply(api_is({{"h1", 5001, Verdict::maintenance}, {"h2", 6001, Verdict::maintenance}}));
    CHECK(api().empty());
    CHECK(server.ask("_api._tcp.prod.a.example.", "SRV").rcode == 0);  // known but empty
    server.apply(api_is({}));
    CHECK(api() == Lines{h1, h2});
}

TEST_CASE("a burst is one step, and what is refused in it holds nothing up", "[live]") {
    Place place;
    Server server(place);
    const std::vector<Change> burst{api_at({at("10.1.0.1", 1)}), api_at({at("10.9.0.9", 2)}),
                                    h2_at("10.9.0.1"), api_at({at("10.1.0.2", 3, 3, 3)})};
    const auto refused = server.engine.apply(apex, burst);
    REQUIRE(refused.size() == 2);
    CHECK(refused[0].position == 1);
    CHECK(refused[0].reason == "10.9.0.9 of api of prod is outside the networks of prod");
    CHECK(refused[1].position == 2);
    CHECK(refused[1].reason == "10.9.0.1 of h2.prod is outside the networks of prod");
    CHECK(server.serial() == now + 1);
    CHECK(server.ask("_api._tcp.prod.a.example.", "SRV").answer ==
          Lines{"_api._tcp.prod.a.example. 10 SRV 10 100 5001 h1.prod.a.example.",
                "_api._tcp.prod.a.example. 10 SRV 3 3 3 h2.prod.a.example."});
    CHECK(server.ask("1._tcp._port.prod.a.example.", "PTR").rcode == 3);

    const auto nowhere = server.engine.apply(dns::name_from("b.example."), burst);
    REQUIRE(nowhere.size() == 4);
    CHECK(nowhere[0].reason == "no zone b.example is served");
}

TEST_CASE("a reload keeps what was said", "[live]") {
    Place place;
    Server server(place);
    server.apply(h2_at("10.1.0.9"));
    server.apply(api_at({at("10.1.0.9", 6001, 7, 8)}));
    server.apply(api_is({{"h1", 5001, Verdict::critical}}));
    CHECK(server.engine.load(Engine::Cause::asked));
    CHECK(server.serial() == now + 3);  // nothing changed
    std::string edited = plan_text;
    edited.replace(edited.find("10.1.0.1,"), 8, "10.1.0.5");
    place.write("plan.yaml", edited);
    CHECK(server.engine.load(Engine::Cause::asked));
    CHECK(server.serial() == now + 4);
    CHECK(server.ask("h1.prod.a.example.", "A").answer ==
          Lines{"h1.prod.a.example. 300 A 10.1.0.5"});
    CHECK(server.ask("h2.prod.a.example.", "A").answer ==
          Lines{"h2.prod.a.example. 300 A 10.1.0.9"});
    CHECK(server.ask("_api._tcp.prod.a.example.", "SRV").answer ==
          Lines{"_api._tcp.prod.a.example. 10 SRV 7 8 6001 h2.prod.a.example."});
    server.apply(AddressesChange{"prod", "h2", {}});
    CHECK(server.ask("h2.prod.a.example.", "AAAA").answer.size() == 1);
}

TEST_CASE("the master file has the last word on its sets, whatever is said", "[live]") {
    Place place;
    place.write("plan.yaml", plan_text + "records: more.zone\n");
    place.write("more.zone", "_mail._tcp.prod 60 SRV 1 2 25 mx.other.\nx 60 A 192.0.2.1\n");
    Server server(place);
    server.apply(EndpointsChange{"prod", "mail", Protocol::tcp, {at("10.1.0.1", 6001)}});
    CHECK(server.ask("_mail._tcp.prod.a.example.", "SRV").answer ==
          Lines{"_mail._tcp.prod.a.example. 60 SRV 1 2 25 mx.other."});
    CHECK(server.ask("6001._tcp._port.prod.a.example.", "PTR").answer.size() == 1);
}

TEST_CASE("changes cost no write each, and yet no start reuses their serials", "[live]") {
    Place place;
    const std::string state = (place.path / "state").string();
    const auto written = [&] {
        std::ifstream file(fs::path(state) / state_file_name(apex));
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    };
    std::uint32_t last = 0;
    SECTION("an orderly end: the same content, the same serial") {
        {
            Server server(place, state);
            server.apply(api_at({at("10.1.0.2", 6001)}));
            const std::string after_first = written();
            for (const char* address : {"10.1.0.3", "10.1.0.4", "10.1.0.5"})
                server.apply(h2_at(address));
            CHECK(written() == after_first);
            server.apply(AddressesChange{"prod", "h2", {}});
            server.apply(EndpointsChange{"prod", "api", Protocol::tcp, {}});
            last = server.serial();
            server.serials.settle();
        }
        CHECK(last == now + 6);
        CHECK(Server(place, state).serial() == last);
    }
    SECTION("a crash: behind all that may have been given") {
        {
            Server server(place, state);
            server.apply(api_at({at("10.1.0.2", 6001)}));
            server.apply(EndpointsChange{"prod", "api", Protocol::tcp, {}});
            last = server.serial();
        }
        const auto serial = Server(place, state).serial();
        CHECK(serial > last);
        CHECK(serial <= last + SerialStore::reserve + 1);
        CHECK(Server(place, state).serial() == serial);  // and that is known
    }
}

TEST_CASE("what a change replaces waits for its readers", "[live]") {
    Place place;
    Server server(place, "", 1);
    auto reader = server.engine.published().reader(0);
    const auto* table = reader.read().view.tables().front().get();
    const dns::Name owner = dns::name_from("_api._tcp.prod.a.example.");
    const dns::Rrset* old = table->find(owner.octets())->find(dns::Type::srv);
    const dns::Octets before(old->body().begin(), old->body().end());
    server.apply(api_at({at("10.1.0.2", 6001, 7, 8)}));
    CHECK(server.engine.published().reclaim() == 1);
    CHECK(dns::Octets(old->body().begin(), old->body().end()) == before);
    reader.read();
    CHECK(server.engine.published().reclaim() == 0);
}

TEST_CASE("workers read while changes come, and see each whole", "[live]") {
    Place place;
    constexpr unsigned readers = 2;
    const std::string planned = "_api._tcp.prod.a.example. 10 SRV 10 100 5001 h1.prod.a.example.";
    Server server(place, "", readers);
    server.apply(api_at({at("10.1.0.1", 1, 1, 1), at("10.1.0.2", 1, 1, 1)}));
    std::atomic<bool> stop = false;
    std::atomic<unsigned> mixed = 0;
    std::atomic<unsigned> seen = 0;
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < readers; ++i) {
        threads.emplace_back([&, reader = server.engine.published().reader(i)]() mutable {
            std::uint16_t last = 0;
            while (!stop) {
                const auto told =
                    test::ask(reader.read().view, {"_api._tcp.prod.a.example.", "SRV"});
                // Every announced endpoint carries its generation as priority, weight and port.
                std::string first;
                for (const auto& line : told.answer) {
                    if (line == planned) continue;
                    if (first.empty()) first = line;
                    unsigned priority = 0, weight = 0, port = 0;
                    if (std::sscanf(line.c_str(), "%*s 10 SRV %u %u %u", &priority, &weight,
                                    &port) != 3 ||
                        priority != weight || weight != port ||
                        first.find(" " + std::to_string(port) + " ") == std::string::npos)
                        ++mixed;
                    if (port != last) ++seen;
                    last = static_cast<std::uint16_t>(port);
                }
                if (last % 3 == 0) reader.rest();
            }
            reader.rest();
        });
    }
    for (std::uint16_t generation = 2; generation < 3000; ++generation) {
        REQUIRE(server
                    .apply(api_at({at("10.1.0.1", generation, generation, generation),
                                   at("10.1.0.2", generation, generation, generation)}))
                    .empty());
    }
    stop = true;
    for (auto& thread : threads) thread.join();
    CHECK(mixed == 0);
    CHECK(seen > 0);
    CHECK(server.engine.published().reclaim() == 0);
}
