// The prober: targets in, verdicts out.
//
//     change ──▶ Schedule ──▶ probes ──▶ Tracker ──▶ reports ──▶ wake, take
//
// It has a thread and a loop of its own, on which all probes wait for their answers side by side;
// none of them blocks it. Targets that are the same (address, port and check) are probed once, and
// their keys share the verdict. What is wanted no more ends at once; what is wanted again goes on
// as it was, with its verdict, its failures so far, and its place in the schedule.
//
// Verdicts that change together are told together: from the first one on, two milliseconds' worth
// is one batch, and so is all that changes until the batch is taken. A switch that dies is one
// step, not ten thousand.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "portolan/health/conversation.hpp"
#include "portolan/health/launcher.hpp"

namespace portolan::health {

/// Something to be probed, for whoever knows it by that key.
struct Target {
    std::string key;
    registry::Address address;
    registry::Port port = 0;  // the one to probe
    std::shared_ptr<const registry::Check> check;
    registry::Verdict known = registry::Verdict::unknown;  // what was concluded of it earlier
};

/// What is concluded of a target now, and why: told when either changes.
struct Report {
    std::string key;
    registry::Verdict verdict = registry::Verdict::unknown;
    std::string text;
    friend bool operator==(const Report&, const Report&) = default;
};

struct ProberSettings {
    unsigned rate = 1000;     // probes that begin in a second
    unsigned at_once = 4096;  // probes under way, each with a descriptor
    unsigned scripts = 8;     // of these, programs
};

class Prober {
public:
    /// The launcher must outlive it. `wake` is called on the prober's thread when there are reports
    /// and were none: it should have another thread call take(). Throws net::SocketError,
    /// std::system_error.
    Prober(const ProberSettings& settings, const Launcher& launcher, std::function<void()> wake);
    /// Ends all probes, scripts included. No call of `wake` comes afterwards.
    ~Prober();
    Prober(const Prober&) = delete;
    Prober& operator=(const Prober&) = delete;

    // All below may be called on any thread.

    /// Ends what is known by the unwanted keys, then begins what is wanted and not there already. A
    /// key that was another target's is this one's from now on; one that joins a target of which
    /// something is known is told of it at once.
    void change(std::vector<Target> wanted, std::vector<std::string> unwanted);
    /// A heartbeat of the target with that key: its own word, taken at once. Anything but a verdict
    /// of passing, warning or critical, and a key that has no heartbeat check, means nothing.
    void beat(std::string key, Observation said);
    /// What was reported since the last call, in its order; a key may stand more than once.
    [[nodiscard]] std::vector<Report> take();

    struct Counts {
        std::uint64_t targets = 0;    // that are probed now: the same ones counted once
        std::uint64_t probes = 0;     // that ended
        std::uint64_t timed_out = 0;  // of these
        std::uint64_t not_made = 0;   // for want of descriptors, memory or ports
    };
    [[nodiscard]] Counts counts() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace portolan::health
