#include "portolan/api/exposition.hpp"

#include <catch2/catch.hpp>

using portolan::api::Exposition;

TEST_CASE("families and samples, as Prometheus reads them", "[metrics]") {
    Exposition out;
    out.family(Exposition::Kind::counter, "queries_total", "Queries.");
    out.sample({{"transport", "udp"}, {"type", "SRV"}}, std::uint64_t{12345678901});
    out.sample({{"transport", "a\"b\\c\nd"}, {"type", ""}}, std::uint64_t{0});
    out.one(Exposition::Kind::gauge, "age_seconds", "Age.", 1.5);
    CHECK(std::move(out).text() ==
          "# HELP queries_total Queries.\n"
          "# TYPE queries_total counter\n"
          "queries_total{transport=\"udp\",type=\"SRV\"} 12345678901\n"
          "queries_total{transport=\"a\\\"b\\\\c\\nd\",type=\"\"} 0\n"
          "# HELP age_seconds Age.\n"
          "# TYPE age_seconds gauge\n"
          "age_seconds 1.5\n");
}
