// From the plans to what is probed, and from what is found to the zones.
//
//     Engine ── endpoints with checks ──▶ health::Prober (its own thread)
//        ▲                                     │ batches of reports
//        └── VerdictsChange, one step ◀── registry::Preservation
//
// What is found together is one step of each zone. What is found while a step is made waits for the
// next one, and steps take a tenth of this thread's time at most: a switch that dies costs a few
// steps, whether it took ten endpoints with it or ten thousand.
//
// Verdicts survive a restart in the file STATE/verdicts, so that a server that comes back does not
// begin by offering the dead. It is written some seconds after a verdict has changed, and at the
// end; one that is older than an hour says nothing any more.
//
// Where several nodes serve the same zones, each probes its share of the targets, those of others'
// plans and registrations included, and hears from the others what they have found.
//
// It runs on the engine's thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "portolan/app/engine.hpp"
#include "portolan/health/prober.hpp"
#include "portolan/registry/checks.hpp"
#include "portolan/registry/preservation.hpp"
#include "portolan/registry/verdict_history.hpp"

namespace portolan::app {

class Checking {
public:
    /// `state` is a folder; "": verdicts are not kept. The others outlive it.
    Checking(boost::asio::io_context& io, Engine& engine, const health::Launcher& launcher,
             health::ProberSettings settings, std::string state);
    ~Checking();

    /// To be called after each load: probes what the plans ask for now.
    void look();
    /// The end: writes what is known. Nothing is probed any more.
    void stop();

    /// Who is told of targets that are not the plans'.
    using Told = std::function<void(const health::Report&)>;
    void set_others(Told told) { told_ = std::move(told); }
    /// Such targets come and go (health::Prober::change). Their keys hold no blank.
    void change_others(std::vector<health::Target> wanted, std::vector<std::string> unwanted);

    /// How the targets are shared with other nodes. Without, all are probed here. Before `look`.
    struct Sharing {
        std::function<bool(const std::string& key)> is_ours;
        /// Tells the others what was concluded here of a plan's endpoint.
        std::function<void(const std::string& key, registry::Verdict)> say;
    };
    void share_with(Sharing sharing) { sharing_ = std::move(sharing); }
    /// Who probes what has changed.
    void share_anew();
    /// What was said, by others or by this node.
    void hear(const std::vector<std::pair<std::string, registry::Verdict>>& said);

    /// Who is told of endpoints of the plans that turn from one verdict to another, but not of
    /// those that pass when nothing was known of them. The time is left to them.
    using Turns = std::function<void(registry::VerdictTurn)>;
    void set_turns(Turns turns) { turns_ = std::move(turns); }

    struct Counts {
        std::size_t unknown = 0;  // endpoints of the plans that have a check, by verdict
        std::size_t passing = 0;
        std::size_t warning = 0;
        std::size_t critical = 0;
        std::size_t preserved = 0;  // environments whose checks are not believed
        health::Prober::Counts probes;
        [[nodiscard]] std::size_t endpoints() const noexcept {
            return unknown + passing + warning + critical;
        }
    };
    [[nodiscard]] Counts counts() const;

private:
    struct Endpoint {
        registry::CheckedEndpoint is;
        registry::Verdict verdict = registry::Verdict::unknown;
        bool is_found_here = false;  // it is ours, and that is what its probes came to
        [[nodiscard]] std::string key(const std::string& service) const;
    };
    struct Service {
        dns::PackedName zone;
        std::vector<Endpoint> endpoints;
    };
    /// By the words "svc.corp.example prod hydrogen-ajp tcp"; with " jb1 10104" behind them they
    /// are the key of an endpoint's target, and a line of the file.
    using Services = std::map<std::string, Service>;
    struct Seen {
        Service* service;
        const std::string* name;
        std::size_t position;
    };

    [[nodiscard]] Services collect() const;
    void inherit(std::vector<health::Target>& wanted, std::vector<std::string>& unwanted);
    void change(std::vector<health::Target> wanted, std::vector<std::string> unwanted);
    [[nodiscard]] static health::Target target(const std::string& key, const Endpoint& endpoint);
    [[nodiscard]] bool is_ours(const std::string& key) const;
    void wake();
    void step();
    void take(const health::Report& report);
    void note(const Service& service, const Endpoint& endpoint, const health::Report& report);
    void apply();
    void tell();
    void tell_held(dns::NameView zone, const registry::Preservation& preservation);
    void prepare_preservation();

    void read();
    void write();
    void write_soon();

    boost::asio::io_context& io_;
    Engine& engine_;
    const health::Launcher& launcher_;
    const health::ProberSettings settings_;
    const std::string state_;
    Services services_;
    std::unordered_map<std::string, Seen> seen_;  // by key
    std::unordered_map<std::string, registry::Verdict>
        kept_;  // by key: by an earlier server, or as the nodes have it
    Told told_;
    std::map<std::string, health::Target> others_;  // that are not the plans', by key
    Sharing sharing_;
    Turns turns_;
    std::map<std::string, registry::VerdictsChange> changed_;  // by the service's words
    std::map<dns::PackedName, registry::Preservation, dns::CanonicalOrder> preservations_;
    std::set<std::string> held_;      // "svc.corp.example prod": environments that are preserved
    std::vector<std::string> lines_;  // for the log
    std::size_t untold_ = 0;          // lines that are too many
    boost::asio::steady_timer pause_;
    boost::asio::steady_timer writing_;
    bool is_first_look_ = true;
    bool is_pausing_ = false;
    bool is_awake_ = false;
    bool is_to_be_written_ = false;
    std::chrono::milliseconds between_writes_{};
    std::optional<health::Prober> prober_;  // once there is something to probe; gone first
};

}  // namespace portolan::app
