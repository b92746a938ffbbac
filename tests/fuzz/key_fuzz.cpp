// Any octets as a private key, and as a history of keys under a checksum that fits: what is read is
// written as it was, and serves.
// runs: 100000
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "portolan/dns/presentation.hpp"
#include "portolan/sign/history_text.hpp"
#include "portolan/sign/key_text.hpp"

namespace {

using namespace portolan;

void must(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "key_fuzz: %s\n", what);
    std::abort();
}

/// A text that ends as sign/history_text.hpp says.
std::string checked(std::string_view body) {
    std::uint64_t sum = 0xcbf29ce484222325U;
    for (const char c : body) sum = (sum ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
    return fmt::format("{}check {:016x}\n", body, sum);
}

void read_history(std::string_view body) {
    static const dns::Name zone = dns::name_from("svc.corp.example.");
    static const sign::KeyPtr key = sign::Key::generate(sign::Algorithm::ed25519, true);
    const auto find = [](sign::Algorithm, std::uint16_t, sign::Use) { return key; };
    auto history = sign::parse_history(checked(body), zone, find);
    if (!history) return;
    const auto again = sign::parse_history(sign::to_text(*history, zone), zone, find);
    must(again && *again == *history, "a history does not come back from its text");
    for (const auto& each : history->keys) static_cast<void>(waiting(*history, each));
    static_cast<void>(next_step(*history));
    advance(*history, history->policy, dns::Ttl{60}, 1700000000);
    serve(*history, *history, 1700000000);
    static_cast<void>(roles_of(*history));
}

void read_key(std::string_view text) {
    const auto key = sign::parse_private_text(text, true);
    if (!key) return;
    const auto again = sign::parse_private_text(sign::to_private_text(**key), true);
    must(again && (*again)->secret() == (*key)->secret(), "a key does not come back from its text");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_key(text);
    read_history(text);
    return 0;
}
