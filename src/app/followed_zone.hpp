// What is kept of a zone for those who transfer it: its journal, who may have it, and the state
// that is being sent. The engine's thread writes, workers and the transfer thread read.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "app/journal_file.hpp"
#include "portolan/app/published.hpp"
#include "portolan/app/worker.hpp"
#include "portolan/transfer/content.hpp"
#include "portolan/transfer/policy.hpp"

namespace portolan::app {

class FollowedZone {
public:
    /// `state` is the folder for the journal.
    FollowedZone(dns::NameView apex, const std::string& state);

    [[nodiscard]] dns::NameView apex() const noexcept { return apex_; }

    // --- for the engine's thread ---

    /// The state that the zone begins with in this process; the journal goes on from where the last
    /// process left it, if that leads here.
    void begin(dns::RrsetPtr soa, std::uint64_t content);
    void will_change(transfer::Step step);
    void has_changed();
    void set_policy(transfer::Policy policy);

    // --- for any thread ---

    [[nodiscard]] std::shared_ptr<const transfer::Policy> policy() const;
    [[nodiscard]] dns::RrsetPtr soa() const;
    /// How to go on from a serial.
    struct Difference {
        dns::RrsetPtr soa;  // of the state it leads to
        std::optional<transfer::Steps> steps;
    };
    [[nodiscard]] Difference since(dns::Serial serial) const;
    /// The zone as it is now; shared by all who ask before it changes. nullptr when it is not
    /// served any more.
    transfer::ContentPtr content(Published<Snapshot>::Reader& reader);

private:
    transfer::ContentPtr read_content(Published<Snapshot>::Reader& reader);

    const dns::PackedName apex_;
    JournalFile file_;  // the engine's thread's

    mutable std::mutex mutex_;
    transfer::Journal journal_;
    dns::RrsetPtr soa_;        // after the last step that has begun
    std::uint64_t begun_ = 0;  // steps, in this process
    std::uint64_t done_ = 0;   // of them, put in place
    std::shared_ptr<const transfer::Policy> policy_;
    std::weak_ptr<const transfer::Content> content_;
};

}  // namespace portolan::app
