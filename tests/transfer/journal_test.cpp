#include "portolan/transfer/journal.hpp"

#include <catch2/catch.hpp>

#include "../support/zone_text.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/transfer/step_octets.hpp"

using namespace portolan;
using transfer::Journal;
using transfer::Step;
using transfer::StepPtr;
using transfer::Steps;

namespace {

const dns::Name apex = dns::name_from("z.");

dns::RrsetPtr soa(std::uint32_t serial) {
    return dns::make_rrset(
        dns::Type::soa, dns::Ttl{5},
        {dns::rdata_from(dns::Type::soa,
                         "ns.z. dns.z. " + std::to_string(serial) + " 60 10 99 5")});
}

dns::RrsetPtr addresses(std::initializer_list<const char*> texts) {
    if (texts.size() == 0) return nullptr;
    std::vector<dns::Octets> rdatas;
    for (const char* text : texts) rdatas.push_back(dns::rdata_from(dns::Type::a, text));
    return dns::make_rrset(dns::Type::a, dns::Ttl{300}, rdatas);
}

zone::Change change(const char* owner, dns::RrsetPtr before, dns::RrsetPtr after) {
    return {dns::name_from(owner), dns::Type::a, std::move(before), std::move(after)};
}

/// From one serial to another; the content of a state is its serial times ten.
StepPtr step(std::uint32_t from, std::uint32_t to, std::vector<zone::Change> changes = {}) {
    return std::make_shared<const Step>(
        Step{soa(from), soa(to), from * 10ULL, to * 10ULL, std::move(changes)});
}

std::string text_of(const std::vector<zone::Change>& changes) {
    std::string text;
    const auto add = [&](const char* sign, const dns::RrsetPtr& set) {
        if (set == nullptr) return;
        for (const auto rdata : *set) text += sign + dns::rdata_to_text(set->type(), rdata) + " ";
    };
    for (const auto& each : changes) {
        text += dns::to_text(each.owner) + " ";
        add("-", each.before);
        add("+", each.after);
    }
    return text;
}

}  // namespace

TEST_CASE("a journal knows the way from each of its serials") {
    Journal journal(1U << 20);
    for (const auto& each : {step(1, 2), step(2, 5), step(5, 6)}) journal.add(each);
    struct Row {
        std::uint32_t serial;
        std::optional<std::size_t> steps;
    };
    const Row rows[] = {{1, 3}, {2, 2}, {5, 1}, {6, {}}, {3, {}}, {0, {}}, {7, {}}};
    for (const auto& row : rows) {
        CAPTURE(row.serial);
        const auto steps = journal.since(dns::Serial{row.serial});
        CHECK(steps.has_value() == row.steps.has_value());
        if (steps && row.steps) CHECK(steps->size() == *row.steps);
    }
    CHECK(journal.latest(2)->front()->before().value == 2);
    CHECK_FALSE(journal.latest(4).has_value());
}

TEST_CASE("a step that does not follow begins the journal anew") {
    struct Row {
        const char* what;
        StepPtr step;
        std::size_t left;
    };
    const Row rows[] = {
        {"follows", step(2, 3), 2},
        {"over the end of the numbers", step(2, 0x80000001U), 2},
        {"from elsewhere", step(7, 8), 1},
        {"the same serial: an author forgot to raise it", step(2, 2), 0},
        {"a serial that falls", step(2, 1), 0},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        Journal journal(1U << 20);
        journal.add(step(1, 2));
        journal.add(row.step);
        CHECK(journal.size() == row.left);
    }
}

TEST_CASE("a journal stays within its bound by dropping the oldest steps") {
    const auto one = step(1, 2, {change("a.z.", nullptr, addresses({"192.0.2.1"}))});
    Journal journal(3 * one->octets());
    for (std::uint32_t i = 1; i <= 10; ++i) {
        journal.add(step(i, i + 1, {change("a.z.", nullptr, addresses({"192.0.2.1"}))}));
    }
    CHECK(journal.size() == 3);
    CHECK(journal.octets() == 3 * one->octets());
    CHECK(journal.since(dns::Serial{8}).has_value());
    CHECK_FALSE(journal.since(dns::Serial{7}).has_value());
    Journal tiny(1);
    tiny.add(one);
    CHECK(tiny.empty());
}

TEST_CASE("steps together are one difference, in which what came back is none") {
    const auto one = addresses({"192.0.2.1"});
    const auto two = addresses({"192.0.2.2"});
    const auto both = addresses({"192.0.2.1", "192.0.2.2"});
    struct Row {
        const char* what;
        Steps steps;
        std::string text;
    };
    const Row rows[] = {
        {"one step", {step(1, 2, {change("a.z.", one, two)})}, "a.z. -192.0.2.1 +192.0.2.2 "},
        {"the ends count",
         {step(1, 2, {change("a.z.", one, two)}), step(2, 3, {change("a.z.", two, both)})},
         "a.z. -192.0.2.1 +192.0.2.1 +192.0.2.2 "},
        {"there and back",
         {step(1, 2, {change("a.z.", one, two)}),
          step(2, 3, {change("a.z.", two, addresses({"192.0.2.1"}))})},
         ""},
        {"came and went",
         {step(1, 2, {change("a.z.", nullptr, two)}), step(2, 3, {change("a.z.", two, nullptr)})},
         ""},
        {"in canonical order",
         {step(1, 2, {change("b.z.", nullptr, one)}), step(2, 3, {change("a.z.", nullptr, one)})},
         "a.z. +192.0.2.1 b.z. +192.0.2.1 "},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        CHECK(text_of(transfer::condensed(row.steps)) == row.text);
    }
}

TEST_CASE("the way back to a content that the zone had is a step too") {
    Journal journal(1U << 20);
    journal.add(step(1, 2, {change("a.z.", nullptr, addresses({"192.0.2.1"}))}));
    journal.add(step(2, 3, {change("b.z.", addresses({"192.0.2.2"}), nullptr)}));
    CHECK(journal.since_content(30)->empty());
    CHECK(journal.since_content(20)->size() == 1);
    CHECK_FALSE(journal.since_content(40).has_value());
    const auto back = transfer::inverse(*journal.since_content(10), soa(9));
    CHECK(back.before().value == 3);
    CHECK(back.after().value == 9);
    CHECK(back.content_before == 30);
    CHECK(back.content_after == 10);
    CHECK(text_of(back.changes) == "a.z. -192.0.2.1 b.z. +192.0.2.2 ");
}

TEST_CASE("a step is read as it was written, and its octets cut or changed are no step") {
    const auto written = step(1, 2,
                              {change("a.z.", nullptr, addresses({"192.0.2.1"})),
                               change("b.z.", addresses({"192.0.2.2"}), addresses({"192.0.2.3"})),
                               change("c.z.", addresses({"192.0.2.4"}), nullptr)});
    const dns::Octets octets = transfer::to_octets(*written);
    const auto read = transfer::parse_step(octets);
    REQUIRE(read.has_value());
    CHECK(transfer::to_octets(*read) == octets);
    CHECK(text_of(read->changes) == text_of(written->changes));
    CHECK(read->after() == written->after());
    for (std::size_t size = 0; size < octets.size(); ++size) {
        CAPTURE(size);
        const dns::Octets cut(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(size));
        CHECK_FALSE(transfer::parse_step(cut).has_value());
    }
    dns::Octets longer = octets;
    longer.push_back(0);
    CHECK_FALSE(transfer::parse_step(longer).has_value());
}
