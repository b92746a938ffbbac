// Any octets as what etcd answers: no reader breaks, and pages that are read end or move on.
// runs: 100000
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "source/etcd_json.hpp"

namespace {

using namespace portolan::source;

void must(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "etcd_fuzz: %s\n", what);
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static_cast<void>(etcd::read_committed(text, "/p/"));
    static_cast<void>(etcd::read_watch_line(text, "/p/"));
    static_cast<void>(etcd::read_grant(text));
    static_cast<void>(etcd::read_kept_alive(text));
    static_cast<void>(etcd::read_token(text));
    must(!etcd::read_fault(500, text).text.empty(), "a refusal says nothing");
    etcd::Pages pages("", "/p/");
    const auto before = pages.request();
    if (const auto is_last = pages.take(text); is_last && !*is_last)
        must(pages.request() != before, "the next page is the same again");
    return 0;
}
