#include "app/membership.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace portolan::app {
namespace {

using namespace std::chrono_literals;
namespace etcd = source::etcd;

constexpr std::string_view folder = "members/";
constexpr auto pause = 500ms;

}  // namespace

Membership::Membership(boost::asio::io_context& io, source::Etcd& etcd, std::string node)
    : etcd_(etcd), node_(std::move(node)), again_(io) {}

Membership::~Membership() = default;

void Membership::begin(Events events) {
    events_ = std::move(events);
    watch_ = etcd_.watch(std::string(folder), {.whole =
                                                   [this](const etcd::State& state) {
                                                       living_.clear();
                                                       for (const auto& each : state.keys)
                                                           hear(each.key, true);
                                                       events_.changed();
                                                   },
                                               .changed =
                                                   [this](const std::vector<etcd::Event>& all) {
                                                       const auto before = living_;
                                                       for (const auto& each : all)
                                                           hear(each.now.key, !each.is_deleted);
                                                       if (living_ != before) events_.changed();
                                                   },
                                               .cut = [](const source::EtcdError&) {},
                                               .back = [] {}});
    ask_for_lease();
}

void Membership::hear(const std::string& key, bool is_there) {
    const std::string node = key.substr(folder.size());
    const auto place = std::ranges::lower_bound(living_, node);
    const bool is_known = place != living_.end() && *place == node;
    if (is_there && !is_known) living_.insert(place, node);
    if (!is_there && is_known) living_.erase(place);
}

void Membership::ask_for_lease() {
    asked_ = std::chrono::steady_clock::now();
    lease_ = etcd_.lease(lease_time, {.granted =
                                          [this](std::uint64_t id) {
                                              lease_id_ = id;
                                              enter();
                                          },
                                      .lost = [this](const auto& error) { lose(error); }});
}

/// What the last process of this node held may be there for as long as its lease.
void Membership::enter() {
    if (!lease_id_) return;
    etcd_.txn(
        {.when = {{key(), etcd::Compare::What::created, 0}},
         .then = {etcd::Put{key(), "", *lease_id_}, etcd::Get{key()}},
         .otherwise = {etcd::Get{key()}}},
        [this, lease = *lease_id_](const source::OrEtcdError<etcd::Committed>& committed) {
            if (lease_id_ != lease) return;
            // Made by us too when the answer to an earlier try was lost.
            if (committed && !committed->found.empty() && committed->found.front().lease == lease) {
                revision_ = committed->found.front().create_revision;
                spdlog::info("this node, {}, is one of those that share the zones", node_);
                return events_.joined();
            }
            if (committed) tell_namesake();
            try_again(&Membership::enter);
        });
}

void Membership::tell_namesake() {
    if (std::chrono::steady_clock::now() < asked_ + 3 * lease_time) return;
    if (std::exchange(is_logged_, true)) return;
    spdlog::error("another node is called {} too: give each its own name with --node", node_);
}

void Membership::lose(const source::EtcdError& error) {
    lease_id_.reset();
    if (std::exchange(revision_, 0) != 0) {
        spdlog::warn("this node, {}, is not one of those that share the zones: {}", node_,
                     error.text);
        events_.left();
    }
    try_again(&Membership::ask_for_lease);
}

void Membership::try_again(void (Membership::*what)()) {
    again_.expires_after(pause);
    again_.async_wait([this, what](const boost::system::error_code& cancelled) {
        if (!cancelled) (this->*what)();
    });
}

}  // namespace portolan::app
