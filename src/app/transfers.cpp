#include "portolan/app/transfers.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <ctime>
#include <map>
#include <thread>

#include "app/followed_zone.hpp"
#include "app/transfer_request.hpp"
#include "net/signals_blocked.hpp"
#include "portolan/app/notifier.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/net/streaming.hpp"

namespace portolan::app {
namespace {

using FollowedZonePtr = std::shared_ptr<FollowedZone>;
using FollowedZones = std::map<dns::PackedName, FollowedZonePtr, dns::CanonicalOrder>;

constexpr std::chrono::milliseconds tick_interval{50};
constexpr std::size_t message_limit = 65535;

std::uint64_t unix_time() { return static_cast<std::uint64_t>(std::time(nullptr)); }

registry::Address address_of(const sockaddr_storage& client) {
    registry::Address address;
    if (client.ss_family == AF_INET6) {
        address.size = 16;
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(client);
        std::memcpy(address.octets.data(), &v6.sin6_addr, 16);
    } else if (client.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(client);
        std::memcpy(address.octets.data(), &v4.sin_addr, 4);
    }
    return address;
}

struct Counting {
    std::atomic<std::uint64_t> whole{0}, differences{0}, refused{0}, failed{0};
};

/// The messages of one transfer, made when the client has taken those before.
class ZoneStream final : public net::Stream {
public:
    ZoneStream(Granted granted, Published<Snapshot>::Reader& reader, Counting& counts)
        : granted_(std::move(granted)), reader_(reader), counts_(counts) {}
    ~ZoneStream() override {
        if (!is_done_) ++counts_.failed;
    }

    Next next(std::vector<std::uint8_t>& message) override {
        if (!messages_ && !begin()) return Next::failed;
        if (messages_->next(message, message_limit, unix_time())) {
            octets_ += message.size();
            ++count_;
            return Next::message;
        }
        if (!messages_->is_done()) return Next::failed;
        is_done_ = true;
        spdlog::info("{} of {} to {}: serial {}, {} octets in {} messages", kind_,
                     dns::to_text(granted_.zone->apex()), granted_.client, serial_.value, octets_,
                     count_);
        return Next::end;
    }

private:
    bool begin() {
        auto sequence = choose();
        if (sequence == nullptr) return false;
        messages_.emplace(granted_.asked, std::move(sequence), std::move(granted_.tsig));
        return true;
    }

    std::unique_ptr<transfer::Sequence> choose() {
        if (granted_.serial) {
            auto difference = granted_.zone->since(*granted_.serial);
            const dns::Serial ours = zone::read_soa(*difference.soa->begin()).serial;
            serial_ = ours;
            if (*granted_.serial == ours || *granted_.serial > ours) {
                kind_ = "IXFR, nothing new,";
                return transfer::soa_alone(granted_.zone->apex(), difference.soa);
            }
            if (difference.steps) {
                kind_ = fmt::format("IXFR from serial {}", granted_.serial->value);
                ++counts_.differences;
                return transfer::difference(granted_.zone->apex(), *std::move(difference.steps));
            }
        }
        auto content = granted_.zone->content(reader_);
        if (content == nullptr) return nullptr;
        kind_ = granted_.serial ? "IXFR, sent whole," : "AXFR";
        serial_ = content->serial();
        ++counts_.whole;
        return transfer::whole_zone(std::move(content));
    }

    Granted granted_;
    Published<Snapshot>::Reader& reader_;
    Counting& counts_;
    std::optional<transfer::Messages> messages_;
    std::string kind_;
    dns::Serial serial_;
    std::size_t octets_ = 0;
    std::size_t count_ = 0;
    bool is_done_ = false;
};

/// Refusals are logged, but a flood of them is not: the rest is counted.
class RefusalLog {
public:
    void add(const std::string& client, const std::string& refusal) {
        const auto now = unix_time();
        if (second_.exchange(now, std::memory_order_relaxed) != now) {
            in_this_second_.store(0, std::memory_order_relaxed);
        }
        if (in_this_second_.fetch_add(1, std::memory_order_relaxed) >= most_a_second) return;
        spdlog::warn("refused {}: {}", client, refusal);
    }

private:
    static constexpr unsigned most_a_second = 10;
    std::atomic<std::uint64_t> second_{0};
    std::atomic<unsigned> in_this_second_{0};
};

}  // namespace

struct Transfers::State final : net::Watcher {
    State(const ServeSettings& settings, Published<Snapshot>::Reader seat)
        : state_folder(settings.state), has_tls(!settings.listen_tls.empty()),
          asks_clients(!settings.tls.client_ca.empty()), reader(seat),
          streaming(loop, {.message = settings.tcp.write}), notifier(loop, settings.listen) {
        loop.set_tick(tick_interval, *this);
        loop.stay();
    }

    /// The loop has ticked.
    void ready() noexcept override {
        streaming.close_overdue();
        notifier.tick();
        if (streaming.is_empty() && notifier.is_at_rest()) loop.stop_ticking();
    }

    [[nodiscard]] std::shared_ptr<const FollowedZones> all() const {
        const std::lock_guard lock(mutex);
        return zones;
    }

    [[nodiscard]] std::string why_stale() const {
        const std::lock_guard lock(mutex);
        return stale;
    }

    [[nodiscard]] FollowedZonePtr find(dns::NameView apex) const {
        const auto followed = all();
        const auto found = followed->find(apex);
        return found == followed->end() ? nullptr : found->second;
    }

    /// The one closest above the name, itself included.
    [[nodiscard]] FollowedZonePtr closest(dns::NameView name) const {
        const auto followed = all();
        if (followed->empty()) return nullptr;
        for (;; name = name.parent()) {
            const auto found = followed->find(name);
            if (found != followed->end()) return found->second;
            if (name.is_root()) return nullptr;
        }
    }

    /// Has the transfer thread tell the secondaries of what the zone is by then.
    void tell(const FollowedZonePtr& zone) {
        loop.call([this, zone] { notifier.tell(zone->apex(), zone->soa(), zone->policy()->to); });
    }

    void follow(const std::vector<Zone>& served);

    void warn_of_tls(const Zone& zone, const transfer::Policy& policy) const;

    const std::string state_folder;
    const bool has_tls;                  // somebody listens for it
    const bool asks_clients;             // for certificates
    Published<Snapshot>::Reader reader;  // the transfer thread's
    Counting counts;
    RefusalLog refusals;

    mutable std::mutex mutex;
    std::shared_ptr<const FollowedZones> zones = std::make_shared<const FollowedZones>();
    std::string stale;

    net::Loop loop;
    net::Streaming streaming;
    Notifier notifier;
    std::thread thread;
};

void Transfers::State::follow(const std::vector<Zone>& served) {
    auto next = std::make_shared<FollowedZones>();
    for (const auto& zone : served) {
        if (!zone.plan.transfer) continue;
        FollowedZonePtr followed = find(zone.apex);
        if (followed == nullptr) {
            followed = std::make_shared<FollowedZone>(zone.apex, state_folder);
            followed->begin(zone.soa, zone.content);
        }
        auto policy = transfer::policy_of(*zone.plan.transfer, [&zone](const std::string& path) {
            const auto found = zone.keys.find(path);
            return found == zone.keys.end() ? std::vector<dns::TsigKeyPtr>() : found->second;
        });
        warn_of_tls(zone, policy);
        followed->set_policy(std::move(policy));
        next->emplace(zone.apex, std::move(followed));
    }
    for (const auto& [apex, zone] : *next) tell(zone);
    const auto before = all();
    for (const auto& [apex, zone] : *before) {
        if (next->contains(apex.view())) continue;
        loop.call([this, gone = zone] { notifier.tell(gone->apex(), gone->soa(), {}); });
    }
    const std::lock_guard lock(mutex);
    zones = std::move(next);
}

/// The plan may ask for what the command line does not offer.
void Transfers::State::warn_of_tls(const Zone& zone, const transfer::Policy& policy) const {
    const bool wants_tls = std::ranges::any_of(policy.rules, &transfer::Policy::Rule::wants_tls);
    const bool wants_names = std::ranges::any_of(
        policy.rules, [](const auto& rule) { return !rule.certificates.empty(); });
    if (wants_tls && !has_tls) {
        spdlog::warn("the plan gives {} over TLS alone, and nothing listens for it: --listen-tls",
                     dns::to_text(zone.apex));
    } else if (wants_names && !asks_clients) {
        spdlog::warn(
            "the plan gives {} by certificate, and clients are not asked for theirs: "
            "--tls-client-ca",
            dns::to_text(zone.apex));
    }
}

Transfers::Transfers(const ServeSettings& settings, Published<Snapshot>::Reader reader)
    : state_(std::make_unique<State>(settings, reader)) {}

Transfers::~Transfers() { stop(); }

void Transfers::start() {
    const net::SignalsBlocked blocked;
    state_->notifier.start();
    state_->thread = std::thread([this] { state_->loop.run(); });
}

void Transfers::stop() {
    if (!state_->thread.joinable()) return;
    state_->loop.stop();
    state_->thread.join();
}

TransferCounts Transfers::counts() const noexcept {
    const auto& counts = state_->counts;
    return {counts.whole, counts.differences, counts.refused, counts.failed};
}

void Transfers::will_change(dns::NameView apex, transfer::Step step) noexcept {
    if (const auto zone = state_->find(apex)) zone->will_change(std::move(step));
}

void Transfers::has_changed(dns::NameView apex) noexcept {
    const auto zone = state_->find(apex);
    if (zone == nullptr) return;
    zone->has_changed();
    state_->tell(zone);
}

void Transfers::serves(const std::vector<Zone>& zones) noexcept { state_->follow(zones); }

void Transfers::set_stale(std::string why) {
    const std::lock_guard lock(state_->mutex);
    state_->stale = std::move(why);
}

std::unique_ptr<net::Stream> Transfers::answer(answer::Exchange& exchange,
                                               const net::Client& client,
                                               const Snapshot& snapshot) noexcept {
    exchange.outcome = answer::Outcome::reply;
    try {
        const auto query = dns::parse_query(exchange.request);
        const Request request{exchange,
                              address_of(client.address),
                              client.names,
                              net::to_string(net::endpoint_of(client.address)),
                              state_->closest(query.name),
                              snapshot,
                              unix_time(),
                              state_->why_stale()};
        Verdict verdict = judge(request);
        if (verdict.granted) {
            exchange.outcome = answer::Outcome::transfer;
            exchange.reply_class = answer::ReplyClass::answer;
            return std::make_unique<ZoneStream>(*std::move(verdict.granted), state_->reader,
                                                state_->counts);
        }
        if (!verdict.refusal.empty()) {
            ++state_->counts.refused;
            state_->refusals.add(request.client_text, verdict.refusal);
        }
        if (verdict.reply.size() > exchange.room.size()) {
            exchange.outcome = answer::Outcome::drop;
            return nullptr;
        }
        std::ranges::copy(verdict.reply, exchange.room.begin());
        exchange.size = static_cast<std::uint32_t>(verdict.reply.size());
        exchange.opt_size = 0;  // a TSIG may stand behind it
        if (!verdict.refusal.empty()) exchange.reply_class = answer::ReplyClass::refused;
    } catch (const std::exception&) {  // no memory: the client asks again
        exchange.outcome = answer::Outcome::drop;
    }
    return nullptr;
}

void Transfers::send(std::shared_ptr<net::Channel> channel, std::unique_ptr<net::Stream> stream,
                     net::Responder::StreamDone done) {
    state_->streaming.take(std::move(channel), std::move(stream), std::move(done));
}

}  // namespace portolan::app
