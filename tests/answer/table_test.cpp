#include "portolan/answer/table.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "../support/zone_text.hpp"
#include "portolan/dns/presentation.hpp"

using namespace portolan;
using answer::Record;
using answer::Table;

namespace {

dns::RrsetPtr set_of(const char* type, const std::string& rdata) {
    dns::Type number{};
    REQUIRE(dns::parse_type(type, number));
    return dns::make_rrset(number, dns::Ttl{60}, {dns::rdata_from(number, rdata)});
}

/// Everything that a table says: names, sets, depths, and the SOA of negative answers.
std::map<std::string, std::string> contents(const Table& table) {
    std::map<std::string, std::string> result;
    table.for_each([&](const Record& record) {
        std::string text = std::to_string(record.cut()) + " " + std::to_string(record.dname());
        for (unsigned i = 0; i < record.set_count(); ++i) {
            for (const auto rdata : record.set(i)) {
                text += " " + to_string(record.set(i).type()) + " " +
                        dns::rdata_to_text(record.set(i).type(), rdata);
            }
        }
        result[dns::to_text(record.name())] = text;
        CHECK(table.find(record.name().octets()) == &record);
        dns::Name wildcard(record.name());
        if (wildcard.prepend("*") && table.find(wildcard.octets()) != nullptr)
            CHECK(record.has_wildcard());
    });
    if (const answer::Negative* apex = table.negative(); apex != nullptr) {
        const dns::OctetView soa = apex->soa();
        result["negative"] =
            std::to_string(dns::load_u32(&soa[6])) + " " +
            dns::rdata_to_text(dns::Type::soa, soa.subspan(dns::Rrset::header_octets));
    }
    return result;
}

std::vector<zone::Change> random_changes(std::mt19937& random, bool with_depths) {
    const char* const owners[] = {"a.z.", "b.a.z.", "c.b.a.z.", "*.a.z.",
                                  "q.z.", "x.q.z.", "e.f.g.z."};
    std::map<std::pair<std::string, std::string>, zone::Change> changes;
    for (unsigned i = 0; i < 1 + random() % 4; ++i) {
        const std::string owner = owners[random() % std::size(owners)];
        const bool depth = with_depths && random() % 3 == 0;
        const std::string type =
            depth ? (random() % 2 == 0 ? "NS" : "DNAME") : (random() % 2 == 0 ? "A" : "TXT");
        zone::Change change{dns::name_from(owner), {}, nullptr, nullptr};
        REQUIRE(dns::parse_type(type, change.type));
        if (random() % 3 != 0) {
            change.after =
                set_of(type.c_str(), type == "A"     ? "10.0.0." + std::to_string(random() % 9)
                                     : type == "TXT" ? "t" + std::to_string(random() % 9)
                                                     : "ns.other.");
        }
        changes[{owner, type}] = change;
    }
    if (random() % 4 == 0) {
        changes[{"z.", "SOA"}] = {dns::name_from("z."), dns::Type::soa, nullptr,
                                  set_of("SOA", "a. b. 1 1 1 1 " + std::to_string(random() % 99))};
    }
    std::vector<zone::Change> result;
    for (auto& [key, change] : changes) result.push_back(std::move(change));
    return result;
}

}  // namespace

TEST_CASE("a table that was changed is the table of the changed zone") {
    for (const bool successors : {false, true}) {
        std::mt19937 random(7);
        zone::Zone zone = test::zone_from("z.", "@ 5 SOA a b 1 1 1 1 5\n@ 5 NS ns.other.\n");
        auto table = std::make_unique<Table>(zone);
        for (int step = 0; step < 500; ++step) {
            CAPTURE(successors, step);
            const auto changes = random_changes(random, successors);
            for (const auto& change : changes) {
                if (change.after == nullptr) {
                    zone.remove(change.owner, change.type);
                } else {
                    zone.put(change.owner, change.after);
                }
            }
            if (successors) {
                table = table->successor(changes);
            } else {
                table->apply(changes);
            }
            const Table fresh(zone);
            REQUIRE(contents(*table) == contents(fresh));
            REQUIRE(table->record_count() == zone.record_count());
        }
    }
}

TEST_CASE("a successor leaves its predecessor as it was") {
    const auto zone = test::zone_from(
        "z.", "@ 5 SOA a b 1 1 1 1 5\n@ 5 NS ns.other.\nx 5 A 10.0.0.1\ny.w 5 A 10.0.0.2\n");
    auto old = std::make_unique<Table>(zone);
    const auto before = contents(*old);
    const std::vector<zone::Change> changes{
        {dns::name_from("x.z."), dns::Type::a, nullptr, set_of("A", "10.0.0.9")},
        {dns::name_from("y.w.z."), dns::Type::a, nullptr, nullptr}};
    const auto next = old->successor(changes);
    CHECK(contents(*old) == before);
    CHECK(contents(*next) != before);
    CHECK(next->find(dns::name_from("w.z.").octets()) == nullptr);
    old.reset();
    CHECK(next->find(dns::name_from("x.z.").octets())->find(dns::Type::a) != nullptr);
}

TEST_CASE("thousands of names are all found, and others are not") {
    Table table(dns::name_from("z."));
    for (int i = 0; i < 5000; ++i)
        table.put(dns::name_from("h" + std::to_string(i) + ".p.z."), set_of("A", "10.0.0.1"));
    for (int i = 0; i < 5000; ++i) {
        REQUIRE(table.find(dns::name_from("h" + std::to_string(i) + ".p.z.").octets()) != nullptr);
        REQUIRE(table.find(dns::name_from("g" + std::to_string(i) + ".p.z.").octets()) == nullptr);
    }
    for (int i = 0; i < 5000; ++i)
        table.remove(dns::name_from("h" + std::to_string(i) + ".p.z."), dns::Type::a);
    CHECK(table.find(dns::name_from("p.z.").octets()) == nullptr);
    CHECK(table.record_count() == 0);
}

TEST_CASE("an owner of more than 255 types is found with all of them") {
    Table table(dns::name_from("z."));
    std::vector<dns::RrsetPtr> sets;
    for (unsigned type = 1000; type < 1300; ++type)
        sets.push_back(dns::make_rrset(dns::Type{static_cast<std::uint16_t>(type)}, {}, {{1}}));
    table.put(dns::name_from("x.z."), sets);
    const Record* record = table.find(dns::name_from("x.z.").octets());
    REQUIRE(record != nullptr);
    CHECK(record->set_count() == 300);
    CHECK(record->find(dns::Type{1299}) != nullptr);
}

TEST_CASE("what a table no longer shows is kept until its garbage is taken, successor or not") {
    Table old(dns::name_from("z."));
    old.put(dns::name_from("x.z."), set_of("A", "10.0.0.1"));
    old.take_garbage();
    const Record* held = old.find(dns::name_from("x.z.").octets());
    const dns::RrsetPtr set(held->find(dns::Type::a));
    old.put(dns::name_from("x.z."), set_of("A", "10.0.0.2"));
    const auto next = old.successor({});
    CHECK(set == held->find(dns::Type::a));  // the address sanitizer would know of its end
    CHECK(held->name() == dns::name_from("x.z."));
    CHECK(next->record_count() == 1);
}

TEST_CASE("a zone cut that comes or goes speaks for the names below it") {
    for (const bool successors : {false, true}) {
        CAPTURE(successors);
        auto table = std::make_unique<Table>(
            test::zone_from("z.", "@ 5 SOA a b 1 1 1 1 5\nd 5 A 10.0.0.1\na.b.d 5 A 10.0.0.2\n"));
        const auto change = [&](dns::RrsetPtr before, dns::RrsetPtr after) {
            const std::vector<zone::Change> changes{
                {dns::name_from("d.z."), dns::Type::ns, std::move(before), std::move(after)}};
            if (successors) {
                table = table->successor(changes);
            } else {
                table->apply(changes);
            }
        };
        const auto cut_of = [&](const char* name) {
            return table->find(dns::name_from(name).octets())->cut();
        };
        const auto ns = set_of("NS", "ns.other.");
        change(nullptr, ns);
        CHECK(cut_of("z.") == Record::no_depth);
        CHECK(cut_of("d.z.") == 2);
        CHECK(cut_of("b.d.z.") == 2);
        CHECK(cut_of("a.b.d.z.") == 2);
        change(ns, nullptr);
        CHECK(cut_of("d.z.") == Record::no_depth);
        CHECK(cut_of("a.b.d.z.") == Record::no_depth);
    }
}
