#include "portolan/sign/presigned.hpp"

#include <catch2/catch.hpp>

#include "portolan/dns/presentation.hpp"
#include "portolan/source/master_file.hpp"

using namespace portolan;

namespace {

/// "line rule: message" of each finding about a zone example. at 2026-06-01.
std::string findings_of(const std::string& text) {
    const auto open = [&](const std::string&) { return source::open_text(text); };
    const auto file =
        source::read_master_file("z", dns::name_from("example."), dns::Ttl{5}, open, {});
    REQUIRE(file.findings.empty());
    constexpr std::uint32_t now = 1780272000;
    std::string found;
    for (const auto& finding :
         sign::check_presigned(file.records, dns::name_from("example."), now)) {
        found += std::to_string(finding.line) + " " + registry::to_string(finding.severity) + " " +
                 finding.rule + ": " + finding.message + "\n";
    }
    return found;
}

const std::string good = " 20270101000000 20260101000000 1 example. AA==\n";
const std::string old = " 20260501000000 20260101000000 1 example. AA==\n";
const std::string early = " 20270101000000 20260701000000 1 example. AA==\n";
const std::string soa = "@ SOA a b 1 2 3 4 5\n@ RRSIG SOA 13 1 5";
const std::string nsec = "@ NSEC @ SOA RRSIG NSEC\n";
const std::string hash = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom";
const std::string nsec3 = hash + " NSEC3 1 0 0 - " + hash + " SOA\n";

}  // namespace

TEST_CASE("what is wrong with a file that comes signed is told once, with its line") {
    struct Row {
        const char* what;
        std::string text, found;
    };
    const Row rows[] = {
        {"not signed", "@ SOA a b 1 2 3 4 5\na NSEC b A\n", ""},
        {"NSEC", soa + good + nsec, ""},
        {"NSEC3", soa + good + nsec3 + "@ NSEC3PARAM 1 0 0 -\n", ""},
        {"expired", soa + old + nsec + "a RRSIG A 13 2 5" + old + "b RRSIG A 13 2 5" + good,
         "2 warning signature-expired: the signature of example. SOA has expired, and so with 1 "
         "more; resolvers refuse what it covers\n"},
        {"not valid yet", soa + good + nsec + "a RRSIG A 13 2 5" + early,
         "4 warning signature-early: the signature of a.example. A is not valid yet; resolvers "
         "refuse what it covers\n"},
        {"no denial", soa + good,
         "2 error no-denial: the zone is signed, but has neither NSEC nor NSEC3; resolvers refuse "
         "all negative answers\n"},
        {"NSEC3 without NSEC3PARAM", soa + good + nsec3,
         "3 error no-denial: there is NSEC3, but no NSEC3PARAM at example. (RFC 5155 4); resolvers "
         "refuse all negative answers\n"},
        {"NSEC3PARAM without NSEC3", soa + good + nsec + "@ NSEC3PARAM 1 0 0 -\n",
         "4 error no-denial: NSEC3PARAM says that NSEC3 denies, but there is none; resolvers "
         "refuse all negative answers\n"},
        {"100 iterations", soa + good + nsec3 + "@ NSEC3PARAM 1 0 100 -\n", ""},
        {"101 iterations", soa + good + nsec3 + "@ NSEC3PARAM 1 0 101 -\n",
         "4 warning nsec3-iterations: 101 iterations of NSEC3 are more than 100: resolvers take "
         "the zone for unsigned (RFC 9276 3.2)\n"},
        {"501 iterations", soa + good + nsec3 + "@ NSEC3PARAM 1 0 501 -\n",
         "4 error nsec3-iterations: 501 iterations of NSEC3 are more than 500: resolvers refuse "
         "the zone's answers, and each costs this server hundreds of hashes (RFC 9276 3.2)\n"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        CHECK(findings_of(row.text) == row.found);
    }
}
