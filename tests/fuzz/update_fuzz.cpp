// Any octets as an UPDATE: what is read of them lies in the zone that they name, and can be held
// against one and answered.
// runs: 100000
#include <cstdio>
#include <cstdlib>

#include "../support/zone_text.hpp"
#include "portolan/dns/query.hpp"
#include "portolan/dns/rdata.hpp"
#include "portolan/transfer/update.hpp"

namespace {

using namespace portolan;

void must(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "update_fuzz: %s\n", what);
    std::abort();
}

const answer::Table& table() {
    static const answer::Table instance(test::zone_from("z.", R"(
        @ 5 SOA ns dns 7 60 10 99 5
        a 60 A 192.0.2.1
        _s._tcp.b 60 SRV 1 2 3 a
    )"));
    return instance;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const dns::OctetView message(data, size);
    const auto update = transfer::read_update(message);
    if (!update) return 0;
    for (const auto& each : update->prerequisites) {
        must(each.owner.view().is_at_or_below(update->zone.view()), "a prerequisite elsewhere");
    }
    for (const auto& each : update->edits) {
        must(each.owner.view().is_at_or_below(update->zone.view()), "an edit elsewhere");
        const bool has_rdata = each.kind == transfer::Edit::Kind::add ||
                               each.kind == transfer::Edit::Kind::remove_record;
        must(!has_rdata || dns::is_well_formed(each.type, each.rdata), "malformed RDATA");
    }
    const auto rcode = transfer::unmet(*update, table());
    const auto reply = transfer::update_reply(message, rcode, update->lease);
    must(reply.size() >= dns::header_octets && (reply[2] & 0x80) != 0, "a reply that is none");
    return 0;
}
