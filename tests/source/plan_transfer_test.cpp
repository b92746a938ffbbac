// `transfer:` in plans.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "portolan/source/plan_file.hpp"

using namespace portolan;

namespace {

source::PlanFile read(const std::string& transfer) {
    const std::string text =
        "zone: z.example\nnameservers: {ns1: 192.0.2.53}\ntransfer: " + transfer;
    return source::read_plan("plans/p.yaml",
                             [&](const std::string&) { return std::optional(text); });
}

std::string text_of(const registry::TransferTerms& terms) {
    std::string text = terms.keys ? " " + terms.keys->value : "";
    if (terms.is_tls) text += *terms.is_tls ? " over tls" : " over any";
    for (const auto& name : terms.certificates) text += " as " + name;
    return text;
}

std::string text_of(const registry::Transfer& transfer) {
    std::string text;
    for (const auto& each : transfer.to) {
        text +=
            fmt::format("to {} {}{}; ", to_string(each.address), each.port, text_of(each.terms));
    }
    for (const auto& each : transfer.allow) {
        text += fmt::format("allow {}{}; ", to_string(each.network), text_of(each.terms));
    }
    return text + "key" + text_of(transfer.terms);
}

}  // namespace

TEST_CASE("transfers read in each form") {
    struct Row {
        const char* yaml;
        const char* text;
    };
    const Row rows[] = {
        {"{}", "key"},
        {"{to: [192.0.2.54]}", "to 192.0.2.54 53; key"},
        {"{to: [\"192.0.2.54:5353\"]}", "to 192.0.2.54 5353; key"},
        {"{to: [\"2001:db8::54\"]}", "to 2001:db8::54 53; key"},
        {"{to: [\"[2001:db8::54]\"]}", "to 2001:db8::54 53; key"},
        {"{to: [\"[2001:db8::54]:5353\"]}", "to 2001:db8::54 5353; key"},
        {"{to: [{address: 192.0.2.54, key: {file: a.key}}], key: {file: ../b.key}}",
         "to 192.0.2.54 53 plans/a.key; key b.key"},
        {"{allow: [10.1.0.0/16, 192.0.2.1, \"2001:db8::/32\"]}",
         "allow 10.1.0.0/16; allow 192.0.2.1/32; allow 2001:db8::/32; key"},
        {"{allow: [{network: 10.1.0.0/16, key: {file: /etc/a.key}}]}",
         "allow 10.1.0.0/16 /etc/a.key; key"},
        {"{over: tls}", "key over tls"},
        {"{over: any, certificate: NS2.Corp.example.}", "key over any as ns2.corp.example"},
        {"{certificate: [ns2.example, ns3.example]}", "key as ns2.example as ns3.example"},
        {"{over: tls, to: [{address: 192.0.2.54, over: any}]}",
         "to 192.0.2.54 53 over any; key over tls"},
        {"{allow: [{network: 10.1.0.0/16, over: tls, certificate: a.example}]}",
         "allow 10.1.0.0/16 over tls as a.example; key"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.yaml);
        const auto file = read(row.yaml);
        for (const auto& finding : file.findings) UNSCOPED_INFO(registry::to_string(finding));
        REQUIRE(file.findings.empty());
        REQUIRE(file.plan->transfer.has_value());
        CHECK(text_of(*file.plan->transfer) == row.text);
    }
}

TEST_CASE("what is no transfer is told with its place") {
    struct Row {
        const char* yaml;
        std::uint32_t column;
        const char* rule;
    };
    const Row rows[] = {
        {"{to: 192.0.2.54}", 16, "wrong-type"},
        {"{to: [ns2]}", 17, "bad-value"},
        {"{to: [\"192.0.2.54:0\"]}", 17, "bad-value"},
        {"{to: [\"192.0.2.54:65536\"]}", 17, "bad-value"},
        {"{to: [\"192.0.2.54:\"]}", 17, "bad-value"},
        {"{to: [\"[2001:db8::54\"]}", 17, "bad-value"},
        {"{to: [\"[2001:db8::54]5353\"]}", 17, "bad-value"},
        {"{to: [{key: {file: a}}]}", 17, "missing-key"},
        {"{allow: [10.1.0.0/33]}", 20, "bad-value"},
        {"{allow: [any]}", 20, "bad-value"},
        {"{key: a.key}", 17, "wrong-type"},
        {"{key: {file: a.key, secret: b}}", 31, "unknown-key"},
        {"{form: [192.0.2.1]}", 12, "unknown-key"},
        {"{over: tcp}", 18, "bad-value"},
        {"{certificate: a..b}", 25, "bad-value"},
        {"{certificate: [a.example, -]}", 37, "bad-value"},
        {"{certificate: {name: a}}", 25, "wrong-type"},
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
