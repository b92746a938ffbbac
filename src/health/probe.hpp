// One probe under way: it waits in a loop for what it asked, and tells once what it found.
#pragma once

#include <string>

#include "portolan/health/conversation.hpp"
#include "portolan/health/schedule.hpp"
#include "portolan/net/loop.hpp"

namespace portolan::health {

/// Who is told of a probe's end; this ends the probe's life as well.
class ProbeEnd {
public:
    virtual void found(Seat seat, Observation observation) noexcept = 0;

protected:
    ~ProbeEnd() = default;
};

/// Where a probe lives.
struct ProbeHome {
    net::Loop& loop;
    ProbeEnd& end;
    Seat seat;
};

class Probe : public net::Watcher {
public:
    virtual ~Probe() = default;
    /// Begins; what is known at once is returned, and otherwise told to the home.
    virtual std::optional<Observation> begin() noexcept = 0;
    /// What a probe that has taken too long has waited for: "no answer".
    [[nodiscard]] virtual const char* lacks() const noexcept = 0;
};

/// What a failed call to the system means. What this machine lacks (descriptors, memory, ports of
/// its own) says nothing about the target.
Observation failed(int error);

}  // namespace portolan::health
