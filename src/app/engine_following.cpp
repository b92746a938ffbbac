// What the engine tells its follower.
#include <utility>

#include "app/served.hpp"

namespace portolan::app {
namespace {

dns::RrsetPtr soa_of(const answer::Table& table) {
    return dns::RrsetPtr(table.find(table.apex().octets())->find(dns::Type::soa));
}

}  // namespace

void Engine::set_follower(Follower& follower) noexcept {
    follower_ = &follower;
    tell_served();
}

/// `one` is the zone as it still is, `soa` and `content` what it will have.
void Engine::foretell(const Served& one, const std::vector<zone::Change>& changes,
                      const dns::RrsetPtr& soa, std::uint64_t content) noexcept {
    if (follower_ == nullptr) return;
    transfer::Step step{soa_of(*one.table), soa, one.content, content, {}};
    for (const auto& change : changes) {
        if (change.type != dns::Type::soa) step.changes.push_back(change);
    }
    follower_->will_change(one.apex(), std::move(step));
}

void Engine::tell_changed(const Served& one) noexcept {
    if (follower_ != nullptr) follower_->has_changed(one.apex());
}

void Engine::tell_served() noexcept {
    if (follower_ == nullptr) return;
    std::vector<Follower::Zone> zones;
    for (const auto& one : served_) {
        zones.push_back({one->apex(), one->plan, one->keys, soa_of(*one->table), one->content});
    }
    follower_->serves(zones);
}

}  // namespace portolan::app
