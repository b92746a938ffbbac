#include "portolan/sign/nsec3.hpp"

#include <catch2/catch.hpp>

#include "portolan/dns/presentation.hpp"

using namespace portolan;

TEST_CASE("names are hashed as the example of RFC 5155 A has them") {
    const std::array<std::uint8_t, 4> salt{0xaa, 0xbb, 0xcc, 0xdd};
    const sign::Nsec3Parameters parameters{12, salt};
    struct Row {
        const char *name, *owner;
    };
    const Row rows[] = {
        {"example.", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example."},
        {"a.example.", "35mthgpgcu1qg68fab165klnsnk3dpvl.example."},
        {"ns1.example.", "2t7b4g4vsa5smi47k61mv5bv1a22bojr.example."},
        {"*.w.example.", "r53bq7cc2uvmubfu5ocmm6pers9tk9en.example."},
        {"x.y.w.example.", "2vptu5timamqttgl4luu9kg21e0aor3s.example."},
    };
    const auto apex = dns::name_from("example.");
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const auto hash = sign::nsec3_hash(dns::name_from(row.name), parameters);
        CHECK(dns::to_text(sign::nsec3_owner(hash, apex)) == row.owner);
    }
}

TEST_CASE("parameters are read where there are any") {
    struct Row {
        const char* what;
        dns::Octets rdata;
        std::optional<unsigned> iterations;
    };
    const Row rows[] = {
        {"no salt", {1, 0, 0, 3, 0}, 3},
        {"a salt", {1, 0, 1, 0, 2, 9, 9}, 256},
        {"more behind it", {1, 1, 0, 0, 1, 9, 20, 1}, 0},
        {"a salt cut short", {1, 0, 0, 0, 2, 9}, {}},
        {"cut short", {1, 0, 0, 0}, {}},
        {"another hash", {2, 0, 0, 0, 0}, {}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto parameters = sign::nsec3_parameters(row.rdata);
        CHECK(parameters.has_value() == row.iterations.has_value());
        if (parameters && row.iterations) CHECK(parameters->iterations == *row.iterations);
    }
}
