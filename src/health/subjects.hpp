// What is probed, once each, and whose keys share it.
#pragma once

#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

#include "health/probe.hpp"
#include "portolan/health/prober.hpp"
#include "portolan/health/tracker.hpp"

namespace portolan::health {

struct Subject {
    registry::Address address;
    registry::Port port = 0;
    std::shared_ptr<const Check> check;  // nullptr: the seat is free
    std::string heartbeat;               // the key, of a heartbeat
    std::vector<std::string> keys;
    Tracker tracker;
    std::string text;              // of the last observation
    std::unique_ptr<Probe> probe;  // under way
    Moment beat_until{};           // of a heartbeat: when silence has lasted too long
    std::uint32_t mark = 0;        // of its item on the agenda of deadlines

    [[nodiscard]] bool has_heartbeat() const noexcept {
        return std::holds_alternative<registry::HeartbeatCheck>(check->how);
    }
    [[nodiscard]] bool is_script() const noexcept {
        return std::holds_alternative<registry::ExecCheck>(check->how);
    }
};

class Subjects {
public:
    struct Difference {
        std::vector<Seat> added;
        std::vector<Seat> gone;                            // still there, until freed
        std::vector<std::pair<Seat, std::string>> joined;  // keys that are new to what was there
    };
    /// Takes the keys out that are unwanted, then takes in what is wanted: a key that has another
    /// target already leaves that.
    Difference change(std::vector<Target> wanted, const std::vector<std::string>& unwanted);
    void free(Seat seat);

    Subject& operator[](Seat seat) noexcept { return subjects_[seat]; }
    [[nodiscard]] std::optional<Seat> find(const std::string& key) const;
    [[nodiscard]] std::size_t count() const noexcept { return seats_.size(); }

private:
    /// Heartbeats have nothing that could be probed for two: their key is part of what they are.
    struct Identity {
        registry::Address address;
        registry::Port port = 0;
        std::shared_ptr<const Check> check;
        std::string heartbeat;
        bool operator==(const Identity& other) const noexcept;
    };
    struct Hash {
        std::size_t operator()(const Identity& identity) const noexcept;
    };
    Seat seat(const Identity& identity, const Target& target);
    void leave(const std::string& key, std::vector<Seat>& left);

    std::vector<Subject> subjects_;
    std::vector<Seat> free_;
    std::unordered_map<Identity, Seat, Hash> seats_;
    std::unordered_map<std::string, Seat> by_key_;
};

}  // namespace portolan::health
