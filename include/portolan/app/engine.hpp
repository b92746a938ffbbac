// The engine: from plans to published answers. The only writer.
//
//     load_plans ─▶ derive, or changes ─▶ serial ─▶ answer::Table ─▶ Snapshot ─▶ Published
//
// One rule for reloads: a reload replaces everything or nothing. When any plan has an error, every
// zone stays as it was, the sound ones among the new plans included, because plans speak of each
// other (one address in two of them is an error) and an operator should not have to work out which
// half of an edit is live. The workers see the next state with their next batch, whole.
//
// What does not change is not touched: a zone whose plan derives to the same records keeps its
// serial and its table; a changed one is derived anew only where its plan differs, and its next
// table shares all the rest with the last.
//
// Between loads, what was learned while serving (registry/live.hpp) is applied to the table as it
// stands, under its readers: only the sets that a change touches are made anew, and each is seen
// with the next query. A load meets what was said before and derives it alike.
//
//     registry::Change ─▶ Live ─▶ zone::Touched ─▶ serial ─▶ Table::apply ─▶ Published::retire
//
// On either way a step is made first and then put in place. Where several nodes serve the same
// zones they agree upon it in between (app/agreement.hpp), and a load changes only what the next
// step is made from.
//
// A zone that is signed (sign/signing.hpp) is signed on either way, before its serial is chosen:
// signatures are part of what the serial stands for. Time alone changes such a zone as well
// (`tend`).
//
// The engine runs on one thread, the program's first.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "portolan/answer/table.hpp"
#include "portolan/app/agreement.hpp"
#include "portolan/app/follower.hpp"
#include "portolan/app/key_store.hpp"
#include "portolan/app/load.hpp"
#include "portolan/app/published.hpp"
#include "portolan/app/serials.hpp"
#include "portolan/app/worker.hpp"
#include "portolan/registry/live.hpp"
#include "portolan/sign/signing.hpp"

namespace portolan::app {

/// Seconds since 1970; an argument, so that tests can say what time it is.
using UnixTime = std::function<std::uint32_t()>;

class Engine final : private Agreement::Party {
public:
    /// Nothing is loaded yet, and every answer is REFUSED.
    Engine(std::vector<std::string> plans, answer::Moment moment, SerialStore& serials,
           std::size_t workers, UnixTime now);
    ~Engine() override;

    Published<Snapshot>& published() noexcept { return published_; }
    /// Has the steps agreed upon with other nodes. Before the first load; it outlives the loads,
    /// and is given the party that it calls.
    Party& join(Agreement& agreement) noexcept;
    /// Tells it of the zones as they are, and of all that happens from now on.
    void set_follower(Follower& follower) noexcept;

    /// Why a load is wanted; what is worth a log line depends on it.
    enum class Cause : std::uint8_t { start, asked, files_changed };
    /// Reads the plans and publishes what they say. False when they have errors, which are then
    /// logged, each once: a reload that finds the same errors again says only that. At the start
    /// the caller prints them (`last_findings`).
    bool load(Cause cause);

    /// Publishes the zones as they are with another identity and other cookie secrets.
    void set_conduct(ConductPtr conduct);

    /// A change that was not taken: its place among those given, and why.
    struct Refused {
        std::size_t position;
        std::string reason;
    };
    /// Takes changes of one zone, in their order, and serves them as one step under one serial:
    /// each owner's sets are seen whole, the SOA last. Returns those that were refused; the others
    /// hold until the next word on the same service or host, reloads included. What was replaced
    /// may wait for the readers: `published().reclaim()`, unless more changes follow.
    std::vector<Refused> apply(dns::NameView zone, std::span<const registry::Change> changes);

    /// Is told of each change that is taken, between loads; it may look at what follows from it
    /// when it is called next by somebody else.
    using Watcher = std::function<void(dns::NameView zone, const registry::Change& change)>;
    void set_watcher(Watcher watcher) { watcher_ = std::move(watcher); }

    /// Does what time asks for: renews the signatures that would end, lets keys take their next
    /// step. To be called again when that long has passed, and after a load.
    std::chrono::milliseconds tend();

    [[nodiscard]] const registry::Findings& last_findings() const noexcept { return findings_; }
    /// Whether the last load took what it read.
    [[nodiscard]] bool is_sound() const noexcept { return is_sound_; }
    /// When a load last did, in seconds since 1970.
    [[nodiscard]] std::uint32_t loaded() const noexcept { return loaded_; }
    /// All files that the last load read, sound or not: what to watch.
    [[nodiscard]] const std::vector<std::string>& files() const noexcept { return files_; }
    /// What the zones are derived from, now; until the next load.
    [[nodiscard]] std::vector<registry::Registry> registries() const;
    /// The same of each, with what stands beside it.
    struct Source {
        registry::Registry registry;
        std::shared_ptr<const zone::Records> extra;  // of its master file
        const registry::Findings& findings;          // of the load that it comes from
        std::uint32_t serial = 0;
    };
    [[nodiscard]] std::vector<Source> sources() const;
    struct ZoneStatus {
        std::string name;  // "svc.corp.example"
        std::uint32_t serial = 0;
        std::size_t records = 0;
        std::uint32_t changed =
            0;  // when its serial became this one, in seconds since 1970; 0: before the start
    };
    [[nodiscard]] std::vector<ZoneStatus> zones() const;
    /// Zones of which no node has said yet what they are, which are not served.
    [[nodiscard]] std::vector<std::string> awaited() const;
    /// How this node stands with others that serve the same zones; nullopt: there are none.
    [[nodiscard]] std::optional<Agreement::Standing> standing() const {
        return agreement_->standing();
    }
    /// One zone as it stands, until the next load or change.
    struct ZoneView {
        registry::Registry registry;
        const answer::Table& table;
        const KeyFiles& keys;
    };
    [[nodiscard]] std::optional<ZoneView> zone(dns::NameView apex) const;
    /// The keys that the plans' `updates:` name.
    [[nodiscard]] std::vector<dns::TsigKeyPtr> update_keys() const;
    [[nodiscard]] std::size_t zone_count() const noexcept;
    [[nodiscard]] std::size_t record_count() const noexcept;

private:
    struct Served;
    using ServedPtr = std::unique_ptr<Served>;

    bool read_and_publish(Cause cause);
    void report_errors(Cause cause);
    void report_warnings(Cause cause);
    bool build_and_publish(LoadedPlans loaded, Cause cause);
    ServedPtr build(LoadedPlan loaded);
    void derive(Served& next);
    void compare(Served& next, const Served& old);
    void choose_serial(Served& next);
    [[nodiscard]] transfer::Step make_step(const Served& one, const answer::Table& stands,
                                           const dns::RrsetPtr& soa, sign::Signed made) const;
    void step(Served& one, sign::Signed made);
    void put_in_place(Served& one, transfer::Step step) noexcept;
    bool set_terms(Served& one, const Served* old, const dns::Rrset& soa);
    [[nodiscard]] sign::Signed sign_loaded(const Served& one) const;
    [[nodiscard]] sign::Signed sign_step(const Served& one, const answer::Table& stands,
                                         std::vector<zone::Change> changes, bool is_whole) const;
    void tend_keys(Served& one);
    std::chrono::milliseconds tend_signatures(Served& one);
    void tell_keys_served();
    std::vector<ServedPtr> publish(std::vector<ServedPtr> next) noexcept;
    void foretell(dns::NameView apex, const transfer::Step& step) noexcept;
    void tell_changed(const Served& one) noexcept;
    void tell_served() noexcept;
    void publish_snapshot();
    void report_changes(const std::vector<ServedPtr>& before);
    [[nodiscard]] Served* served(dns::NameView apex) const;

    // engine_agreed.cpp
    void put_in_place(dns::NameView apex, transfer::Step step) override;
    void put_whole(dns::NameView apex, transfer::Step whole) override;
    void take_turn(dns::NameView apex, bool is_new) override;
    [[nodiscard]] std::optional<transfer::Step> whole(dns::NameView apex) const override;
    [[nodiscard]] std::optional<std::string> unfit() const override;
    [[nodiscard]] bool is_ours(const Served& one) const noexcept;
    void take_over(Served& next);
    void follow_agreed();
    [[nodiscard]] std::vector<Refused> hold(Served& one, std::span<const registry::Change> changes);
    void take_held(Served& one);
    void catch_up(Served& one);
    void found(Served& one);
    void propose_difference(Served& one);

    std::vector<std::string> plans_;
    source::PlanMemory memory_;  // of the last load
    answer::Moment moment_;      // points into conduct_
    ConductPtr conduct_;
    SerialStore& serials_;
    OwnAgreement alone_{*this};
    Agreement* agreement_ = &alone_;
    KeyStore keys_;
    UnixTime now_;
    Published<Snapshot> published_;
    std::vector<ServedPtr> served_;
    Follower* follower_ = nullptr;
    Watcher watcher_;
    registry::Findings findings_;
    bool is_sound_ = false;
    std::uint32_t loaded_ = 0;
    std::vector<std::string> files_;
    std::set<std::string> reported_;  // the errors of the last load, as logged
};

}  // namespace portolan::app
