// The types whose text no row of field kinds can describe: LOC, APL, SVCB, IPSECKEY, HIP, WKS,
// NSAP and NXT. Each has three functions for its opaque tail, found by type.
#pragma once

#include "portolan/dns/presentation.hpp"
#include "portolan/dns/rdata.hpp"

namespace portolan::dns {

class RdataText;  // rdata_text.hpp

struct OddForm {
    /// Whether the octets that follow the type's plain fields are valid.
    bool (*well_formed)(OctetView tail) noexcept;
    /// Appends their text; the octets are well-formed.
    void (*print)(OctetView tail, std::string& text);
    /// Reads that text; false after text.fail().
    bool (*parse)(RdataText& text, Octets& out);
};

/// The odd form of a type whose last field is opaque; null for NULL, which has no text.
const OddForm* odd_form(Type type) noexcept;

bool svcb_well_formed(OctetView tail) noexcept;
void svcb_print(OctetView tail, std::string& text);
bool svcb_parse(RdataText& text, Octets& out);

bool loc_well_formed(OctetView tail) noexcept;
void loc_print(OctetView tail, std::string& text);
bool loc_parse(RdataText& text, Octets& out);

}  // namespace portolan::dns
