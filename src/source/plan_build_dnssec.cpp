#include <fmt/format.h>

#include <algorithm>

#include "source/plan_build.hpp"

namespace portolan::source::plan {
namespace {

constexpr std::uint32_t year = 365 * 86400;

/// The value of a key, or the mapping itself when it is left out.
const registry::Place& place_of(const Node& mapping, std::string_view key) {
    const Node* node = valid_value(mapping, key);
    return node == nullptr ? mapping.place : node->place;
}

/// Signatures that are never renewed, or renewed for ever, are no signing.
void check_times(const Node& node, const registry::Dnssec& dnssec, Report& report) {
    if (dnssec.validity == 0 || dnssec.validity > year) {
        return report.error(place_of(node, "validity"), "dnssec-times",
                            "a signature must hold between a second and a year",
                            "Write \"validity: 14d\"");
    }
    const std::uint32_t least = dnssec.validity - dnssec.validity / 10;
    if (dnssec.refresh == 0 || dnssec.refresh >= least) {
        report.error(
            place_of(node, "refresh"), "dnssec-times",
            fmt::format("signatures are to be renewed {} s before they end, and a new one holds "
                        "{} s to {} s",
                        dnssec.refresh, least, dnssec.validity),
            "Let refresh be half of validity, or less");
    }
}

}  // namespace

std::optional<registry::Dnssec> dnssec_of(const Node& node, Report& report) {
    registry::Dnssec dnssec;
    dnssec.place = node.place;
    if (node.form == Node::Form::scalar) {
        return *read_flag(node.text) ? std::optional(dnssec) : std::nullopt;
    }
    if (text_of(node, "algorithm") == "ed25519") {
        dnssec.algorithm = registry::SigningAlgorithm::ed25519;
    }
    dnssec.has_two_keys = text_of(node, "keys") == "ksk-and-zsk";
    if (text_of(node, "denial") == "nsec3") dnssec.denial = registry::Denial::nsec3;
    set_duration(node, "validity", dnssec.validity);
    dnssec.refresh = std::min(dnssec.refresh, dnssec.validity / 2);
    set_duration(node, "refresh", dnssec.refresh);
    set_duration(node, "propagation", dnssec.propagation);
    if (const Node* parent = valid_value(node, "parent")) {
        set_duration(*parent, "delay", dnssec.parent_delay);
        set_duration(*parent, "ds_ttl", dnssec.ds_ttl);
    }
    check_times(node, dnssec, report);
    return dnssec;
}

}  // namespace portolan::source::plan
