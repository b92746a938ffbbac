// Any octets as a step of a journal: what reads as one is written again as the same octets, or as
// others that read alike.
// runs: 100000
#include <cstdio>
#include <cstdlib>

#include "portolan/transfer/messages.hpp"
#include "portolan/transfer/step_octets.hpp"

namespace {

using namespace portolan;

void must(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "journal_fuzz: %s\n", what);
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const dns::Octets octets(data, data + size);
    auto step = transfer::parse_step(octets);
    if (!step) return 0;
    const dns::Octets written = transfer::to_octets(*step);
    const auto again = transfer::parse_step(written);
    must(again.has_value(), "what was read cannot be read again");
    must(transfer::to_octets(*again) == written, "it is written in two ways");
    const auto shared = std::make_shared<const transfer::Step>(std::move(*step));
    auto sequence = transfer::difference(dns::NameView(), {shared});
    while (sequence->next()) {
    }
    return 0;
}
