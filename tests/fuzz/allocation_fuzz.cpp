// Any text as the plan that something is allocated in, the first octet choosing what: it is refused
// in words, or the new text has one entry more and else every line that it had, in order.
// runs: 20000
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "portolan/desk/allocate.hpp"
#include "portolan/registry/about.hpp"

namespace {

using namespace portolan;

/// Whether everything of `before` stands in `after`, in order.
bool keeps(const std::string& before, const std::string& after) {
    auto at = after.begin();
    for (const char octet : before) {
        at = std::find(at, after.end(), octet);
        if (at == after.end()) return false;
        ++at;
    }
    return true;
}

registry::Edit edit_of(std::uint8_t choice) {
    registry::About about;
    about.owner = (choice & 4) != 0 ? "team: \"x\" # y" : "";
    if ((choice & 8) != 0) about.until = registry::parse_date("2027-01-31");
    switch (choice % 3) {
        case 0:
            return registry::AddApplication{"aluminium", {}, about};
        case 1:
            return registry::AddType{"jdbc", {}, registry::Protocol::udp, about};
        default:
            return registry::AddService{"wiki", "web", {}, registry::Protocol::tcp, about};
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto made = desk::allocation("plan", edit_of(*data), [&](const std::string& file) {
        return file == "plan" ? std::optional(text) : std::nullopt;
    });
    if (!made) {
        if (made.error().reason.empty()) std::abort();
        return 0;
    }
    if (made->before != text || made->after.size() <= text.size()) std::abort();
    if (!keeps(made->before, made->after)) std::abort();
    if (made->after.find(made->entry) == std::string::npos) std::abort();
    if (desk::patch_text("plan", made->before, made->after).empty()) std::abort();
    return 0;
}
