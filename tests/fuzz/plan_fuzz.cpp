// Any octets as a plan: reading ends, what is read is as its findings say, and reading by pieces
// says what reading as a whole does.
// runs: 20000
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "../support/plan_ways.hpp"
#include "portolan/source/plan_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portolan;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto reader = [&](const std::string& path) {
        return path == "plan.yaml" ? std::optional<std::string>(text) : std::nullopt;
    };
    const auto read = source::read_plan("plan.yaml", reader);
    if (!read.plan && read.findings.empty()) std::abort();  // refused without a word
    for (const auto& finding : read.findings) {
        if (finding.message.empty() || finding.rule.empty()) std::abort();
    }
    const auto whole = source::read_plan_whole("plan.yaml", reader);
    if (!test::difference(read, whole).empty()) std::abort();
    return 0;
}
