#include "opt.hpp"

namespace portolan::answer {
namespace {

constexpr std::size_t cookie_octets = client_cookie_octets + server_cookie_octets;
constexpr std::size_t keepalive_octets = 2;
constexpr std::size_t error_octets = 2;  // its code, and no text

void begin(dns::Writer& writer, dns::Option option, std::size_t size) noexcept {
    writer.u16(static_cast<std::uint16_t>(option));
    writer.u16(static_cast<std::uint16_t>(size));
}

}  // namespace

bool Opt::has_cookie() const noexcept {
    return !query_.cookie.empty() && moment_.secrets != nullptr && !moment_.secrets->empty();
}

std::string_view Opt::nsid() const noexcept {
    if (!query_.wants_nsid || moment_.identity == nullptr) return {};
    return moment_.identity->name;
}

/// It speaks of the connection, so over UDP there is nothing to say (RFC 7828 3.2.1).
bool Opt::has_keepalive(Transport transport) const noexcept {
    return query_.wants_keepalive && transport != Transport::udp && moment_.tcp_idle > 0;
}

std::size_t Opt::options_size(Transport transport) const noexcept {
    std::size_t size = 0;
    if (has_cookie()) size += dns::option_octets + cookie_octets;
    if (!nsid().empty()) size += dns::option_octets + nsid().size();
    if (has_keepalive(transport)) size += dns::option_octets + keepalive_octets;
    return size;
}

void Opt::write_options(Exchange& exchange, std::size_t limit) const noexcept {
    const std::size_t start = exchange.size;
    dns::Writer writer(exchange.room.first(limit), start);
    if (has_cookie()) {
        begin(writer, dns::Option::cookie, cookie_octets);
        writer.octets(
            make_cookie(query_.cookie, exchange.source, moment_.now, moment_.secrets->front()));
    }
    if (const auto name = nsid(); !name.empty()) {
        begin(writer, dns::Option::nsid, name.size());
        writer.octets({reinterpret_cast<const std::uint8_t*>(name.data()), name.size()});
    }
    if (has_keepalive(exchange.transport)) {
        begin(writer, dns::Option::keepalive, keepalive_octets);
        writer.u16(moment_.tcp_idle);
    }
    if (error_ != ExtendedError::none && writer.left() >= dns::option_octets + error_octets) {
        begin(writer, dns::Option::extended_error, error_octets);
        writer.u16(static_cast<std::uint16_t>(error_));
    }
    const std::size_t octets = writer.position() - start;
    dns::store_u16(writer.at(start - 2), static_cast<std::uint16_t>(octets));
    exchange.size += static_cast<std::uint32_t>(octets);
    exchange.opt_size = static_cast<std::uint16_t>(exchange.opt_size + octets);
}

}  // namespace portolan::answer
