#include "health/subjects.hpp"

#include <algorithm>

namespace portolan::health {

bool Subjects::Identity::operator==(const Identity& other) const noexcept {
    return address == other.address && port == other.port && heartbeat == other.heartbeat &&
           (check == other.check || *check == *other.check);
}

/// Of the check only what tells checks of one target apart most often.
std::size_t Subjects::Hash::operator()(const Identity& identity) const noexcept {
    const auto& octets = identity.address.octets;
    std::size_t hash = std::hash<std::string_view>()(
        {reinterpret_cast<const char*>(octets.data()), identity.address.size});
    for (const std::size_t each :
         {static_cast<std::size_t>(identity.port), identity.check->how.index(),
          static_cast<std::size_t>(identity.check->interval.count()),
          std::hash<std::string>()(identity.heartbeat)}) {
        hash = hash * 0x9e3779b97f4a7c15U + each;
    }
    return hash;
}

Subjects::Difference Subjects::change(std::vector<Target> wanted,
                                      const std::vector<std::string>& unwanted) {
    Difference difference;
    std::vector<Seat> left;
    for (const auto& key : unwanted) leave(key, left);
    for (auto& target : wanted) {
        const bool is_heartbeat =
            std::holds_alternative<registry::HeartbeatCheck>(target.check->how);
        const Identity identity{target.address, target.port, target.check,
                                is_heartbeat ? target.key : std::string()};
        const auto known = seats_.find(identity);
        const auto before = find(target.key);
        if (before && known != seats_.end() && *before == known->second) continue;
        if (before) leave(target.key, left);
        Seat at = 0;
        if (known != seats_.end()) {
            at = known->second;
            difference.joined.emplace_back(at, target.key);
        } else {
            at = seat(identity, target);
            difference.added.push_back(at);
        }
        subjects_[at].keys.push_back(target.key);
        by_key_.emplace(std::move(target.key), at);
    }
    std::ranges::sort(left);
    const auto repeated = std::ranges::unique(left);
    left.erase(repeated.begin(), repeated.end());
    for (const Seat at : left) {
        if (subjects_[at].keys.empty()) difference.gone.push_back(at);
    }
    return difference;
}

/// Notes the seat when it is empty now.
void Subjects::leave(const std::string& key, std::vector<Seat>& left) {
    const auto at = by_key_.find(key);
    if (at == by_key_.end()) return;
    auto& keys = subjects_[at->second].keys;
    std::erase(keys, key);
    if (keys.empty()) left.push_back(at->second);
    by_key_.erase(at);
}

Seat Subjects::seat(const Identity& identity, const Target& target) {
    Seat at = static_cast<Seat>(subjects_.size());
    if (free_.empty()) {
        subjects_.emplace_back();
    } else {
        at = free_.back();
        free_.pop_back();
    }
    Subject& subject = subjects_[at];
    subject.address = target.address;
    subject.port = target.port;
    subject.check = target.check;
    subject.heartbeat = identity.heartbeat;
    subject.tracker = Tracker(target.known);
    seats_.emplace(identity, at);
    return at;
}

void Subjects::free(Seat seat) {
    Subject& subject = subjects_[seat];
    seats_.erase({subject.address, subject.port, subject.check, subject.heartbeat});
    const std::uint32_t mark = subject.mark + 1;  // what the agenda still has of it means nothing
    subject = Subject();
    subject.mark = mark;
    free_.push_back(seat);
}

std::optional<Seat> Subjects::find(const std::string& key) const {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return std::nullopt;
    return found->second;
}

}  // namespace portolan::health
