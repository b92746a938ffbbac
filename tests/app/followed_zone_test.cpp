// What transfers are made of, under an engine that changes the zone meanwhile, and over restarts.
#include "app/followed_zone.hpp"

#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "portolan/app/engine.hpp"
#include "portolan/dns/presentation.hpp"

using namespace portolan;
using namespace portolan::app;
namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t now = 1700000000;
const dns::Name apex = dns::name_from("a.example.");

struct Place {
    Place() {
        std::string pattern = (fs::temp_directory_path() / "portolan-followed-XXXXXX").string();
        path = mkdtemp(pattern.data());
        std::ofstream(path / "plan.yaml") << R"(
zone: a.example
nameservers: {ns1: 192.0.2.53}
registry: {services: {api: {port: 5001, endpoints: [{host: h1}, {host: h2}]}}}
environments: {prod: {hosts: {h1: 10.0.0.0, h2: 10.128.0.0}}}
)";
    }
    ~Place() { fs::remove_all(path); }
    fs::path path;
};

/// A server whose one zone is followed; without sockets.
struct Server final : Follower {
    explicit Server(const Place& place)
        : serials(place.path / "state"),
          engine({(place.path / "plan.yaml").string()}, {}, serials, 1, [] { return now; }),
          zone(apex, place.path / "state") {
        REQUIRE(engine.load(Engine::Cause::start));
        engine.set_follower(*this);
    }
    void will_change(dns::NameView, transfer::Step step) noexcept override {
        zone.will_change(std::move(step));
    }
    void has_changed(dns::NameView) noexcept override { zone.has_changed(); }
    void serves(const std::vector<Zone>& zones) noexcept override {
        zone.begin(zones.front().soa, zones.front().content);
    }
    /// Both hosts get an address of that number, in one step.
    void apply(std::uint32_t number) {
        const auto at = [number](const char* host, std::uint32_t base) -> registry::Change {
            registry::Address address;
            dns::store_u32(address.octets.data(), base + number);
            return registry::AddressesChange{"prod", host, std::vector{address}};
        };
        const std::vector<registry::Change> changes{at("h1", 0x0a000000U), at("h2", 0x0a800000U)};
        REQUIRE(engine.apply(apex, changes).empty());
    }
    [[nodiscard]] std::uint32_t serial() const {
        return zone::read_soa(*zone.soa()->begin()).serial.value;
    }

    SerialStore serials;
    Engine engine;
    FollowedZone zone;
};

std::uint32_t number_at(const transfer::Content& content, const char* owner) {
    for (const auto set : content.sets) {
        if (set.owner == dns::name_from(owner) && set.rrset->type() == dns::Type::a) {
            return dns::load_u32((*set.rrset->begin()).data()) & 0x7fffffU;
        }
    }
    return 0xffffffffU;
}

}  // namespace

TEST_CASE(
    "a zone that is read while it changes is of one state, and of the one that its SOA names") {
    const Place place;
    Server server(place);
    const std::uint32_t first = server.serial();
    std::atomic<bool> stop = false;
    std::size_t states = 0;
    bool is_mixed = false;
    std::thread reading([&] {
        auto reader = server.engine.published().reader(0);
        while (!stop) {
            const auto content = server.zone.content(reader);
            if (content == nullptr) continue;
            const std::uint32_t number = number_at(*content, "h1.prod.a.example.");
            is_mixed = is_mixed || number_at(*content, "h2.prod.a.example.") != number ||
                       content->serial().value - first != number;
            ++states;
        }
    });
    for (std::uint32_t i = 1; i <= 3000; ++i) server.apply(i);
    stop = true;
    reading.join();
    CHECK_FALSE(is_mixed);
    CHECK(states > 0);
    auto reader = server.engine.published().reader(0);
    const auto last = server.zone.content(reader);
    CHECK(number_at(*last, "h1.prod.a.example.") == 3000);
    CHECK(server.zone.content(reader) == last);  // one for all who ask
    CHECK(server.engine.published().reclaim() == 0);
}

TEST_CASE("who has seen a serial finds all that it stands for") {
    const Place place;
    Server server(place);
    const std::uint32_t first = server.serial();
    std::atomic<bool> stop = false;
    bool is_early = false;
    std::thread reading([&] {
        auto reader = server.engine.published().reader(0);
        const dns::LowerName host(dns::name_from("h2.prod.a.example."));
        while (!stop) {
            const auto& table = *reader.read().view.tables().front();
            const auto* soa = table.find(table.apex().octets())->find(dns::Type::soa);
            const std::uint32_t serial = zone::read_soa(*soa->begin()).serial.value;
            const auto* address = table.find(host.octets())->find(dns::Type::a);
            const std::uint32_t number = dns::load_u32((*address->begin()).data()) & 0x7fffffU;
            is_early = is_early || number < serial - first;
        }
        reader.rest();
    });
    for (std::uint32_t i = 1; i <= 20000; ++i) server.apply(i);
    stop = true;
    reading.join();
    CHECK_FALSE(is_early);
}

TEST_CASE("what was learned and is lost with the process is taken back by a difference") {
    const Place place;
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    {
        Server server(place);
        first = server.serial();
        for (std::uint32_t i = 1; i <= 5; ++i) server.apply(i);
        last = server.serial();
    }  // as killed: nothing is settled
    Server server(place);
    CHECK(server.serial() > last);
    for (const std::uint32_t serial : {first, first + 3, last}) {
        CAPTURE(serial - first);
        const auto difference = server.zone.since(dns::Serial{serial});
        REQUIRE(difference.steps.has_value());
        const auto changes = transfer::condensed(*difference.steps);
        CHECK(changes.empty() == (serial == first));
        for (const auto& change : changes) {
            const auto text = dns::rdata_to_text(change.type, *change.after->begin());
            CHECK((text == "10.0.0.0" || text == "10.128.0.0"));
        }
    }
    CHECK_FALSE(server.zone.since(dns::Serial{first - 1}).steps.has_value());
}

TEST_CASE("a journal with a damaged end goes on from what is whole, or begins anew") {
    const Place place;
    const auto path = place.path / "state" / "a.example.journal";
    std::uint32_t first = 0;
    {
        Server server(place);
        first = server.serial();
        for (std::uint32_t i = 1; i <= 5; ++i) server.apply(i);
    }
    fs::resize_file(path, fs::file_size(path) - 1);
    Server server(place);
    // The fifth step is gone, and with it the way to what the zone is now served as: but the first
    // content is known, and so is the way back to it from the fourth.
    CHECK(server.zone.since(dns::Serial{first + 4}).steps.has_value());
    CHECK_FALSE(server.zone.since(dns::Serial{first + 5}).steps.has_value());
}
