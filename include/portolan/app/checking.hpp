// From the plans to what is probed, and from what is found to the zones.
//
//     Engine ── endpoints with checks ──▶ health::Prober (its own thread)
//        ▲                                     │ batches of reports
//        └────── VerdictsChange, one step ◀────┘
//
// What is found together is one step of each zone. While a step is made, what else is found waits
// for the next one, and steps take a tenth of this thread's time at most: a switch that dies costs a
// few steps, whether it took ten endpoints with it or ten thousand.
//
// Verdicts survive a restart in the file STATE/verdicts, so that a server that comes back does not
// begin by offering the dead. It is written some seconds after a verdict has changed, and at the
// end; one that is older than an hour says nothing any more.
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
#include <string_view>
#include <unordered_map>
#include <vector>

#include "portolan/app/engine.hpp"
#include "portolan/health/prober.hpp"
#include "portolan/registry/checks.hpp"

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

    /// Somebody else's targets, beside those of the plans, and who is told of them. Their keys must
    /// not hold a blank.
    using Told = std::function<void(const health::Report&)>;
    void set_others(std::vector<health::Target> targets, Told told);

    struct Counts {
        std::size_t endpoints = 0;  // with a check
        std::size_t passing = 0;
        std::size_t warning = 0;
        std::size_t critical = 0;
        health::Prober::Counts probes;
    };
    [[nodiscard]] Counts counts() const;

private:
    struct Endpoint {
        registry::CheckedEndpoint is;
        registry::Verdict verdict = registry::Verdict::unknown;
        std::string text;
    };
    struct Service {
        dns::PackedName zone;
        std::vector<Endpoint> endpoints;
    };
    using Services = std::map<std::string, Service>;  // "svc.corp.example. prod hydrogen-ajp tcp"
    using Place = std::pair<Services::iterator, std::size_t>;
    using Kept = std::unordered_map<std::string, registry::Verdict>;

    void collect();
    void probe();
    void wake();
    void step();
    void take(const health::Report& report);
    void apply(const std::set<std::string>& services, const Services& gone);
    void tell(const std::vector<std::string>& lines) const;
    [[nodiscard]] registry::VerdictsChange change_of(const Service& service) const;

    [[nodiscard]] Kept read() const;
    void write();
    void write_soon();

    Engine& engine_;
    const health::Launcher& launcher_;
    const health::ProberSettings settings_;
    const std::string state_;
    Services services_;
    std::unordered_map<std::string, Place> places_;  // by the target's key
    Kept kept_;                                      // by an earlier server; used once
    std::vector<health::Target> others_;
    Told told_;
    std::set<std::string> changed_;
    std::vector<std::string> lines_;
    boost::asio::io_context& io_;
    boost::asio::steady_timer pause_;
    boost::asio::steady_timer writing_;
    bool is_pausing_ = false;
    bool is_awake_ = false;
    bool is_writing_soon_ = false;
    std::optional<health::Prober> prober_;  // once there is something to probe; gone first
};

}  // namespace portolan::app
