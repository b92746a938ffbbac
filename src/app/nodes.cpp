#include "app/nodes.hpp"

#include <fmt/chrono.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "portolan/registry/rendezvous.hpp"

namespace portolan::app {

Nodes::Nodes(boost::asio::io_context& io, source::Etcd& etcd, Engine& engine,
             const StoreSettings& settings)
    : stale_after_(settings.stale_after), members_(io, etcd, settings.node),
      agreement_(io, etcd, members_), verdicts_(io, etcd, members_), until_stale_(io) {
    agreement_.begin(engine.join(agreement_), [this](EtcdAgreement::Since since) { cut(since); });
}

void Nodes::begin(Checking& checking, Events events) {
    events_ = std::move(events);
    checking.share_with(
        {.is_ours = [this](const std::string& target) { return is_ours(target); },
         .say = [this](const std::string& target,
                       registry::Verdict verdict) { verdicts_.say(target, verdict); }});
    verdicts_.begin([&checking](const SharedVerdicts::Heard& heard) { checking.hear(heard); });
    members_.begin({.changed =
                        [this, &checking] {
                            spdlog::info("the zones are shared by {}",
                                         fmt::join(members_.living(), ", "));
                            checking.share_anew();
                            events_.living(members_.living());
                        },
                    .joined =
                        [this, &checking] {
                            agreement_.joined();
                            checking.share_anew();
                        },
                    .left =
                        [this, &checking] {
                            agreement_.left();
                            verdicts_.forget();
                            checking.share_anew();
                        }});
}

/// What is found by one whom the others take for dead is told to nobody.
bool Nodes::is_ours(const std::string& target) const {
    return members_.lease() && registry::rendezvous(members_.living(), target) == members_.node();
}

void Nodes::cut(EtcdAgreement::Since since) {
    until_stale_.cancel();
    if (!since) {
        if (std::exchange(is_stale_, false)) {
            spdlog::info("zones are given to secondaries again");
            events_.stale(std::nullopt);
        }
        return;
    }
    until_stale_.expires_after(stale_after_);
    until_stale_.async_wait([this, since](const boost::system::error_code& cancelled) {
        if (cancelled || !events_.stale) return;
        is_stale_ = true;
        spdlog::error(
            "cut off from etcd for {} s: zones are given to no secondary until it is back",
            stale_after_.count());
        events_.stale(since);
    });
}

}  // namespace portolan::app
