// Any octets as a plan: reading ends, and what is read is as its findings say.
// runs: 20000
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "portolan/source/plan_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace portolan;
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto read = source::read_plan("plan.yaml", [&](const std::string& path) {
        return path == "plan.yaml" ? std::optional<std::string>(text) : std::nullopt;
    });
    if (!read.plan && read.findings.empty()) std::abort();  // refused without a word
    for (const auto& finding : read.findings) {
        if (finding.message.empty() || finding.rule.empty()) std::abort();
    }
    return 0;
}
