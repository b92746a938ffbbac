// Names and RDATA printed behind text that is there already, for writers of whole files.
#pragma once

#include <string>

#include "portolan/dns/name.hpp"
#include "portolan/dns/types.hpp"

namespace portolan::dns {

/// As to_text, rdata_to_text and rdata_to_generic_text (presentation.hpp) have them.
void print_name(NameView name, std::string& text);
void print_rdata(Type type, OctetView rdata, std::string& text);
void print_generic_rdata(OctetView rdata, std::string& text);

}  // namespace portolan::dns
