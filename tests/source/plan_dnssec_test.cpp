// `dnssec:` in plans.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "portolan/source/plan_file.hpp"

using namespace portolan;

namespace {

source::PlanFile read(const std::string& dnssec) {
    const std::string text = "zone: z.example\nnameservers: {ns1: 192.0.2.53}\ndnssec: " + dnssec;
    return source::read_plan("p.yaml", [&](const std::string&) { return std::optional(text); });
}

std::string text_of(const std::optional<registry::Dnssec>& dnssec) {
    if (!dnssec) return "unsigned";
    return fmt::format(
        "{} {} {} validity {} refresh {} propagation {} parent {} {}",
        dnssec->algorithm == registry::SigningAlgorithm::ed25519 ? "ed25519" : "ecdsa",
        dnssec->has_two_keys ? "two keys" : "one key",
        dnssec->denial == registry::Denial::nsec3 ? "nsec3" : "nsec", dnssec->validity,
        dnssec->refresh, dnssec->propagation, dnssec->parent_delay, dnssec->ds_ttl);
}

}  // namespace

TEST_CASE("signing reads in each form") {
    struct Row {
        const char* yaml;
        const char* text;
    };
    const char* const usual =
        "ecdsa one key nsec validity 1209600 refresh 432000 propagation 300 parent 3600 86400";
    const Row rows[] = {
        {"no", "unsigned"},
        {"yes", usual},
        {"true", usual},
        {"{}", usual},
        {"{algorithm: ecdsap256sha256, keys: one, denial: nsec}", usual},
        {"{algorithm: ed25519, keys: ksk-and-zsk, denial: nsec3}",
         "ed25519 two keys nsec3 validity 1209600 refresh 432000 propagation 300 parent 3600 "
         "86400"},
        {"{validity: 30d, refresh: 10d, propagation: 0, parent: {delay: 1m, ds_ttl: 1h}}",
         "ecdsa one key nsec validity 2592000 refresh 864000 propagation 0 parent 60 3600"},
        {"{validity: 3d}",
         "ecdsa one key nsec validity 259200 refresh 129600 propagation 300 parent 3600 86400"},
        {"{validity: 10s, refresh: 8s, propagation: 1s, parent: {delay: 1s, ds_ttl: 2s}}",
         "ecdsa one key nsec validity 10 refresh 8 propagation 1 parent 1 2"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.yaml);
        const auto file = read(row.yaml);
        for (const auto& finding : file.findings) UNSCOPED_INFO(registry::to_string(finding));
        REQUIRE(file.findings.empty());
        CHECK(text_of(file.plan->dnssec) == row.text);
    }
}

TEST_CASE("what is no way to sign is told with its place") {
    struct Row {
        const char* yaml;
        std::uint32_t column;
        const char* rule;
    };
    const Row rows[] = {
        {"maybe", 9, "bad-value"},
        {"[yes]", 9, "wrong-type"},
        {"{algorithm: rsasha256}", 21, "bad-value"},
        {"{keys: two}", 16, "bad-value"},
        {"{denial: nsec5}", 18, "bad-value"},
        {"{algoritm: ed25519}", 10, "unknown-key"},
        {"{key: k}", 10, "unknown-key"},
        {"{parent: 1h}", 18, "wrong-type"},
        {"{parent: {ttl: 1h}}", 19, "unknown-key"},
        {"{validity: 0}", 20, "dnssec-times"},
        {"{validity: 366d}", 20, "dnssec-times"},
        {"{validity: 1s}", 9, "dnssec-times"},
        {"{refresh: 14d}", 19, "dnssec-times"},
        {"{validity: 10s, refresh: 9s}", 34, "dnssec-times"},
        {"{validity: 10s, refresh: 0s}", 34, "dnssec-times"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.yaml);
        const auto file = read(row.yaml);
        REQUIRE(file.findings.size() == 1);
        INFO(registry::to_string(file.findings[0]));
        CHECK(file.findings[0].rule == row.rule);
        CHECK(file.findings[0].line == 3);
        CHECK(file.findings[0].column == row.column);
    }
}
