#include "portolan/health/dns_question.hpp"

#include <catch2/catch.hpp>

#include "portolan/dns/presentation.hpp"
#include "portolan/dns/query.hpp"

using namespace portolan;
using namespace portolan::health;
using registry::Verdict;

namespace {

const dns::Octets question = dns_question({"www.corp.example"}, 0x1234);

dns::Octets answer(std::uint16_t id, std::uint16_t flags, const dns::Octets& like = question) {
    dns::Octets octets = like;
    dns::store_u16(octets.data(), id);
    dns::store_u16(octets.data() + 2, flags);
    return octets;
}

}  // namespace

TEST_CASE("a DNS check asks for A") {
    const auto query = dns::parse_query(question);
    REQUIRE(query.status == dns::QueryStatus::good);
    CHECK(query.name == dns::name_from("www.corp.example.").view());
    CHECK(query.type == dns::Type::a);
    CHECK(query.flags == dns::flag::recursion_desired);
    CHECK(dns_question({"no..name"}, 1).empty());
}

TEST_CASE("DNS answers are judged") {
    struct Row {
        const char* what;
        dns::Octets datagram;
        std::optional<Observation> expected;
    };
    dns::Octets header_only = answer(0x1234, 0x8181);
    header_only.resize(dns::header_octets);
    dns::store_u16(header_only.data() + 4, 0);
    const Row rows[] = {
        {"NOERROR", answer(0x1234, 0x8180), Observation{Verdict::passing, "DNS NOERROR"}},
        {"NXDOMAIN", answer(0x1234, 0x8183), Observation{Verdict::critical, "DNS NXDOMAIN"}},
        {"SERVFAIL", answer(0x1234, 0x8182), Observation{Verdict::critical, "DNS SERVFAIL"}},
        {"FORMERR without the question", header_only,
         Observation{Verdict::critical, "DNS FORMERR"}},
        {"another id", answer(0x1235, 0x8180), std::nullopt},
        {"the question itself", question, std::nullopt},
        {"another name", answer(0x1234, 0x8180, dns_question({"ftp.corp.example"}, 0)),
         std::nullopt},
        {"too short", {0x12, 0x34}, std::nullopt},
        {"nothing", {}, std::nullopt},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        CHECK(judge_dns(question, row.datagram) == row.expected);
    }
}
