// Any octets as a signed message, and as a key file: nothing is read that is not there, nothing
// verifies that was not signed, and whatever was read can be answered.
// runs: 100000
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "portolan/dns/presentation.hpp"
#include "portolan/dns/query.hpp"
#include "portolan/dns/tsig.hpp"
#include "portolan/source/key_file.hpp"

namespace {

using namespace portolan;

void must(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "tsig_fuzz: %s\n", what);
    std::abort();
}

constexpr std::uint64_t now = 1700000000;

/// Those of the seeds. Their secret is none, so the fuzzer may know it; it cannot make a MAC.
const std::vector<dns::TsigKeyPtr>& keys() {
    static const std::vector<dns::TsigKeyPtr> instance = [] {
        std::vector<dns::TsigKeyPtr> made;
        dns::Octets secret(32);
        for (std::size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<std::uint8_t>(i);
        for (const auto algorithm :
             {dns::TsigAlgorithm::hmac_sha256, dns::TsigAlgorithm::hmac_sha384,
              dns::TsigAlgorithm::hmac_sha512}) {
            made.push_back(std::make_shared<const dns::TsigKey>(
                dns::TsigKey{dns::name_from("transfer.key.example."), algorithm, secret}));
        }
        return made;
    }();
    return instance;
}

void answer(dns::Tsig& tsig) {
    const auto unsigned_octets = tsig.unsigned_message();
    dns::Octets reply(unsigned_octets.begin(), unsigned_octets.begin() + dns::header_octets);
    for (std::size_t i = 2; i < reply.size(); ++i) reply[i] = 0;
    reply[2] = 0x80;
    const std::size_t expected = reply.size() + tsig.signature_octets();
    tsig.sign(reply, now);
    must(reply.size() == expected, "the signature is not as long as announced");
    dns::Tsig read;
    must(read.read(reply) == dns::Tsig::Found::present, "the reply's own TSIG does not read");
    must(read.key_name() == tsig.key_name(), "the reply's TSIG has another key");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto file = source::parse_key_file({reinterpret_cast<const char*>(data), size}, "fuzzed");
    must(file.keys.empty() != file.findings.empty(), "neither keys nor findings, or both");
    for (const auto& key : file.keys) {
        const auto again = source::parse_key_file(dns::to_key_file(*key), "printed");
        must(again.keys.size() == 1 && *again.keys.front() == *key,
             "a key does not print as it reads");
    }

    const dns::Octets message(data, data + size);  // exactly as long, for the address sanitizer
    dns::Tsig tsig;
    if (tsig.read(message) != dns::Tsig::Found::present) return 0;
    must(tsig.unsigned_message().size() < size, "the record has no octets");
    if (const auto error = tsig.verify(keys(), now)) {
        must((*error == dns::TsigError::none) == (tsig.verified_key() != nullptr),
             "a key without a verdict, or a verdict without a key");
        answer(tsig);
    }
    return 0;
}
