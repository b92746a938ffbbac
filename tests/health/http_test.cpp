#include <catch2/catch.hpp>

#include "portolan/health/conversation.hpp"

using namespace portolan;
using namespace portolan::health;
using registry::HttpCheck;
using registry::Verdict;

namespace {

HttpCheck with_body(const std::string& text) {
    HttpCheck check;
    check.body = text;
    return check;
}

HttpCheck with_method(const std::string& method) {
    HttpCheck check;
    check.method = method;
    return check;
}

HttpCheck with_status(std::uint16_t first, std::uint16_t last) {
    HttpCheck check;
    check.first_status = first;
    check.last_status = last;
    return check;
}

/// What comes of an answer that arrives so many octets at a time, and then ends.
Observation hear(const HttpCheck& check, std::string_view answer, std::size_t step) {
    const auto talk = http_conversation(check, "192.0.2.1:80");
    talk->take_words();
    for (; !answer.empty(); answer.remove_prefix(std::min(step, answer.size()))) {
        if (auto found = talk->hear(answer.substr(0, step))) return *found;
    }
    return talk->hear_end();
}

const std::string ok = "HTTP/1.1 200 OK\r\n";

}  // namespace

TEST_CASE("HTTP answers are judged") {
    struct Row {
        const char* what;
        HttpCheck check;
        std::string answer;
        Verdict verdict;
        std::string text;
    };
    const Row rows[] = {
        {"200", {}, ok + "Content-Length: 2\r\n\r\nok", Verdict::passing, "HTTP 200"},
        {"204, which has no body",
         {},
         "HTTP/1.1 204 No Content\r\n\r\n",
         Verdict::passing,
         "HTTP 204"},
        {"HTTP/1.0", {}, "HTTP/1.0 200 OK\r\n\r\nok", Verdict::passing, "HTTP 200"},
        {"503", {}, "HTTP/1.1 503 No\r\n\r\n", Verdict::critical, "HTTP 503"},
        {"429 is a warning", {}, "HTTP/1.1 429 Too Many\r\n\r\n", Verdict::warning, "HTTP 429"},
        {"a redirect is no success",
         {},
         "HTTP/1.1 301 There\r\n\r\n",
         Verdict::critical,
         "HTTP 301"},
        {"unless it shall be", with_status(200, 399), "HTTP/1.1 301 There\r\n\r\n",
         Verdict::passing, "HTTP 301"},
        {"an interim response is followed by another",
         {},
         "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok + "\r\n",
         Verdict::passing,
         "HTTP 200"},
        {"an interim response alone",
         {},
         "HTTP/1.1 100 Continue\r\n\r\n",
         Verdict::critical,
         "no HTTP answer: the connection ended before the answer"},
        {"a text in the body", with_body("ready"), ok + "Content-Length: 11\r\n\r\nI am ready.",
         Verdict::passing, "HTTP 200"},
        {"a body in chunks", with_body("ready"),
         ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nrea\r\n2\r\ndy\r\n0\r\n\r\n",
         Verdict::passing, "HTTP 200"},
        {"a last chunk that comes octet by octet", with_body("ready"),
         ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Verdict::critical,
         "HTTP 200, but not the text in its body"},
        {"a chunk with an extension", with_body("ready"),
         ok + "Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nready\r\n0\r\n\r\n", Verdict::passing,
         "HTTP 200"},
        {"a chunk without a size", with_body("ready"),
         ok + "Transfer-Encoding: chunked\r\n\r\nready\r\n", Verdict::critical,
         "no HTTP answer: its chunks are damaged"},
        {"a chunk that is longer than it says", with_body("ready"),
         ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nready\r\n", Verdict::critical,
         "no HTTP answer: its chunks are damaged"},
        {"a chunk whose size has no end", with_body("ready"),
         ok + "Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n", Verdict::critical,
         "no HTTP answer: its chunks are damaged"},
        {"a chunk that does not come", with_body("ready"),
         ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nrea", Verdict::critical,
         "no HTTP answer: the connection ended inside the answer"},
        {"a body until the end", with_body("ready"), ok + "\r\nnot yet, but soon ready",
         Verdict::passing, "HTTP 200"},
        {"another text in the body", with_body("ready"), ok + "Content-Length: 2\r\n\r\nno",
         Verdict::critical, "HTTP 200, but not the text in its body"},
        {"the text before the body's end", with_body("ready"),
         ok + "Content-Length: 1000000000000\r\n\r\nready", Verdict::passing, "HTTP 200"},
        {"the text beyond 64 KiB", with_body("ready"),
         ok + "\r\n" + std::string(64 * 1024, 'x') + "ready", Verdict::critical,
         "HTTP 200, but not the text in its body"},
        {"a body that is cut short", with_body("ready"), ok + "Content-Length: 100\r\n\r\nno",
         Verdict::critical, "no HTTP answer: the connection ended inside the answer"},
        {"HEAD has a length and no body", with_method("HEAD"), ok + "Content-Length: 100\r\n\r\n",
         Verdict::passing, "HTTP 200"},
        {"nothing",
         {},
         "",
         Verdict::critical,
         "no HTTP answer: the connection ended before the answer"},
        {"half a header",
         {},
         "HTTP/1.1 200",
         Verdict::critical,
         "no HTTP answer: the connection ended before the answer"},
        {"another protocol",
         {},
         "SSH-2.0-OpenSSH_9.2\r\n\r\n",
         Verdict::critical,
         "no HTTP answer: bad version"},
        {"a header without an end",
         {},
         ok + "A: " + std::string(20'000, 'x'),
         Verdict::critical,
         "no HTTP answer: header limit exceeded"},
    };
    for (const auto& row : rows) {
        for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{1000'000}}) {
            CAPTURE(row.what, step);
            const auto found = hear(row.check, row.answer, step);
            CHECK(found.verdict == row.verdict);
            CHECK(found.text == row.text);
        }
    }
}

TEST_CASE("an HTTP request says what the check wants") {
    struct Row {
        const char* what;
        HttpCheck check;
        std::string expected;
    };
    HttpCheck full;
    full.method = "POST";
    full.path = "/health?deep=1";
    full.host = "shop.corp.example";
    full.headers = {{"Authorization", "Bearer x"}, {"user-agent", "mine"}};
    HttpCheck hostile;
    hostile.path = "/ HTTP/1.1\r\nX: 1";
    hostile.headers = {{"A", "b\r\nC: d"}};
    const Row rows[] = {
        {"as little as can be",
         {},
         "GET / HTTP/1.1\r\nHost: 192.0.2.1:80\r\nUser-Agent: portolan\r\nAccept: "
         "*/*\r\nConnection: close\r\n\r\n"},
        {"all there is", full,
         "POST /health?deep=1 HTTP/1.1\r\nHost: shop.corp.example\r\nUser-Agent: mine\r\nAccept: "
         "*/*\r\nConnection: close\r\nAuthorization: Bearer x\r\n\r\n"},
        {"lines inside a line", hostile,
         "GET / HTTP/1.1  X: 1 HTTP/1.1\r\nHost: 192.0.2.1:80\r\nUser-Agent: portolan\r\nAccept: "
         "*/*\r\nConnection: close\r\nA: b  C: d\r\n\r\n"},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        const auto talk = http_conversation(row.check, "192.0.2.1:80");
        CHECK(talk->take_words() == row.expected);
        CHECK(talk->take_words().empty());
    }
}

TEST_CASE("an authority is spelled as URLs have it") {
    CHECK(authority(*registry::parse_address("192.0.2.1"), 80) == "192.0.2.1:80");
    CHECK(authority(*registry::parse_address("2001:db8::1"), 8443) == "[2001:db8::1]:8443");
}
