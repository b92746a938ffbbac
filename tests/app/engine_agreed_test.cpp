// Engines that agree: what one proposes, all put in place, and nothing else.
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "../support/zone_text.hpp"
#include "portolan/app/engine.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/transfer/content.hpp"
#include "portolan/transfer/step_octets.hpp"
#include "portolan/zone/soa.hpp"

using namespace portolan;
using namespace portolan::app;
namespace fs = std::filesystem;
using registry::Change;
using registry::EndpointsChange;
using registry::Protocol;

namespace {

constexpr std::uint32_t now = 1700000000;
const dns::Name apex = dns::name_from("a.example.");
const char* const api = "_api._tcp.prod.a.example.";

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
    networks: [10.1.0.0/16]
    hosts: {h1: 10.1.0.1, h2: 10.1.0.2}
)";

/// Agreement by hand: what is proposed waits until the test lets it be agreed upon.
class ByHand final : public Agreement {
public:
    Party* party = nullptr;
    bool is_author = false;
    std::optional<dns::Octets> on_its_way;

    [[nodiscard]] bool is_shared() const noexcept override { return true; }
    [[nodiscard]] Turn turn(dns::NameView) const noexcept override {
        if (!is_author) return Turn::others;
        return on_its_way ? Turn::later : Turn::ours;
    }
    void propose(dns::NameView, transfer::Step step) override {
        REQUIRE(turn(apex) == Turn::ours);
        on_its_way = transfer::to_octets(step);
    }
    [[nodiscard]] std::optional<Standing> standing() const override { return std::nullopt; }
    void follow(const std::vector<dns::PackedName>&) override {}
};

/// A node without sockets, with a folder of its own.
struct Node {
    explicit Node(const std::string& plan = plan_text) {
        write(plan);
        agreement.party = &engine.join(agreement);
    }
    ~Node() { fs::remove_all(folder); }
    void write(const std::string& plan) const { std::ofstream(folder / "plan.yaml") << plan; }
    static fs::path make_folder() {
        std::string pattern = (fs::temp_directory_path() / "portolan-agreed-XXXXXX").string();
        return mkdtemp(pattern.data());
    }
    void apply(const Change& change) { CHECK(engine.apply(apex, {&change, 1}).empty()); }
    [[nodiscard]] std::uint32_t serial() const {
        const auto zones = engine.zones();
        return zones.empty() ? 0 : zones.front().serial;
    }
    /// Everything that it serves, as text.
    [[nodiscard]] std::multiset<std::string> zone() const {
        std::multiset<std::string> lines;
        for (const auto& table : engine_view().tables()) {
            table->for_each([&lines](const answer::Record& record) {
                for (unsigned i = 0; i < record.set_count(); ++i) {
                    for (const auto rdata : record.set(i)) {
                        lines.insert(dns::to_text(record.name()) + " " +
                                     std::to_string(record.set(i).ttl().seconds) + " " +
                                     dns::to_string(record.set(i).type()) + " " +
                                     dns::rdata_to_text(record.set(i).type(), rdata));
                    }
                }
            });
        }
        return lines;
    }
    [[nodiscard]] const answer::View& engine_view() const {
        return const_cast<Engine&>(engine).published().current().view;
    }
    std::multiset<std::string> ask(const char* name, const char* type) {
        return test::ask(engine_view(), {name, type}).answer;
    }

    fs::path folder = make_folder();
    SerialStore serials{(folder / "state").string()};
    Engine engine{{(folder / "plan.yaml").string()}, {}, serials, 0, [] { return now; }};
    ByHand agreement;
};

/// Two nodes, the first of which is the author.
struct Two {
    explicit Two(const std::string& plan = plan_text) : a(plan), b(plan) {
        REQUIRE(a.engine.load(Engine::Cause::start));
        REQUIRE(b.engine.load(Engine::Cause::start));
    }
    void appoint(Node& author) {
        a.agreement.is_author = &author == &a;
        b.agreement.is_author = &author == &b;
        author.agreement.party->take_turn(apex, true);
    }
    /// Lets what is on its way be agreed upon; false when nothing is.
    bool agree(bool is_whole = false) {
        Node& author = a.agreement.is_author ? a : b;
        const auto octets = std::exchange(author.agreement.on_its_way, std::nullopt);
        if (!octets) return false;
        for (Node* node : {&a, &b}) {
            const auto step = transfer::parse_step(*octets);
            REQUIRE(step);
            auto& party = *node->agreement.party;
            is_whole ? party.put_whole(apex, *step) : party.put_in_place(apex, *step);
        }
        author.agreement.party->take_turn(apex, false);
        return true;
    }
    void begin() {
        appoint(a);
        REQUIRE(agree(true));
    }
    Node a;
    Node b;
};

/// What those hear who transfer the zone.
struct Steps final : Follower {
    void will_change(dns::NameView, transfer::Step step) noexcept override {
        steps.push_back(std::move(step));
    }
    void has_changed(dns::NameView) noexcept override {}
    void serves(const std::vector<Zone>&) noexcept override {}
    std::vector<transfer::Step> steps;
};

Change api_at(std::vector<registry::Port> ports) {
    EndpointsChange change{"prod", "api", Protocol::tcp, {}};
    for (const auto port : ports)
        change.endpoints.push_back({*registry::parse_address("10.1.0.2"), port, 10, 100});
    return change;
}
Change mail_at(registry::Port port) {
    return EndpointsChange{
        "prod", "mail", Protocol::tcp, {{*registry::parse_address("10.1.0.2"), port, 10, 100}}};
}

}  // namespace

TEST_CASE("nothing is served before it is agreed upon", "[agreed]") {
    Two nodes;
    CHECK(nodes.a.engine.zone_count() == 0);
    CHECK(nodes.a.engine_view().tables().empty());
    CHECK(nodes.b.engine.zones().empty());
    nodes.appoint(nodes.a);
    CHECK(nodes.a.zone().empty());
    REQUIRE(nodes.agree(true));
    CHECK(nodes.a.engine.zone_count() == 1);
    CHECK(nodes.a.serial() == now);
    CHECK(nodes.b.serial() == now);
    CHECK(nodes.a.zone().size() > 5);
    CHECK(nodes.a.zone() == nodes.b.zone());
    CHECK_FALSE(nodes.agree());
}

TEST_CASE("a change of the author's is seen everywhere when it is agreed upon", "[agreed]") {
    Two nodes;
    nodes.begin();
    const auto before = nodes.a.zone();
    nodes.a.apply(api_at({6001}));
    CHECK(nodes.a.zone() == before);
    REQUIRE(nodes.agree());
    CHECK(nodes.a.ask(api, "SRV").size() == 2);
    CHECK(nodes.b.serial() == now + 1);
    CHECK(nodes.a.zone() == nodes.b.zone());
}

TEST_CASE("what changes while a step is on its way is one step more", "[agreed]") {
    Two nodes;
    nodes.begin();
    nodes.a.apply(api_at({6001}));
    nodes.a.apply(api_at({6001, 6002}));
    nodes.a.apply(mail_at(7001));
    nodes.a.apply(api_at({6003}));
    REQUIRE(nodes.agree());
    CHECK(nodes.b.ask("_mail._tcp.prod.a.example.", "SRV").empty());
    REQUIRE(nodes.agree());
    CHECK_FALSE(nodes.agree());
    CHECK(nodes.b.serial() == now + 2);
    CHECK(nodes.b.ask("_mail._tcp.prod.a.example.", "SRV").size() == 1);
    CHECK(nodes.b.ask(api, "SRV") ==
          std::multiset<std::string>{
              "_api._tcp.prod.a.example. 10 SRV 10 100 5001 h1.prod.a.example.",
              "_api._tcp.prod.a.example. 10 SRV 10 100 6003 h2.prod.a.example."});
    CHECK(nodes.a.zone() == nodes.b.zone());
}

TEST_CASE("who is not the author knows a change and waits", "[agreed]") {
    Two nodes;
    nodes.begin();
    nodes.b.apply(api_at({6001}));
    CHECK_FALSE(nodes.b.agreement.on_its_way);
    CHECK(nodes.b.serial() == now);
    nodes.appoint(nodes.b);  // the author has never heard of it
    REQUIRE(nodes.agree());
    CHECK(nodes.a.ask(api, "SRV").size() == 2);
    CHECK(nodes.a.serial() == now + 1);
    CHECK(nodes.a.zone() == nodes.b.zone());
}

TEST_CASE("a step that is not agreed upon is made again when the turn is ours", "[agreed]") {
    Two nodes;
    nodes.begin();
    nodes.a.apply(api_at({6001}));
    nodes.a.apply(mail_at(7001));
    nodes.a.agreement.on_its_way.reset();  // lost, and the turn with it
    nodes.a.agreement.is_author = false;
    nodes.a.apply(api_at({6001, 6002}));
    CHECK(nodes.a.serial() == now);
    nodes.appoint(nodes.a);
    REQUIRE(nodes.agree());
    CHECK(nodes.b.ask(api, "SRV").size() == 3);
    CHECK(nodes.b.ask("_mail._tcp.prod.a.example.", "SRV").size() == 1);
    CHECK(nodes.a.zone() == nodes.b.zone());
    CHECK_FALSE(nodes.agree());
}

TEST_CASE("while plans differ, the author's counts", "[agreed]") {
    Two nodes;
    nodes.begin();
    std::string moved = plan_text;
    moved.replace(moved.find("h1: 10.1.0.1"), 12, "h1: 10.1.0.9");
    nodes.b.write(moved);
    REQUIRE(nodes.b.engine.load(Engine::Cause::asked));
    CHECK(nodes.b.ask("h1.prod.a.example.", "A") ==
          std::multiset<std::string>{"h1.prod.a.example. 300 A 10.1.0.1"});
    nodes.a.apply(api_at({6001}));
    REQUIRE(nodes.agree());
    CHECK(nodes.a.zone() == nodes.b.zone());
    nodes.a.write(moved);
    REQUIRE(nodes.a.engine.load(Engine::Cause::asked));
    REQUIRE(nodes.agree());
    CHECK(nodes.b.ask("h1.prod.a.example.", "A") ==
          std::multiset<std::string>{"h1.prod.a.example. 300 A 10.1.0.9"});
    CHECK(nodes.b.ask(api, "SRV").size() == 2);  // what was said before stays
    CHECK(nodes.a.zone() == nodes.b.zone());
    CHECK_FALSE(nodes.agree());
}

TEST_CASE("who has missed steps is brought to the same by the whole", "[agreed]") {
    Two nodes;
    nodes.begin();
    for (const registry::Port port : std::vector<registry::Port>{6001, 6002, 6003}) {
        nodes.a.apply(api_at({port}));
        const auto octets = std::exchange(nodes.a.agreement.on_its_way, std::nullopt);
        REQUIRE(octets);
        nodes.a.agreement.party->put_in_place(apex, *transfer::parse_step(*octets));
    }
    CHECK(nodes.b.serial() == now);
    const auto& table = *nodes.a.engine_view().tables().front();
    const dns::RrsetPtr soa(table.find(apex.octets())->find(dns::Type::soa));
    transfer::Step whole{soa, soa, 0, 42, {}};
    for (const auto set : transfer::read_sets(table))
        whole.changes.push_back({set.owner, set.rrset->type(), nullptr, set.rrset});
    Steps followed;
    nodes.b.engine.set_follower(followed);
    nodes.b.agreement.party->put_whole(apex, whole);
    CHECK(nodes.b.serial() == now + 3);
    CHECK(nodes.a.zone() == nodes.b.zone());
    REQUIRE(followed.steps.size() == 1);  // for those who transfer it
    CHECK(followed.steps[0].before().value == now);
    CHECK(followed.steps[0].after().value == now + 3);
    nodes.b.agreement.party->put_whole(apex, whole);  // said again
    CHECK(followed.steps.size() == 1);
}

TEST_CASE("a signed zone is the same everywhere, signatures too", "[agreed]") {
    Two nodes("dnssec: yes\n" + plan_text);
    nodes.begin();
    CHECK(nodes.b.ask("a.example.", "DNSKEY").size() >= 1);
    CHECK(nodes.a.zone() == nodes.b.zone());
    nodes.a.apply(api_at({6001}));
    REQUIRE(nodes.agree());
    CHECK(nodes.a.zone() == nodes.b.zone());
    CHECK(nodes.b.serial() == now + 1);
}

TEST_CASE("who has not the keys of a signed zone cannot be its author", "[agreed]") {
    Two nodes("dnssec: yes\n" + plan_text);
    CHECK(nodes.b.agreement.party->unfit() == std::nullopt);  // it would make the first
    nodes.begin();
    CHECK(nodes.a.agreement.party->unfit() == std::nullopt);
    REQUIRE(nodes.b.agreement.party->unfit());
    CHECK(nodes.b.agreement.party->unfit()->find("copy that folder") != std::string::npos);
    fs::copy(nodes.a.folder / "state/keys", nodes.b.folder / "state/keys",
             fs::copy_options::recursive);
    CHECK(nodes.b.agreement.party->unfit() == std::nullopt);
    nodes.b.apply(api_at({6001}));
    nodes.appoint(nodes.b);
    REQUIRE(nodes.agree());
    CHECK(nodes.a.ask(api, "SRV").size() == 2);
    CHECK(nodes.a.zone() == nodes.b.zone());
    CHECK(nodes.a.ask("a.example.", "DNSKEY").size() == 1);
}
