#include "portolan/app/updates.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <ctime>
#include <optional>
#include <utility>

#include "app/registering.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/dns/query.hpp"
#include "portolan/net/endpoint.hpp"
#include "portolan/sign/digest.hpp"
#include "portolan/transfer/announcing.hpp"

namespace portolan::app {
namespace {

using dns::Rcode;
using transfer::UpdateStep;

constexpr std::size_t most_replies = 4096;
constexpr std::size_t most_messages = 1'000'000;  // that are known: 100 MB

std::uint64_t unix_time() { return static_cast<std::uint64_t>(std::time(nullptr)); }

/// The one reply to an update that came over TCP.
class UpdateStream final : public net::Stream {
public:
    UpdateStream(Updates& updates, dns::OctetView message, const net::Client& client)
        : updates_(updates), message_(message.begin(), message.end()), client_(client) {}

    void prepare(std::function<void()> ready) override {
        updates_.take(message_, client_, [this, ready = std::move(ready)](const auto& reply) {
            reply_ = reply;
            ready();
        });
    }
    Next next(std::vector<std::uint8_t>& message) override {
        if (reply_.empty()) return Next::end;
        message = std::exchange(reply_, {});
        return Next::message;
    }

private:
    Updates& updates_;
    dns::Octets message_;
    net::Client client_;
    dns::Octets reply_;
};

}  // namespace

/// One message on its way.
class Updates::Taking : public std::enable_shared_from_this<Taking> {
public:
    Taking(Updates& updates, dns::OctetView message, const net::Client& client, Reply reply)
        : updates_(updates), octets_(message.begin(), message.end()),
          client_(net::to_string(net::endpoint_of(client.address))), reply_(std::move(reply)) {}

    void run() {
        now_ = unix_time();
        updates_.forget_until(now_);
        const auto again = updates_.replies_.find(digest_);
        if (again != updates_.replies_.end()) return repeat(again->second);
        const auto found = tsig_.read(octets_);
        if (found == dns::Tsig::Found::malformed) return refuse(Rcode::formerr, "a malformed TSIG");
        const bool is_signed = found == dns::Tsig::Found::present;
        if (is_signed && !is_verified()) return;
        auto update =
            transfer::read_update(is_signed ? tsig_.unsigned_message() : dns::OctetView(octets_));
        if (!update) return refuse(update.error(), "it cannot be read");
        update_ = *std::move(update);
        take();
    }

private:
    void repeat(const dns::Octets& reply) {
        if (!reply.empty()) return reply_(reply);
        refuse(Rcode::refused, "it has been answered before");
    }

    [[nodiscard]] bool is_verified() {
        const auto keys = updates_.engine_.update_keys();
        const auto error = tsig_.verify(keys, now_);
        if (!error) {
            refuse(Rcode::formerr, "a TSIG whose MAC has no possible length");
            return false;
        }
        can_sign_ = true;
        if (*error != dns::TsigError::none) {
            refuse(Rcode::notauth, fmt::format("TSIG {}", to_string(*error)));
            return false;
        }
        return is_new();
    }

    /// Whether it would be known if it had been here before.
    [[nodiscard]] bool is_new() {
        const auto signed_at = tsig_.time_signed();
        const auto apart = signed_at > now_ ? signed_at - now_ : now_ - signed_at;
        if (apart > dns::Tsig::usual_fudge) {
            refuse(Rcode::refused, fmt::format("it was signed {} s from now", apart));
        } else if (signed_at < updates_.began_) {
            refuse(Rcode::servfail,
                   "it was signed before this server began, and may have been taken then");
        } else if (updates_.answered_.size() >= most_messages) {
            refuse(Rcode::servfail, "too many messages within ten minutes");
        } else {
            return true;
        }
        return false;
    }

    void take() {
        const auto zone = updates_.engine_.zone(update_.zone.view());
        if (!zone) return refuse(Rcode::notauth, "no such zone is served");
        if (updates_.registering_.registrar() == nullptr) {
            return refuse(Rcode::servfail, "nothing can be registered");
        }
        if (tsig_.verified_key() == nullptr) {
            return refuse(Rcode::refused, "updates must be signed (updates: of the plan)");
        }
        const Rcode rcode = transfer::unmet(update_, zone->table);
        if (rcode != Rcode::noerror) return finish(rcode);
        auto steps = transfer::read_edits(update_, zone->registry, key_name());
        if (!steps) return refuse(Rcode::refused, steps.error().reason);
        for (const UpdateStep& step : *steps) {
            if (!plan(step, *zone)) return;
        }
        next();
    }

    /// There is one: whoever started it never stops it.
    [[nodiscard]] Registrar& registrar() const { return *updates_.registering_.registrar(); }

    [[nodiscard]] std::string key_name() const {
        std::string name = dns::to_text(tsig_.key_name());
        name.pop_back();
        return name;
    }

    /// Makes ready what is to be done; when the holder of the key may not do it, all is refused.
    bool plan(const UpdateStep& step, const Engine::ZoneView& zone) {
        if (const auto* said = std::get_if<registry::Announcement>(&step)) {
            const auto entitlement = entitlement_to(zone, said->environment, said->service);
            if (!entitlement) return refuse_key(said->service, said->environment);
            const auto admitted = registrar().judge(*said, caller(*entitlement));
            if (!admitted) return refuse(Rcode::refused, admitted.error().reason), false;
            work_.push_back([this, said = *said, who = caller(*entitlement)](auto done) {
                registrar().announce(said, who, std::move(done));
            });
        } else if (const auto* key = std::get_if<registry::RegistrationKey>(&step)) {
            const auto* one = registrar().catalog().find(*key);
            if (one != nullptr) return plan_withdrawal(*one, zone);
        } else {
            const auto& all = std::get<transfer::WithdrawAll>(step);
            for (const auto* one : registrar().catalog().of_service(all.service)) {
                const auto& registration = one->registration;
                const bool is_meant = registration.environment == all.environment &&
                                      registration.protocol == all.protocol &&
                                      registration.zone == update_.zone &&
                                      one->said().id.starts_with(all.id_prefix);
                if (is_meant && !plan_withdrawal(*one, zone)) return false;
            }
        }
        return true;
    }

    bool plan_withdrawal(const registry::Registered& one, const Engine::ZoneView& zone) {
        const auto& registration = one.registration;
        const auto entitlement =
            entitlement_to(zone, registration.environment, registration.said.service);
        if (!entitlement) return refuse_key(registration.said.service, registration.environment);
        work_.push_back([this, key = registration.key(), who = caller(*entitlement)](auto done) {
            registrar().withdraw(key, who, std::move(done));
        });
        return true;
    }

    /// What one of the plan's `updates:` gives to the key there; nullopt when none does.
    [[nodiscard]] std::optional<registry::Entitlement> entitlement_to(
        const Engine::ZoneView& zone, const std::string& environment,
        const std::string& service) const {
        const auto* where = zone.registry.plan.environment(environment);
        for (const auto& clients : zone.registry.plan.updates) {
            const auto keys = zone.keys.find(clients.keys.value);
            if (keys == zone.keys.end()) continue;
            if (std::ranges::find(keys->second, tsig_.verified_key()) == keys->second.end())
                continue;
            registry::Entitlement entitlement{"key " + key_name(), {}, {}};
            for (const auto& each : clients.services) {
                entitlement.services.push_back(each.value);
            }
            for (const auto& each : clients.environments) {
                entitlement.environments.push_back(each.value);
            }
            if (entitlement.covers_service(service) && entitlement.covers(*where)) {
                return entitlement;
            }
        }
        return std::nullopt;
    }

    [[nodiscard]] static api::Caller caller(registry::Entitlement entitlement) {
        return {.address = {}, .token = "", .entitlement = std::move(entitlement)};
    }

    bool refuse_key(const std::string& service, const std::string& environment) {
        refuse(Rcode::refused,
               fmt::format("its key may not speak for {} of {}", service, environment));
        return false;
    }

    /// Does one thing after the other. Each was admitted; what still fails is the disk's fault, or
    /// a registration's that came between.
    void next() {
        if (done_ == work_.size()) return finish(Rcode::noerror);
        work_[done_++]([self = shared_from_this()](const auto& refusal) {
            if (!refusal) return self->next();
            const bool is_ours = refusal->kind == registry::Refusal::Kind::failed;
            self->refuse(is_ours ? Rcode::servfail : Rcode::refused, refusal->reason);
        });
    }

    void refuse(Rcode rcode, const std::string& why) {
        spdlog::warn("refused {}: {} for an update{}: {}", client_, to_string(rcode),
                     update_.zone.view().is_root() ? "" : " of " + dns::to_text(update_.zone), why);
        finish(rcode);
    }

    void finish(Rcode rcode) {
        const bool grants = rcode == Rcode::noerror && update_.lease.has_value();
        auto reply = transfer::update_reply(octets_, rcode, grants ? update_.lease : std::nullopt);
        if (can_sign_) tsig_.sign(reply, now_);
        if (tsig_.verified_key() != nullptr) updates_.remember(digest_, reply, now_);
        reply_(reply);
    }

    Updates& updates_;
    const dns::Octets octets_;
    const Digest digest_ = digest_of(octets_);
    const std::string client_;
    const Reply reply_;
    std::uint64_t now_ = 0;
    dns::Tsig tsig_;
    bool can_sign_ = false;
    transfer::Update update_;
    std::vector<std::function<void(api::Registrar::Done)>> work_;
    std::size_t done_ = 0;
};

Updates::Updates(boost::asio::io_context& io, Engine& engine, Registering& registering)
    : io_(io), engine_(engine), registering_(registering), began_(unix_time()) {}

Updates::~Updates() = default;

void Updates::take(dns::OctetView message, const net::Client& client, Reply reply) {
    auto taking = std::make_shared<Taking>(*this, message, client, std::move(reply));
    boost::asio::post(io_, [taking] { taking->run(); });
}

std::unique_ptr<net::Stream> Updates::stream(dns::OctetView message, const net::Client& client) {
    return std::make_unique<UpdateStream>(*this, message, client);
}

Updates::Digest Updates::digest_of(dns::OctetView message) {
    const auto whole = sign::sha256(message);
    Digest digest;
    std::copy_n(whole.begin(), digest.size(), digest.begin());
    return digest;
}

void Updates::forget_until(std::uint64_t now) {
    while (!answered_.empty() && answered_.front().until <= now) {
        replies_.erase(answered_.front().message);
        answered_.pop_front();
    }
}

/// For as long as the message's signature may be good: its clock may be ahead as far as behind.
void Updates::remember(const Digest& message, const dns::Octets& reply, std::uint64_t now) {
    if (!replies_.insert_or_assign(message, reply).second) return;
    answered_.push_back({message, now + 2 * std::uint64_t{dns::Tsig::usual_fudge}});
    if (answered_.size() <= most_replies) return;
    const auto& old = answered_[answered_.size() - 1 - most_replies];
    replies_[old.message] = {};
}

}  // namespace portolan::app
