#include "portolan/health/dns_question.hpp"

#include <algorithm>

#include "portolan/dns/presentation.hpp"
#include "portolan/dns/query.hpp"

namespace portolan::health {
namespace {

using registry::Verdict;

constexpr std::size_t flags_at = 2;
constexpr std::size_t count_at = 4;
constexpr std::uint16_t rcode_mask = 0x000f;

}  // namespace

std::string authority(const registry::Address& address, registry::Port port) {
    const std::string text = registry::to_string(address);
    return (address.is_v6() ? "[" + text + "]" : text) + ":" + std::to_string(port);
}

dns::Octets dns_question(const registry::DnsCheck& check, std::uint16_t id) {
    const auto name = dns::parse_name(check.name);
    if (!name) return {};
    dns::Octets question(dns::header_octets + name->size() + 4);
    dns::Writer writer(question);
    writer.u16(id);
    writer.u16(dns::flag::recursion_desired);
    writer.u16(1);
    for (int section = 0; section < 3; ++section) writer.u16(0);
    writer.octets(name->octets());
    writer.u16(static_cast<std::uint16_t>(dns::Type::a));
    writer.u16(static_cast<std::uint16_t>(dns::Class::in));
    return question;
}

std::optional<Observation> judge_dns(dns::OctetView question, dns::OctetView datagram) {
    if (datagram.size() < dns::header_octets) return std::nullopt;
    if (!std::equal(question.begin(), question.begin() + flags_at, datagram.begin())) {
        return std::nullopt;
    }
    const auto flags = dns::load_u16(datagram.data() + flags_at);
    if ((flags & dns::flag::response) == 0) return std::nullopt;
    if (dns::load_u16(datagram.data() + count_at) == 1) {  // FORMERR may come without it
        dns::Reader asked(question, dns::header_octets);
        dns::Reader answered(datagram, dns::header_octets);
        const auto ours = asked.name();
        const auto theirs = answered.name();
        if (!theirs || !(*ours == *theirs) || answered.remaining() < 4) return std::nullopt;
    }
    const auto rcode = static_cast<dns::Rcode>(flags & rcode_mask);
    return Observation{rcode == dns::Rcode::noerror ? Verdict::passing : Verdict::critical,
                       "DNS " + dns::to_string(rcode)};
}

}  // namespace portolan::health
