#include <catch2/catch.hpp>
#include <vector>

#include "portolan/health/conversation.hpp"

using namespace portolan::health;
using portolan::registry::GrpcCheck;
using portolan::registry::Verdict;

namespace {

/// A frame of HTTP/2 (RFC 9113 4.1) on stream 1, or 0 for SETTINGS and GOAWAY.
std::string frame(unsigned type, unsigned flags, unsigned stream, const std::string& payload) {
    std::string text;
    for (const int shift : {16, 8, 0}) text += static_cast<char>(payload.size() >> shift);
    text += static_cast<char>(type);
    text += static_cast<char>(flags);
    text.append(3, '\0');
    text += static_cast<char>(stream);
    return text + payload;
}

using Fields = std::vector<std::pair<std::string, std::string>>;

/// HPACK's plainest form: literals, never indexed (RFC 7541 6.2.2).
std::string headers(const Fields& fields, bool ends) {
    std::string block;
    for (const auto& [name, value] : fields) {
        block += '\0';
        block += static_cast<char>(name.size());
        block += name;
        block += static_cast<char>(value.size());
        block += value;
    }
    return frame(1, ends ? 5 : 4, 1, block);
}

std::string data(const std::string& message) { return frame(0, 0, 1, message); }

const std::string settings = frame(4, 0, 0, "");
const std::string begin =
    settings + headers({{":status", "200"}, {"content-type", "application/grpc"}}, false);
const std::string good_end = headers({{"grpc-status", "0"}}, true);

std::string message(const std::string& body) {
    std::string text(4, '\0');
    text += static_cast<char>(body.size());
    return text += body;
}

Observation hear(std::string_view answer, std::size_t step) {
    const GrpcCheck check;
    const auto talk = grpc_conversation(check, "192.0.2.1:50051");
    CHECK(talk->take_words().substr(0, 14) == "PRI * HTTP/2.0");
    for (; !answer.empty(); answer.remove_prefix(std::min(step, answer.size()))) {
        if (auto found = talk->hear(answer.substr(0, step))) return *found;
        talk->take_words();
    }
    return talk->hear_end();
}

}  // namespace

TEST_CASE("gRPC answers are judged") {
    struct Row {
        const char* what;
        std::string answer;
        Verdict verdict;
        std::string text;
    };
    const Row rows[] = {
        {"serving", begin + data(message("\x08\x01")) + good_end, Verdict::passing, "gRPC SERVING"},
        {"not serving", begin + data(message("\x08\x02")) + good_end, Verdict::critical,
         "gRPC NOT_SERVING"},
        {"an empty message is UNKNOWN", begin + data(message("")) + good_end, Verdict::critical,
         "gRPC UNKNOWN"},
        {"in two pieces",
         begin + data(message("\x08\x01").substr(0, 3)) + data(message("\x08\x01").substr(3)) +
             good_end,
         Verdict::passing, "gRPC SERVING"},
        {"a service that is not known",
         settings + headers({{":status", "200"}, {"grpc-status", "5"}}, true), Verdict::critical,
         "gRPC status 5, the service is not known"},
        {"no health service", settings + headers({{":status", "200"}, {"grpc-status", "12"}}, true),
         Verdict::critical, "gRPC status 12, the target has no grpc.health.v1"},
        {"no status at the end", begin + data(message("\x08\x01")) + frame(0, 1, 1, ""),
         Verdict::critical, "gRPC, but no status"},
        {"a status that is no number of it", begin + data(message("\x08\x09")) + good_end,
         Verdict::critical, "no gRPC answer: the answer is no HealthCheckResponse"},
        {"an HTTP error", settings + headers({{":status", "502"}}, true), Verdict::critical,
         "no gRPC answer: HTTP 502"},
        {"the call refused", settings + frame(3, 0, 1, std::string("\0\0\0\7", 4)),
         Verdict::critical, "no gRPC answer: the target refused the call"},
        {"the session ended", settings + frame(7, 0, 0, std::string(8, '\0')), Verdict::critical,
         "no gRPC answer: the target refused the call"},
        {"no end", begin + data(message("\x08\x01")), Verdict::critical,
         "no gRPC answer: the connection ended before the answer"},
        {"nothing", "", Verdict::critical,
         "no gRPC answer: the connection ended before the answer"},
    };
    for (const auto& row : rows) {
        for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{1000'000}}) {
            CAPTURE(row.what, step);
            const auto found = hear(row.answer, step);
            CHECK(found.verdict == row.verdict);
            CHECK(found.text == row.text);
        }
    }
}

TEST_CASE("HTTP/1.1 is no gRPC") {
    const auto found = hear("HTTP/1.1 400 Bad Request\r\n\r\n", 1000);
    CHECK(found.verdict == Verdict::critical);
    CHECK(found.text.rfind("no gRPC answer: ", 0) == 0);
}

TEST_CASE("a gRPC call names the service") {
    const GrpcCheck check{"shop.Cart"};
    const auto talk = grpc_conversation(check, "192.0.2.1:50051");
    const std::string words = talk->take_words();
    std::string expected(4, '\0');
    expected +=
        "\x0b\x0a\x09"
        "shop.Cart";
    CHECK(words.substr(words.size() - expected.size()) == expected);
}
