#include "app/transfer_request.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "portolan/dns/presentation.hpp"
#include "portolan/transfer/policy.hpp"

namespace portolan::app {
namespace {

using dns::Rcode;
using dns::Tsig;

constexpr std::size_t largest_message = 65535;

class Judging {
public:
    explicit Judging(const Request& request)
        : request_(request), octets_(request.exchange.request), query_(dns::parse_query(octets_)),
          asked_(octets_, query_) {}

    Verdict run() {
        if (request_.zone != nullptr) policy_ = request_.zone->policy();
        const auto found = tsig_.read(octets_);
        if (found == Tsig::Found::malformed) return refuse("a malformed TSIG", Rcode::formerr);
        is_signed_ = found == Tsig::Found::present;
        if (is_signed_) {
            const std::span<const dns::TsigKeyPtr> none;
            const auto error =
                tsig_.verify(policy_ ? std::span(policy_->keys) : none, request_.now);
            if (!error) {
                is_signed_ = false;
                return refuse("a TSIG whose MAC has no possible length", Rcode::formerr);
            }
            if (*error != dns::TsigError::none) {
                return refuse(fmt::format("TSIG {}, key {}", to_string(*error),
                                          dns::to_text(tsig_.key_name())),
                              Rcode::notauth);
            }
        }
        const bool is_transfer = query_.type == dns::Type::axfr || query_.type == dns::Type::ixfr;
        return is_transfer ? transfer() : ordinary();
    }

private:
    [[nodiscard]] bool is_udp() const noexcept {
        return request_.exchange.transport == answer::Transport::udp;
    }

    [[nodiscard]] bool is_tls() const noexcept {
        return request_.exchange.transport == answer::Transport::tls;
    }

    /// What the client brought, which the plan finds wanting.
    [[nodiscard]] std::string why_not() const {
        std::string text = "the plan does not give it to this address ";
        text += is_signed_ ? "with this key" : "without a key";
        if (!is_tls()) return text + ", not over TLS";
        if (request_.client_names.empty()) return text + ", over TLS without a certificate";
        return text + ", over TLS as " + fmt::format("{}", fmt::join(request_.client_names, ", "));
    }

    /// Octets that a reply may have without its signature.
    [[nodiscard]] std::size_t room() const noexcept {
        const auto limit =
            std::min<std::size_t>(query_.payload, request_.snapshot.moment.udp_limit);
        const std::size_t whole = is_udp() ? limit : largest_message;
        const std::size_t least = query_.question_end + dns::opt_octets;
        return std::max(whole - std::min(whole, signature_octets()), least);
    }
    [[nodiscard]] std::size_t signature_octets() const noexcept {
        return is_signed_ ? tsig_.signature_octets() : 0;
    }

    Verdict reply(dns::Octets message) {
        if (is_signed_) tsig_.sign(message, request_.now);
        return {std::move(message), std::nullopt, {}};
    }

    Verdict refuse(const std::string& why, Rcode rcode) {
        auto verdict = reply(transfer::bare_reply(asked_, rcode));
        verdict.refusal = fmt::format("{} for {} {}: {}", to_string(rcode),
                                      dns::to_text(query_.name), dns::to_string(query_.type), why);
        return verdict;
    }

    /// The secondary keeps what it has, or asks another node.
    Verdict refuse_as_stale() {
        constexpr std::uint16_t invalid_data = 24;  // RFC 8914 4.25: the zone may be too old
        auto verdict =
            reply(transfer::bare_reply(asked_, Rcode::refused, invalid_data, request_.stale));
        verdict.refusal = fmt::format("{} {}: {}", dns::to_text(query_.name),
                                      dns::to_string(query_.type), request_.stale);
        return verdict;
    }

    /// What is answered like any other query, but signed.
    Verdict ordinary() {
        dns::Octets octets(std::max<std::size_t>(room(), dns::classic_udp_limit));
        answer::Exchange exchange{.request = tsig_.unsigned_message(),
                                  .room = octets,
                                  .transport = request_.exchange.transport,
                                  .source = request_.exchange.source};
        answer::Moment moment = request_.snapshot.moment;
        moment.now = static_cast<std::uint32_t>(request_.now);
        answer::respond({&exchange, 1}, request_.snapshot.view, moment);
        octets.resize(exchange.size);
        return reply(std::move(octets));
    }

    [[nodiscard]] bool is_served() const noexcept {
        const dns::LowerName name(query_.name);
        const answer::Table* table = request_.snapshot.view.zone_for(name);
        return query_.klass == dns::Class::in && table != nullptr &&
               table->apex().view() == name.view();
    }

    Verdict transfer() {
        if (!is_served())
            return refuse("no such zone is served", Rcode::notauth);  // RFC 5936 2.2.1
        if (policy_ == nullptr || request_.zone->apex() != query_.name) {
            return refuse("the plan gives it to nobody", Rcode::refused);
        }
        const transfer::Policy::Client client{request_.client, tsig_.verified_key(), is_tls(),
                                              request_.client_names};
        if (!policy_->allows(client)) return refuse(why_not(), Rcode::refused);
        if (!request_.stale.empty()) return refuse_as_stale();
        Granted granted{request_.zone, asked_, std::nullopt, std::nullopt, request_.client_text};
        if (is_signed_) granted.tsig = tsig_;
        if (query_.type == dns::Type::ixfr) {
            granted.serial = transfer::serial_in_ixfr(octets_, query_);
            if (!granted.serial) return refuse("an IXFR without the SOA it has", Rcode::formerr);
            if (is_udp()) return reply(over_udp(granted));
        } else if (is_udp()) {
            return refuse("AXFR over UDP (RFC 5936 4.2)", Rcode::formerr);
        }
        return {{}, std::move(granted), {}};
    }

    /// The difference when it fits, else the SOA alone, upon which the client asks over TCP.
    dns::Octets over_udp(const Granted& granted) {
        auto difference = request_.zone->since(*granted.serial);
        const auto apex = request_.zone->apex();
        if (difference.steps && octets_of(*difference.steps) <= largest_message) {
            auto message = transfer::single_message(
                asked_, transfer::difference(apex, *std::move(difference.steps)), room());
            if (message) return *std::move(message);
        }
        auto alone = transfer::soa_alone(apex, difference.soa);
        auto message = transfer::single_message(asked_, std::move(alone), room());
        return message ? *std::move(message) : transfer::bare_reply(asked_, Rcode::servfail);
    }
    static std::size_t octets_of(const transfer::Steps& steps) {
        std::size_t sum = 0;
        for (const auto& step : steps) sum += step->octets();
        return sum;
    }

    const Request& request_;
    dns::OctetView octets_;
    dns::Query query_;
    transfer::Asked asked_;
    std::shared_ptr<const transfer::Policy> policy_;
    Tsig tsig_;
    bool is_signed_ = false;
};

}  // namespace

Verdict judge(const Request& request) { return Judging(request).run(); }

}  // namespace portolan::app
