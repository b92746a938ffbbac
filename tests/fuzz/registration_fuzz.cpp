// Any octets as the bodies that programs register with, as a definition, and as a request's target:
// what is read can be written, and read again as it was.
// runs: 100000
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "api/consul_body.hpp"
#include "portolan/api/http.hpp"
#include "portolan/registry/registration_json.hpp"

namespace {

using namespace portolan;

void must(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "registration_fuzz: %s\n", what);
    std::abort();
}

void write_and_read(const registry::Announcement& said) {
    const auto again = registry::announcement_from(registry::to_json(said));
    must(again.has_value(), "what was read cannot be read again");
    must(*again == said, "what was read comes back as something else");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static const registry::Address peer = *registry::parse_address("10.0.0.5");
    if (const auto said = api::read_consul_service(text, peer)) {
        write_and_read(*said);
        static_cast<void>(api::read_consul_check(text, *said));
    }
    static_cast<void>(api::service_id_of_check(text));
    static_cast<void>(api::read_consul_update(text));
    if (const auto json = registry::parse_json(text)) {
        if (const auto said = registry::announcement_from(*json)) write_and_read(*said);
        static_cast<void>(registry::registration_from(*json));
        static_cast<void>(registry::registered_from({}, *json));
    }
    if (const auto kept = registry::kept_from(text)) {
        const auto again = registry::kept_from(registry::kept_text(*kept));
        must(again.has_value(), "what was kept cannot be read again");
        // As values: what admission has added is written where it was not said.
        must(*registry::parse_json(registry::kept_text(*again)) ==
                 *registry::parse_json(registry::kept_text(*kept)),
             "what was kept comes back as something else");
    }
    api::Request request;
    static_cast<void>(api::read_target(text, request));
    return 0;
}
