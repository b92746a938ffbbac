#include "portolan/registry/verdict_history.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

namespace portolan::registry {
namespace {

VerdictTurn turn(const char* service, Port port, std::optional<Verdict> from,
                 std::optional<Verdict> to, std::string why = "") {
    return {.at = Moment(1'700'000'000'000),
            .zone = "z.example",
            .environment = "prod",
            .service = service,
            .protocol = Protocol::udp,
            .host = "jb1",
            .port = port,
            .from = from,
            .to = to,
            .why = std::move(why)};
}

std::string ports(const VerdictHistory& history, const char* service) {
    std::string text;
    const auto said = history.json("z.example", "prod", service);
    for (const auto& each : said.at("changes").as_array())
        text += (text.empty() ? "" : " ") + boost::json::serialize(each.at("port"));
    return text;
}

TEST_CASE("a turn is told with its time, its place and its reason") {
    VerdictHistory history;
    history.add(turn("a", 1, Verdict::passing, Verdict::critical, "connection refused"));
    history.add(turn("b", 2, std::nullopt, Verdict::passing));
    CHECK(boost::json::serialize(history.json("z.example", "prod", "a")) ==
          R"({"changes":[{"at":"2023-11-14T22:13:20Z","host":"jb1","port":1,"protocol":"udp",)"
          R"("from":"passing","to":"critical","why":"connection refused"}]})");
    CHECK(history.json("z.example", "prod", "b").at("changes").at(0).at("from") == "");
    CHECK(history.json("z.example", "dev", "a").at("changes").as_array().empty());
    CHECK(history.json("y.example", "prod", "a").at("changes").as_array().empty());
}

TEST_CASE("the newest turns are told first, and the oldest are forgotten") {
    VerdictHistory history(3);
    for (Port port = 1; port <= 4; ++port)
        history.add(turn(port % 2 == 0 ? "even" : "odd", port, {}, Verdict::passing));
    CHECK(history.size() == 3);
    CHECK(ports(history, "even") == "4 2");
    CHECK(ports(history, "odd") == "3");
}

TEST_CASE("a reason is cut between characters") {
    VerdictHistory history;
    const std::string begin(299, 'x');
    std::string long_one = begin;
    for (int i = 0; i < 100; ++i) long_one += "ü";
    history.add(turn("a", 1, {}, Verdict::critical, long_one));
    const auto said = history.json("z.example", "prod", "a");
    const std::string_view why = said.at("changes").at(0).at("why").as_string();
    CHECK(why.substr(0, begin.size()) == begin);
    CHECK(why.substr(begin.size()) == "…");
}

}  // namespace
}  // namespace portolan::registry
