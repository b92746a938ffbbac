#include "app/query_note.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "portolan/dns/presentation.hpp"
#include "portolan/dns/tsig.hpp"
#include "portolan/dns/wire.hpp"

namespace portolan::app {
namespace {

/// A name or a text as a JSON string. Names come with their odd octets escaped (\032); a text may
/// be UTF-8.
void append_string(std::string& text, std::string_view value) {
    text += '"';
    for (const char c : value) {
        if (c == '"' || c == '\\') text += '\\';
        if (static_cast<unsigned char>(c) < 0x20) {
            text += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
            text += c;
        }
    }
    text += '"';
}

void append_member(std::string& text, std::string_view name, std::string_view value) {
    text += fmt::format(",\"{}\":", name);
    append_string(text, value);
}

/// The names of the bits that are set, as an array.
struct Flag {
    std::uint16_t bit;
    const char* name;
};
void append_flags(std::string& text, std::string_view member, std::uint16_t bits,
                  std::span<const Flag> flags) {
    text += fmt::format(",\"{}\":[", member);
    const char* comma = "";
    for (const auto& flag : flags) {
        if ((bits & flag.bit) == 0) continue;
        text += fmt::format("{}\"{}\"", comma, flag.name);
        comma = ",";
    }
    text += ']';
}

constexpr std::uint16_t has_edns = 1,
                        dnssec_ok = 2;  // bits of the request's that mean nothing else
constexpr Flag asked[] = {{dns::flag::recursion_desired, "RD"},
                          {dns::flag::checking_disabled, "CD"},
                          {has_edns, "EDNS"},
                          {dnssec_ok, "DO"}};
constexpr Flag told[] = {{dns::flag::authoritative, "AA"}, {dns::flag::truncated, "TC"}};

const char* word_of(answer::Transport transport) noexcept {
    switch (transport) {
        case answer::Transport::udp:
            return "udp";
        case answer::Transport::tcp:
            return "tcp";
        case answer::Transport::tls:
            return "tls";
    }
    return "";
}

std::string address_text(dns::OctetView octets) {
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(octets.size() == 4 ? AF_INET : AF_INET6, octets.data(), text, sizeof text);
    return text;
}

}  // namespace

std::string time_text(std::int64_t milliseconds) {
    const std::time_t seconds = milliseconds / 1000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                       parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                       milliseconds % 1000);
}

void QueryNote::take(const answer::Exchange& exchange, std::int64_t milliseconds) noexcept {
    milliseconds_ = milliseconds;
    size_ = exchange.size;
    transport_ = exchange.transport;
    outcome_ = exchange.outcome;
    cookie_ = exchange.cookie;
    source_size_ = static_cast<std::uint8_t>(exchange.source.size());
    std::ranges::copy(exchange.source, source_.begin());
    const auto request = exchange.request.first(std::min(exchange.request.size(), most_request));
    request_size_ = static_cast<std::uint16_t>(request.size());
    std::ranges::copy(request, request_.begin());
    std::ranges::copy(exchange.room.first(dns::header_octets), header_.begin());
    opt_size_ = static_cast<std::uint16_t>(std::min<std::size_t>(exchange.opt_size, most_opt));
    std::copy_n(exchange.room.begin() + (exchange.size - exchange.opt_size), opt_size_,
                opt_.begin());
}

void QueryNote::append_to(std::string& text) const {
    text += "{\"time\":";
    append_string(text, time_text(milliseconds_));
    append_member(text, "client", address_text({source_.data(), source_size_}));
    append_member(text, "transport", word_of(transport_));
    append_query(text);
    append_reply(text);
    text += "}\n";
}

void QueryNote::append_query(std::string& text) const {
    const dns::Query query = dns::parse_query(request());
    if (query.has_question()) {
        append_member(text, "name", dns::to_text(query.name));
        append_member(text, "type", dns::to_string(query.type));
        append_member(text, "class", dns::to_string(query.klass));
    }
    const int bits = (query.flags & ~(has_edns | dnssec_ok)) | (query.has_edns ? has_edns : 0) |
                     (query.dnssec_ok ? dnssec_ok : 0);
    append_flags(text, "flags", static_cast<std::uint16_t>(bits), asked);
    if (cookie_ != answer::CookieState::none) {
        append_member(text, "cookie", cookie_ == answer::CookieState::good ? "good" : "unknown");
    }
    if (query.is_signed) append_key(text);
}

void QueryNote::append_key(std::string& text) const {
    dns::Tsig tsig;
    if (tsig.read(request()) == dns::Tsig::Found::present) {
        append_member(text, "key", dns::to_text(tsig.key_name()));
    }
}

/// The upper bits stand in OPT (RFC 6891 6.1.3).
dns::Rcode QueryNote::rcode() const noexcept {
    const unsigned upper = opt_size_ >= dns::opt_octets ? opt_[5] : 0U;
    return static_cast<dns::Rcode>(upper << 4 | (header_[3] & 0xfU));
}

void QueryNote::append_reply(std::string& text) const {
    if (outcome_ == answer::Outcome::transfer) {
        text += ",\"transfer\":true";
        return;
    }
    append_member(text, "rcode", dns::to_string(rcode()));
    append_flags(text, "reply_flags", dns::load_u16(header_.data() + 2), told);
    append_extended_error(text);
    const bool is_dropped = outcome_ == answer::Outcome::drop;
    if (is_dropped) text += ",\"dropped\":true";
    text += fmt::format(",\"size\":{}", is_dropped ? 0 : size_);
}

void QueryNote::append_extended_error(std::string& text) const {
    if (opt_size_ <= dns::opt_octets) return;
    dns::Reader reader({opt_.data(), opt_size_}, dns::opt_octets);
    while (reader.remaining() > 0) {
        const auto code = reader.u16();
        const auto length = reader.u16();
        if (!code || !length) return;
        const auto data = reader.octets(*length);
        if (!data) return;
        if (static_cast<dns::Option>(*code) != dns::Option::extended_error) continue;
        if (data->size() < 2) return;
        text += fmt::format(",\"ede\":{}", dns::load_u16(data->data()));
        if (data->size() > 2) {
            const auto words = data->subspan(2);
            append_member(text, "ede_text",
                          {reinterpret_cast<const char*>(words.data()), words.size()});
        }
    }
}

}  // namespace portolan::app
