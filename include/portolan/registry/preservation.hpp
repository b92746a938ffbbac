// A cut network is not mass death.
//
// When a switch in front of the checks fails, all behind it seems dead at once, and is not. So
// when too many endpoints of one environment fail together, none of them is believed: they stay
// what they were, those included that were said to be critical a moment before, until so many have
// come back that the rest may well be dead.
//
// Too many: more than the plan's `health: preserve` percent of those that the environment has
// checks for, and three at least, that fell within a minute of each other and are down now. Who was
// never seen alive does not count.
//
// Pure: what is concluded goes in, what is to be said of it comes out.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "portolan/registry/live.hpp"

namespace portolan::registry {

class Preservation {
public:
    /// Time that never goes back.
    using Moment = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds window{60};
    static constexpr std::size_t least = 3;

    /// How many endpoints have a check, for each environment, after each load. What is known of an
    /// environment that is not there is forgotten. `percent` is the plan's; 100 never preserves.
    void set_checked(const std::map<std::string, std::size_t>& checked, unsigned percent);

    /// Takes what was concluded of services, each whole, and gives what is to be said: of the same
    /// services, and of others of the environment whose endpoints are held or believed from now on.
    /// `now` is never earlier than the last one.
    std::vector<VerdictsChange> step(const std::vector<VerdictsChange>& concluded, Moment now);

    /// The endpoints of an environment that are concluded to be down and held; 0 when all is
    /// believed. By the environment's own name.
    [[nodiscard]] std::size_t held(std::string_view environment) const;

private:
    struct Endpoint {
        Verdict concluded = Verdict::unknown;
        Verdict before = Verdict::unknown;  // of one that is critical; unknown: never seen alive
        Moment fell{};
    };
    using Spot = std::pair<std::string, Port>;  // host, port
    struct Service {
        std::map<Spot, Endpoint> endpoints;
        Verdicts said;
    };
    struct Environment {
        std::size_t checked = 0;
        bool is_held = false;
        Moment since{};            // while held: who fell earlier is believed
        std::deque<Moment> falls;  // within the window
        std::map<Live::ServiceName, Service> services;
    };
    static void conclude(Environment& environment, Service& service, const Verdicts& verdicts,
                         Moment now);
    static void judge(Environment& environment, std::size_t most, Moment now);
    static std::size_t count_since(const Environment& environment, Moment since);
    static Verdicts to_say(const Environment& environment, const Service& service);
    [[nodiscard]] std::size_t most_of(const Environment& environment) const noexcept;

    unsigned percent_ = 100;
    std::map<std::string, Environment, std::less<>> environments_;
};

}  // namespace portolan::registry
