// How a zone came to be what it is: the last steps from serial to serial, so that a secondary that
// has an earlier state is sent the difference alone (IXFR, RFC 1995).
//
// A Step is what the engine derives and publishes as one change: whole sets before and after, and
// the SOAs that name the two states. Sets are shared with the zone, so a step costs what it
// replaced. Since each set is given whole, steps can be put one upon the other: `condensed` leaves
// of many steps what differs between their ends (RFC 1995 5), and laying a step upon a zone that
// has some of it already does no harm (transfer/content.hpp makes use of that).
//
// A Journal holds as many of the last steps as fit its bound, in one unbroken chain. Who asks from
// before its first step gets the whole zone (AXFR). Pure; the caller sees to threads and files.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "portolan/zone/diff.hpp"
#include "portolan/zone/soa.hpp"

namespace portolan::transfer {

struct Step {
    dns::RrsetPtr soa_before;
    dns::RrsetPtr soa_after;
    std::uint64_t content_before = 0;  // of the zone, as the engine sums it (app/serials.hpp)
    std::uint64_t content_after = 0;
    std::vector<zone::Change> changes;  // canonical order; without the SOA

    [[nodiscard]] dns::Serial before() const { return zone::read_soa(*soa_before->begin()).serial; }
    [[nodiscard]] dns::Serial after() const { return zone::read_soa(*soa_after->begin()).serial; }
    /// About what it costs, in memory and on the wire.
    [[nodiscard]] std::size_t octets() const noexcept;
};
using StepPtr = std::shared_ptr<const Step>;
using Steps = std::vector<StepPtr>;

/// What the steps, which follow each other, do together. In canonical order.
std::vector<zone::Change> condensed(std::span<const StepPtr> steps);

/// The step that leads from the last state to the content of the one before `steps`, under a new
/// serial.
Step inverse(std::span<const StepPtr> steps, dns::RrsetPtr soa_after);

class Journal {
public:
    /// Drops the oldest steps when together they pass `most_octets`.
    explicit Journal(std::size_t most_octets) : most_octets_(most_octets) {}

    /// Adds a step. One that does not begin where the last one ended, or whose serial does not
    /// rise, breaks the chain: what was before it is forgotten, and it is itself unless it rises.
    void add(StepPtr step);
    void clear() noexcept;

    [[nodiscard]] bool empty() const noexcept { return steps_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return steps_.size(); }
    [[nodiscard]] const StepPtr& last() const noexcept { return steps_.back(); }
    [[nodiscard]] std::size_t octets() const noexcept { return octets_; }
    [[nodiscard]] Steps all() const { return {steps_.begin(), steps_.end()}; }

    /// The steps from the state of that serial to the last one; nullopt when it is not known.
    [[nodiscard]] std::optional<Steps> since(dns::Serial serial) const;
    /// The last `count` steps; nullopt when there are fewer.
    [[nodiscard]] std::optional<Steps> latest(std::size_t count) const;
    /// The steps since the zone last had this content, none when it has it now; nullopt when it
    /// never had.
    [[nodiscard]] std::optional<Steps> since_content(std::uint64_t content) const;

private:
    std::size_t most_octets_;
    std::size_t octets_ = 0;
    std::deque<StepPtr> steps_;
};

}  // namespace portolan::transfer
