#include "opt.hpp"

#include <algorithm>
#include <array>

namespace portolan::answer {
namespace {

constexpr std::size_t cookie_octets = client_cookie_octets + server_cookie_octets;
constexpr std::size_t keepalive_octets = 2;
constexpr std::size_t error_octets = 2;  // its code, before the text
constexpr std::size_t padded_to = 468;   // a multiple of it (RFC 8467 4.1)

void begin(dns::Writer& writer, dns::Option option, std::size_t size) noexcept {
    writer.u16(static_cast<std::uint16_t>(option));
    writer.u16(static_cast<std::uint16_t>(size));
}

/// Fills the message up to the next multiple, or as far as there is room.
void pad(dns::Writer& writer) noexcept {
    if (writer.left() < dns::option_octets) return;
    const std::size_t least = writer.position() + dns::option_octets;
    const std::size_t wanted = (least + padded_to - 1) / padded_to * padded_to;
    const std::size_t size = std::min(wanted, writer.position() + writer.left()) - least;
    begin(writer, dns::Option::padding, size);
    static constexpr std::array<std::uint8_t, padded_to> zeros{};
    writer.octets({zeros.data(), size});
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

/// A client that pads wants padding, which hides nothing where it can be read (RFC 7830 4, 6).
bool Opt::pads(Transport transport) const noexcept {
    return query_.wants_padding && transport == Transport::tls;
}

std::size_t Opt::options_size(Transport transport) const noexcept {
    std::size_t size = 0;
    if (has_cookie()) size += dns::option_octets + cookie_octets;
    if (!nsid().empty()) size += dns::option_octets + nsid().size();
    if (has_keepalive(transport)) size += dns::option_octets + keepalive_octets;
    if (pads(transport)) size += dns::option_octets;
    return size;
}

void Opt::write_error(dns::Writer& writer) const noexcept {
    constexpr std::size_t least = dns::option_octets + error_octets;
    if (error_ == ExtendedError::none || writer.left() < least) return;
    const bool fits = writer.left() >= least + text_.size();
    const std::string_view text = fits ? text_ : std::string_view();
    begin(writer, dns::Option::extended_error, error_octets + text.size());
    writer.u16(static_cast<std::uint16_t>(error_));
    writer.octets({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
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
    write_error(writer);
    if (pads(exchange.transport)) pad(writer);  // the last one, as it counts the others
    const std::size_t octets = writer.position() - start;
    dns::store_u16(writer.at(start - 2), static_cast<std::uint16_t>(octets));
    exchange.size += static_cast<std::uint32_t>(octets);
    exchange.opt_size = static_cast<std::uint16_t>(exchange.opt_size + octets);
}

}  // namespace portolan::answer
