#include "portolan/app/query_log.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include "../../src/app/query_note.hpp"
#include "../support/zone_text.hpp"

using namespace portolan;
using namespace std::chrono_literals;
using answer::Outcome;
using answer::Transport;
using app::QueryLog;
using test::Ask;

namespace {

constexpr std::int64_t now = 1795387511042;

const answer::View& view() {
    static const answer::View one = test::view_of(test::zone_from("z.", R"(
@    300 SOA ns1 admin 7 60 10 600 5
@    300 NS  ns1
ns1  300 A   192.0.2.53
)"));
    return one;
}

/// A query and its reply, as a worker has them.
struct Answered {
    explicit Answered(const Ask& ask, dns::Octets from = {192, 0, 2, 7},
                      Transport transport = Transport::udp)
        : request(test::encode(ask)), source(std::move(from)), room(4096) {
        exchange = {.request = request, .room = room, .transport = transport, .source = source};
        answer::respond({&exchange, 1}, view(), {});
    }
    Answered(const Answered&) = delete;

    dns::Octets request, source;
    std::vector<std::uint8_t> room;
    answer::Exchange exchange;
};

std::string line_of(const answer::Exchange& exchange) {
    app::QueryNote note;
    note.take(exchange, now);
    std::string line;
    note.append_to(line);
    return line;
}

/// A folder that goes with the test.
struct Folder {
    Folder() {
        std::string pattern = std::filesystem::temp_directory_path() / "portolan-log-XXXXXX";
        path = mkdtemp(pattern.data());
    }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;
    std::filesystem::path path;
};

std::vector<std::string> lines_in(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

template <class Condition>
bool becomes_true(Condition condition) {
    for (int i = 0; i < 500 && !condition(); ++i) std::this_thread::sleep_for(10ms);
    return condition();
}

const std::string head = "{\"time\":\"2026-11-22T22:45:11.042Z\",\"client\":\"192.0.2.7\",";

}  // namespace

TEST_CASE("a line of the query log says what was asked and told") {
    struct Row {
        Ask ask;
        std::string line;
    };
    const Row rows[] = {
        {{.name = "ns1.z.", .type = "A", .edns = true, .dnssec_ok = true},
         R"("transport":"udp","name":"ns1.z.","type":"A","class":"IN","flags":["RD","EDNS","DO"],)"
         R"("rcode":"NOERROR","reply_flags":["AA"],"size":50})"},
        {{.name = "No\"\\032\\\\.z.", .type = "TYPE4711", .flags = 0},
         R"("transport":"udp","name":"No\\\"\\032\\\\.z.","type":"TYPE4711","class":"IN","flags":[],)"
         R"("rcode":"NXDOMAIN","reply_flags":["AA"],"size":73})"},
        {{.name = "elsewhere.", .type = "A", .edns = true},
         R"("transport":"udp","name":"elsewhere.","type":"A","class":"IN","flags":["RD","EDNS"],)"
         R"("rcode":"REFUSED","reply_flags":[],"ede":20,"size":44})"},
        {{.name = "z.", .type = "A", .edns = true, .edns_version = 1},
         R"("transport":"udp","name":"z.","type":"A","class":"IN","flags":["RD","EDNS"],)"
         R"("rcode":"BADVERS","reply_flags":[],"size":30})"},
    };
    for (const auto& row : rows) {
        CHECK(line_of(Answered(row.ask).exchange) == head + row.line + "\n");
    }
}

TEST_CASE("a line of the query log tells client, cookie, and what became of the reply") {
    Answered answered({.name = "ns1.z.", .type = "A"}, dns::Octets(16), Transport::tcp);
    const auto has = [&](const char* words) {
        return line_of(answered.exchange).find(words) != std::string::npos;
    };
    CHECK(has(R"("client":"::","transport":"tcp")"));
    CHECK_FALSE(has("cookie"));
    answered.exchange.cookie = answer::CookieState::good;
    CHECK(has(R"("cookie":"good")"));
    answered.exchange.cookie = answer::CookieState::unknown;
    CHECK(has(R"("cookie":"unknown")"));
    answered.exchange.outcome = Outcome::drop;
    CHECK(has(R"("dropped":true,"size":0)"));
    answered.exchange.outcome = Outcome::transfer;
    CHECK(has(R"("transfer":true})"));
}

TEST_CASE("the longest line of the query log is one that a pipe takes whole") {
    const std::string odd(63, '\x01');
    dns::Name name;
    for (const std::size_t size : {61U, 63U, 63U, 63U}) {
        const auto label = odd.substr(0, size);
        REQUIRE(name.prepend({reinterpret_cast<const std::uint8_t*>(label.data()), label.size()}));
    }
    dns::Octets request(dns::header_octets);
    request[5] = 1;
    for (const std::uint8_t octet : name.view().octets()) request.push_back(octet);
    request.insert(request.end(), {0, 1, 0, 1});
    std::vector<std::uint8_t> room(4096);
    answer::Exchange exchange{.request = request, .room = room};
    const dns::Octets source(16, 0xff);
    exchange.source = source;
    answer::respond({&exchange, 1}, view(), {});
    CHECK(line_of(exchange).size() > 1200);
    CHECK(line_of(exchange).size() < 2000);  // and a key's name would be as long
}

TEST_CASE("the query log takes one query of so many, and none that is no query") {
    const Folder folder;
    const auto path = folder.path / "log";
    const Answered good({.name = "ns1.z.", .type = "A"});
    const answer::Exchange batch[] = {good.exchange, {}, good.exchange, good.exchange};
    {
        QueryLog log({path, 10}, 2);
        auto first = log.seat(0), second = log.seat(1);
        for (int i = 0; i < 10; ++i) first.note(batch, now);  // 30 queries
        for (int i = 0; i < 3; ++i) second.note(batch, now);  // 9
    }
    CHECK(lines_in(path).size() == 3);
}

TEST_CASE("the query log goes on under its name when its file is moved away") {
    const Folder folder;
    const auto path = folder.path / "log", moved = folder.path / "log.1";
    const Answered good({.name = "ns1.z.", .type = "A"});
    QueryLog log({path, 1}, 1);
    auto seat = log.seat(0);
    const auto note_and_wait = [&](std::uint64_t count) {
        seat.note(good.exchange, now);
        CHECK(becomes_true([&] { return log.counts().written == count; }));
    };
    note_and_wait(1);
    std::filesystem::rename(path, moved);
    SECTION("and is told so") {
        log.reopen();
        CHECK(becomes_true([&] { return std::filesystem::exists(path); }));
    }
    SECTION("or sees it within a second") {
        CHECK(becomes_true([&] { return std::filesystem::exists(path); }));
    }
    note_and_wait(2);
    CHECK(lines_in(path).size() == 1);
    CHECK(lines_in(moved).size() == 1);
}

TEST_CASE("who reads the query log too slowly loses lines, and nobody waits") {
    const Folder folder;
    const auto path = folder.path / "pipe";
    REQUIRE(mkfifo(path.c_str(), 0600) == 0);
    const Answered good({.name = "ns1.z.", .type = "A"});
    constexpr std::uint64_t noted = 20000;
    QueryLog log({path, 1}, 1);  // nobody reads yet
    auto seat = log.seat(0);
    seat.note(good.exchange, now);
    CHECK(becomes_true([&] { return log.counts().lost == 1; }));

    const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK);
    REQUIRE(reader >= 0);
    log.reopen();
    std::uint64_t sent = 0;
    CHECK(becomes_true([&] {
        seat.note(good.exchange, now), ++sent;
        return log.counts().written > 0;
    }));
    for (; sent < noted; ++sent) seat.note(good.exchange, now);  // more than ring and pipe hold
    CHECK(log.counts().lost > noted / 2);

    std::string text;
    char octets[65536];
    CHECK(becomes_true([&] {
        for (ssize_t count = 0; (count = read(reader, octets, sizeof octets)) > 0;) {
            text.append(octets, static_cast<std::size_t>(count));
        }
        const auto counts = log.counts();
        return counts.written + counts.lost == noted + 1;
    }));
    CHECK(text.find("\"lost\":") != std::string::npos);
    std::istringstream lines(text);
    std::string line;
    while (std::getline(lines, line)) {
        if (line.find("\"lost\":") != std::string::npos) continue;
        REQUIRE(line.substr(0, head.size()) == head);
    }
    close(reader);
}

TEST_CASE("a query log that cannot be written is refused") {
    CHECK_THROWS_WITH(QueryLog({"/nonexistent/log", 1}, 1),
                      "cannot write the query log /nonexistent/log: No such file or directory");
}
