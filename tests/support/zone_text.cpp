#include "zone_text.hpp"

#include <map>
#include <sstream>
#include <stdexcept>

#include "portolan/dns/presentation.hpp"
#include "portolan/dns/rdata.hpp"

namespace portolan::test {
namespace {

dns::Type type_from(const std::string& text) {
    dns::Type type{};
    if (!dns::parse_type(text, type)) throw std::invalid_argument("no type: " + text);
    return type;
}

template <class T>
T must(const dns::Result<T>& result, const char* what) {
    if (!result) throw std::runtime_error(std::string("reply: bad ") + what);
    return *result;
}

std::string record_text(const dns::Name& owner, std::uint32_t ttl, dns::Type type,
                        dns::OctetView rdata) {
    return dns::to_text(owner) + " " + std::to_string(ttl) + " " + to_string(type) + " " +
           dns::rdata_to_text(type, rdata);
}

void decode_options(dns::OctetView octets, Told& told) {
    dns::Reader reader(octets);
    while (reader.remaining() > 0) {
        const auto code = must(reader.u16(), "option");
        const auto length = must(reader.u16(), "option");
        const auto data = to_hex(must(reader.octets(length), "option"));
        if (!told.options.emplace(code, data).second) {
            throw std::runtime_error("reply: one option twice");
        }
    }
}

void decode_record(dns::Reader& reader, Told& told, std::multiset<std::string>& section) {
    const dns::Name owner = must(reader.name(), "owner");
    const auto type = static_cast<dns::Type>(must(reader.u16(), "type"));
    const auto klass = must(reader.u16(), "class");
    const auto ttl = must(reader.u32(), "ttl");
    const auto length = must(reader.u16(), "rdlength");
    if (type == dns::Type::opt) {
        if (told.has_opt) throw std::runtime_error("reply: two OPTs");
        told.has_opt = true;
        told.opt_version = (ttl >> 16) & 0xff;
        told.opt_dnssec_ok = (ttl & 0x8000) != 0;
        told.rcode |= (ttl >> 24) << 4;
        decode_options(must(reader.octets(length), "options"), told);
        return;
    }
    if (klass != told.klass) throw std::runtime_error("reply: a class that was not asked for");
    const auto rdata = must(dns::read_rdata(type, reader, length), "rdata");
    section.insert(record_text(owner, ttl, type, rdata));
}

}  // namespace

zone::Zone zone_from(std::string_view apex, std::string_view lines) {
    const dns::Name origin = dns::name_from(apex);
    zone::Zone zone(origin);
    struct Set {
        dns::Ttl ttl;
        std::vector<dns::Octets> rdatas;
    };
    std::map<std::pair<std::string, dns::Type>, Set> sets;
    std::istringstream stream{std::string(lines)};
    for (std::string line; std::getline(stream, line);) {
        std::istringstream words(line);
        std::string owner, type, rdata;
        std::uint32_t ttl = 0;
        if (!(words >> owner >> ttl >> type)) continue;
        std::getline(words >> std::ws, rdata);
        Set& set = sets[{owner, type_from(type)}];
        set.ttl = {ttl};
        set.rdatas.push_back(dns::rdata_from(type_from(type), rdata, origin));
    }
    for (auto& [key, set] : sets) {
        const auto owner = dns::parse_name(key.first, origin);
        if (!owner) throw std::invalid_argument("no name: " + key.first);
        zone.put(*owner, dns::make_rrset(key.second, set.ttl, std::move(set.rdatas)));
    }
    return zone;
}

std::vector<std::string> lines_of(const zone::Zone& zone) {
    std::vector<std::string> lines;
    for (const auto& [owner, node] : zone.nodes()) {
        for (const auto& rrset : node) {
            for (const auto rdata : *rrset) {
                lines.push_back(record_text(dns::Name(owner), dns::Rrset::ttl_of(rdata).seconds,
                                            rrset->type(), rdata));
            }
        }
    }
    return lines;
}

dns::Octets encode(const Ask& ask) {
    std::uint8_t room[600];
    dns::Writer writer(room);
    writer.u16(0x1234);
    writer.u16(static_cast<std::uint16_t>(ask.flags | (ask.opcode << 11)));
    const bool has_edns = ask.edns || !ask.options.empty();
    writer.u16(ask.has_question ? 1 : 0);
    writer.u32(0);
    writer.u16(has_edns ? 1 : 0);
    if (ask.has_question) {
        writer.octets(dns::name_from(ask.name).octets());
        writer.u16(static_cast<std::uint16_t>(type_from(ask.type)));
        writer.u16(ask.klass);
    }
    if (has_edns) {
        writer.u8(0);
        writer.u16(41);
        writer.u16(ask.payload);
        writer.u32((std::uint32_t{ask.edns_version} << 16) | (ask.dnssec_ok ? 0x8000U : 0U));
        dns::Octets options;
        for (const auto& [code, hex] : ask.options) {
            const dns::Octets data = from_hex(hex);
            const std::uint16_t words[] = {code, static_cast<std::uint16_t>(data.size())};
            for (const auto word : words) {
                options.push_back(static_cast<std::uint8_t>(word >> 8));
                options.push_back(static_cast<std::uint8_t>(word));
            }
            options.insert(options.end(), data.begin(), data.end());
        }
        writer.u16(static_cast<std::uint16_t>(options.size()));
        writer.octets(options);
    }
    return {room, room + writer.position()};
}

Told decode(dns::OctetView message) {
    dns::Reader reader(message);
    Told told;
    told.size = message.size();
    told.id = must(reader.u16(), "id");
    told.flags = must(reader.u16(), "flags");
    told.rcode = told.flags & 0xfU;
    const auto questions = must(reader.u16(), "count");
    const auto answers = must(reader.u16(), "count");
    const auto authorities = must(reader.u16(), "count");
    const auto additionals = must(reader.u16(), "count");
    for (unsigned i = 0; i < questions; ++i) {
        const dns::NameView name = must(reader.plain_name(), "question");
        const auto type = static_cast<dns::Type>(must(reader.u16(), "qtype"));
        told.klass = must(reader.u16(), "qclass");
        told.question = dns::to_text(name) + " " + to_string(type);
    }
    for (unsigned i = 0; i < answers; ++i) decode_record(reader, told, told.answer);
    for (unsigned i = 0; i < authorities; ++i) decode_record(reader, told, told.authority);
    for (unsigned i = 0; i < additionals; ++i) decode_record(reader, told, told.additional);
    if (reader.remaining() != 0) throw std::runtime_error("reply: octets behind the last record");
    return told;
}

dns::Octets from_hex(std::string_view text) {
    dns::Octets octets;
    for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
        octets.push_back(
            static_cast<std::uint8_t>(std::stoi(std::string(text.substr(at, 2)), nullptr, 16)));
    }
    return octets;
}

std::string to_hex(dns::OctetView octets) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const auto octet : octets) {
        text += digits[octet >> 4];
        text += digits[octet & 15];
    }
    return text;
}

Told ask(const answer::View& view, const Ask& ask, answer::Transport transport,
         const answer::Moment& moment) {
    const dns::Octets request = encode(ask);
    thread_local std::vector<std::uint8_t> room(65535);
    const std::uint8_t source[] = {192, 0, 2, 1};
    answer::Exchange exchange{
        .request = request, .room = room, .transport = transport, .source = source};
    answer::respond({&exchange, 1}, view, moment);
    if (exchange.outcome == answer::Outcome::drop) throw std::runtime_error("dropped");
    return decode({room.data(), exchange.size});
}

answer::View view_of(const zone::Zone& zone) {
    return answer::View({std::make_shared<const answer::Table>(zone)});
}

}  // namespace portolan::test
