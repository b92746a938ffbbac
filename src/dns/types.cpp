#include "portolan/dns/types.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "portolan/dns/name.hpp"

namespace portolan::dns {
namespace {

struct TypeMnemonic {
    Type type;
    std::string_view text;
};

// clang-format off
constexpr TypeMnemonic type_mnemonics[] = {
    {Type::a, "A"}, {Type::ns, "NS"}, {Type::md, "MD"}, {Type::mf, "MF"}, {Type::cname, "CNAME"},
    {Type::soa, "SOA"}, {Type::mb, "MB"}, {Type::mg, "MG"}, {Type::mr, "MR"}, {Type::null, "NULL"},
    {Type::wks, "WKS"}, {Type::ptr, "PTR"}, {Type::hinfo, "HINFO"}, {Type::minfo, "MINFO"},
    {Type::mx, "MX"}, {Type::txt, "TXT"}, {Type::rp, "RP"}, {Type::afsdb, "AFSDB"},
    {Type::x25, "X25"}, {Type::isdn, "ISDN"}, {Type::rt, "RT"}, {Type::nsap, "NSAP"},
    {Type::sig, "SIG"}, {Type::key, "KEY"}, {Type::px, "PX"}, {Type::aaaa, "AAAA"},
    {Type::loc, "LOC"}, {Type::nxt, "NXT"}, {Type::srv, "SRV"}, {Type::naptr, "NAPTR"},
    {Type::kx, "KX"}, {Type::cert, "CERT"}, {Type::dname, "DNAME"}, {Type::opt, "OPT"},
    {Type::apl, "APL"}, {Type::ds, "DS"}, {Type::sshfp, "SSHFP"}, {Type::ipseckey, "IPSECKEY"},
    {Type::rrsig, "RRSIG"}, {Type::nsec, "NSEC"}, {Type::dnskey, "DNSKEY"},
    {Type::dhcid, "DHCID"}, {Type::nsec3, "NSEC3"}, {Type::nsec3param, "NSEC3PARAM"},
    {Type::tlsa, "TLSA"}, {Type::smimea, "SMIMEA"}, {Type::hip, "HIP"}, {Type::cds, "CDS"},
    {Type::cdnskey, "CDNSKEY"}, {Type::openpgpkey, "OPENPGPKEY"}, {Type::csync, "CSYNC"},
    {Type::zonemd, "ZONEMD"}, {Type::svcb, "SVCB"}, {Type::https, "HTTPS"}, {Type::spf, "SPF"},
    {Type::nid, "NID"}, {Type::l32, "L32"}, {Type::l64, "L64"}, {Type::lp, "LP"},
    {Type::eui48, "EUI48"}, {Type::eui64, "EUI64"}, {Type::tkey, "TKEY"}, {Type::tsig, "TSIG"},
    {Type::ixfr, "IXFR"}, {Type::axfr, "AXFR"}, {Type::mailb, "MAILB"}, {Type::maila, "MAILA"},
    {Type::any, "ANY"}, {Type::uri, "URI"}, {Type::caa, "CAA"},
};
// clang-format on

bool equal_folded(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, [](char x, char y) {
        return fold(static_cast<std::uint8_t>(x)) == fold(static_cast<std::uint8_t>(y));
    });
}

}  // namespace

std::string to_string(Type type) {
    const auto* row = std::ranges::find(type_mnemonics, type, &TypeMnemonic::type);
    if (row != std::end(type_mnemonics)) return std::string(row->text);
    return "TYPE" + std::to_string(static_cast<unsigned>(type));
}

bool parse_type(std::string_view text, Type& type) noexcept {
    for (const auto& row : type_mnemonics) {
        if (!equal_folded(row.text, text)) continue;
        type = row.type;
        return true;
    }
    if (text.size() < 5 || !equal_folded(text.substr(0, 4), "TYPE")) return false;
    std::uint16_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + 4, end, number);
    if (error != std::errc{} || stop != end) return false;
    type = static_cast<Type>(number);
    return true;
}

std::string to_string(Class klass) {
    switch (klass) {
        case Class::in:
            return "IN";
        case Class::ch:
            return "CH";
        case Class::hs:
            return "HS";
        case Class::none:
            return "NONE";
        case Class::any:
            return "ANY";
    }
    return "CLASS" + std::to_string(static_cast<unsigned>(klass));
}

std::string to_string(Rcode rcode) {
    switch (rcode) {
        case Rcode::noerror:
            return "NOERROR";
        case Rcode::formerr:
            return "FORMERR";
        case Rcode::servfail:
            return "SERVFAIL";
        case Rcode::nxdomain:
            return "NXDOMAIN";
        case Rcode::notimp:
            return "NOTIMP";
        case Rcode::refused:
            return "REFUSED";
        case Rcode::yxdomain:
            return "YXDOMAIN";
        case Rcode::yxrrset:
            return "YXRRSET";
        case Rcode::nxrrset:
            return "NXRRSET";
        case Rcode::notauth:
            return "NOTAUTH";
        case Rcode::notzone:
            return "NOTZONE";
        case Rcode::badvers:
            return "BADVERS";
        case Rcode::badcookie:
            return "BADCOOKIE";
    }
    return "RCODE" + std::to_string(static_cast<unsigned>(rcode));
}

}  // namespace portolan::dns
