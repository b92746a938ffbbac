// Any octets as a target's answer to a check, in pieces: whatever comes, there is one verdict, and
// it is one that a check may have.
// runs: 200000
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "portolan/health/conversation.hpp"
#include "portolan/health/dns_question.hpp"

namespace {

using namespace portolan;
using registry::Verdict;

void must(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "health_fuzz: %s\n", what);
    std::abort();
}

void judge(const health::Observation& found) {
    must(found.verdict == Verdict::passing || found.verdict == Verdict::warning ||
             found.verdict == Verdict::critical,
         "a verdict that no check has");
    must(!found.text.empty() && found.text.size() < 200, "a text that is none, or long");
}

void talk(health::Conversation& conversation, std::string_view answer, std::size_t step) {
    while (!answer.empty()) {
        conversation.take_words();
        if (const auto found = conversation.hear(answer.substr(0, step))) return judge(*found);
        answer.remove_prefix(std::min(step, answer.size()));
    }
    judge(conversation.hear_end());
}

}  // namespace

/// The first octet chooses the check, the second the size of the pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view answer(reinterpret_cast<const char*>(data) + 2, size - 2);
    const std::size_t step = data[1] == 0 ? size : data[1];
    if (data[0] % 4 == 0) {
        static const auto question = health::dns_question({"www.corp.example"}, 0x1234);
        const auto found = health::judge_dns(question, {data + 2, size - 2});
        if (found) judge(*found);
    } else if (data[0] % 4 == 1) {
        talk(*health::grpc_conversation({}, "192.0.2.1:1"), answer, step);
    } else {
        registry::HttpCheck check;
        if (data[0] % 4 == 3) check.body = "ok";
        talk(*health::http_conversation(check, "192.0.2.1:1"), answer, step);
    }
    return 0;
}
