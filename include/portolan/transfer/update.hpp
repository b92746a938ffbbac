// What an UPDATE message asks for (RFC 2136): what must hold of the zone, and what is to change.
//
// The message is read here and its prerequisites are held against a table. What the edits mean is
// not said here: a computed zone has no records that could be written, so an edit is a program that
// announces an endpoint, or withdraws it.
//
//     octets ─▶ read_update ─▶ Update ─▶ unmet ─▶ (whoever takes the edits)
//
// Deviating from RFC 2136 3.2 in order alone, all that is wrong with the message itself is found
// before a prerequisite is looked at.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <optional>
#include <vector>

#include "portolan/answer/table.hpp"
#include "portolan/dns/name.hpp"
#include "portolan/dns/types.hpp"

namespace portolan::transfer {

/// Names are in lower case, here and below.
struct Prerequisite {
    enum class Kind : std::uint8_t {
        set_exists,    // whatever its records (RFC 2136 2.4.1)
        set_is,        // with these records and no others (2.4.2)
        set_is_none,   // (2.4.3)
        name_is_used,  // (2.4.4)
        name_is_free,  // (2.4.5)
    };
    Kind kind{};
    dns::PackedName owner;
    dns::Type type{};                 // of a set
    std::vector<dns::Octets> rdatas;  // of set_is, in any order
};

struct Edit {
    enum class Kind : std::uint8_t {
        add,            // a record (RFC 2136 2.5.1)
        remove_set,     // all records of a type (2.5.2)
        remove_name,    // all records of a name (2.5.3)
        remove_record,  // (2.5.4)
    };
    Kind kind{};
    dns::PackedName owner;
    dns::Type type{};   // but for remove_name
    dns::Ttl ttl;       // of add
    dns::Octets rdata;  // of add and remove_record; names in it are not compressed
};

struct Update {
    dns::PackedName zone;
    std::vector<Prerequisite> prerequisites;
    std::vector<Edit> edits;                    // in their order
    std::optional<std::chrono::seconds> lease;  // Update Lease's LEASE (RFC 9664 4)
    bool has_edns = false;
};

/// Reads an UPDATE without its TSIG. FORMERR, or NOTZONE for a name that is not in the zone that
/// the message names.
boost::system::result<Update, dns::Rcode> read_update(dns::OctetView message);

/// What the first prerequisite that does not hold is answered with (RFC 2136 3.2); NOERROR when all
/// do.
dns::Rcode unmet(const Update& update, const answer::Table& zone);

/// The reply to a whole header's octets at least: no section (RFC 2136 3.8), but an OPT that says
/// which lease was granted, when one was.
dns::Octets update_reply(dns::OctetView request, dns::Rcode rcode,
                         std::optional<std::chrono::seconds> lease);

}  // namespace portolan::transfer
