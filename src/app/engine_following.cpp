// What the engine tells its follower.
#include <utility>

#include "app/served.hpp"
#include "app/table_steps.hpp"

namespace portolan::app {

void Engine::set_follower(Follower& follower) noexcept {
    follower_ = &follower;
    tell_served();
}

void Engine::foretell(dns::NameView apex, const transfer::Step& step) noexcept {
    if (follower_ != nullptr) follower_->will_change(apex, step);
}

void Engine::tell_changed(const Served& one) noexcept {
    if (follower_ != nullptr) follower_->has_changed(one.apex());
}

void Engine::tell_served() noexcept {
    if (follower_ == nullptr) return;
    std::vector<Follower::Zone> zones;
    for (const auto& one : served_) {
        if (one->is_awaited) continue;
        zones.push_back({one->apex(), one->plan, one->keys, soa_of(*one->table), one->content});
    }
    follower_->serves(zones);
}

}  // namespace portolan::app
