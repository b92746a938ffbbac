// Zones as master files, and whole files as strings.
#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "portolan/dns/presentation.hpp"
#include "portolan/dns/presentation_print.hpp"
#include "portolan/source/master_file.hpp"

namespace portolan::source {
namespace {

/// Types whose name or text NSD 4.6 or Knot 3.2 does not know; in generic form they load
/// everywhere (RFC 3597 5).
bool prefers_generic_form(dns::Type type) noexcept {
    switch (type) {
        case dns::Type::md:
        case dns::Type::mf:
        case dns::Type::mb:
        case dns::Type::mg:
        case dns::Type::mr:
        case dns::Type::wks:
        case dns::Type::x25:
        case dns::Type::isdn:
        case dns::Type::nsap:
        case dns::Type::sig:
        case dns::Type::px:
        case dns::Type::nxt:
        case dns::Type::null:
        case dns::Type::hip:
            return true;
        default:
            return false;
    }
}

void print_set(const std::string& owner, const dns::Rrset& rrset, std::string& text) {
    const bool generic = prefers_generic_form(rrset.type());
    const auto type = generic ? fmt::format("TYPE{}", static_cast<unsigned>(rrset.type()))
                              : dns::to_string(rrset.type());
    for (const auto rdata : rrset) {
        text += fmt::format("{} {} IN {} ", owner, dns::Rrset::ttl_of(rdata).seconds, type);
        if (generic)
            dns::print_generic_rdata(rdata, text);
        else
            dns::print_rdata(rrset.type(), rdata, text);
        text += '\n';
    }
}

}  // namespace

std::string to_master_file(const zone::Zone& zone) {
    std::string text;
    if (const auto* soa = zone.find(zone.apex(), dns::Type::soa))
        print_set(dns::to_text(zone.apex()), *soa, text);
    for (const auto& [name, node] : zone.nodes()) {
        const auto owner = dns::to_text(name);
        for (const auto& rrset : node)
            if (rrset->type() != dns::Type::soa) print_set(owner, *rrset, text);
    }
    return text;
}

std::optional<std::string> read_whole_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text;
    char block[65536];
    while (file.read(block, sizeof block) || file.gcount() > 0)
        text.append(block, static_cast<std::size_t>(file.gcount()));
    if (file.bad() || !file.eof()) return std::nullopt;
    return text;
}

}  // namespace portolan::source
