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

Subjects::Identity Subjects::identity_of(const Target& target) {
    const bool is_heartbeat = std::holds_alternative<registry::HeartbeatCheck>(target.check->how);
    return {target.address, target.port, target.check, is_heartbeat ? target.key : std::string()};
}

Subjects::Identity Subjects::identity_of(const Subject& subject) {
    return {subject.address, subject.port, subject.check,
            subject.has_heartbeat() ? subject.keys.front() : std::string()};
}

Subjects::Difference Subjects::set(std::vector<Target> targets) {
    Difference difference;
    std::vector<std::vector<std::string>> keys(subjects_.size());
    for (auto& target : targets) {
        Identity identity = identity_of(target);
        const auto known = seats_.find(identity);
        Seat at = 0;
        if (known != seats_.end()) {
            at = known->second;
        } else {
            at = seat(std::move(identity), target);
            difference.added.push_back(at);
            keys.resize(subjects_.size());
        }
        keys[at].push_back(std::move(target.key));
    }
    for (Seat at = 0; at < keys.size(); ++at) {
        Subject& subject = subjects_[at];
        if (subject.check == nullptr) continue;
        if (keys[at].empty()) {
            difference.gone.push_back(at);
            continue;
        }
        std::sort(keys[at].begin(), keys[at].end());
        if (!subject.keys.empty()) {
            for (const auto& key : keys[at]) {
                if (std::binary_search(subject.keys.begin(), subject.keys.end(), key)) continue;
                difference.joined.emplace_back(at, key);
            }
        }
        subject.keys = std::move(keys[at]);
    }
    return difference;
}

Seat Subjects::seat(Identity identity, const Target& target) {
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
    subject.tracker = Tracker(target.known);
    if (!identity.heartbeat.empty()) heartbeats_[identity.heartbeat] = at;
    seats_.emplace(std::move(identity), at);
    return at;
}

void Subjects::free(Seat seat) {
    Subject& subject = subjects_[seat];
    const auto heartbeat = heartbeats_.find(subject.keys.front());
    if (heartbeat != heartbeats_.end() && heartbeat->second == seat) heartbeats_.erase(heartbeat);
    seats_.erase(identity_of(subject));
    const std::uint32_t mark = subject.mark + 1;  // what the agenda still has of it means nothing
    subject = Subject();
    subject.mark = mark;
    free_.push_back(seat);
}

std::optional<Seat> Subjects::heartbeat(const std::string& key) const {
    const auto found = heartbeats_.find(key);
    if (found == heartbeats_.end()) return std::nullopt;
    return found->second;
}

}  // namespace portolan::health
