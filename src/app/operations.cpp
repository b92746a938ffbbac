#include "app/operations.hpp"

#include <spdlog/spdlog.h>

namespace portolan::app {

std::uint64_t Totals::of(net::Counter net::Counters::*member) const {
    std::uint64_t total = 0;
    for (const auto& worker : workers_) total += (worker->counters().*member).value();
    return total;
}

std::uint64_t Totals::of(answer::ReplyClass which) const {
    std::uint64_t total = 0;
    for (const auto& worker : workers_) {
        total += worker->counters().replies[static_cast<std::size_t>(which)].value();
    }
    return total;
}

std::uint64_t Totals::queries(std::size_t transport, std::size_t slot) const {
    std::uint64_t total = 0;
    for (const auto& worker : workers_) {
        total += worker->counters().queries_by_type[transport][slot].value();
    }
    return total;
}

std::uint64_t Totals::replies(std::size_t transport, std::size_t slot) const {
    std::uint64_t total = 0;
    for (const auto& worker : workers_) {
        total += worker->counters().replies_by_rcode[transport][slot].value();
    }
    return total;
}

std::vector<std::string> Operations::obstacles() const {
    std::vector<std::string> all;
    if (!parts_.engine.is_sound()) {
        all.emplace_back(
            "the plans have errors and were not loaded again; portolan check says which");
    }
    for (const auto& each : parts_.engine.awaited()) {
        all.push_back("zone " + each + " is not known yet: no node has said what it is");
    }
    if (!parts_.registering.is_ready()) all.emplace_back("registrations are not known yet");
    if (const auto fault = parts_.registering.fault()) all.push_back(*fault);
    if (const auto standing = parts_.engine.standing(); standing && standing->cut_since) {
        all.emplace_back("this node is cut off from the others");
    }
    return all;
}

void Operations::log_counters() const {
    const Totals totals(parts_.workers);
    using C = net::Counters;
    using R = answer::ReplyClass;
    spdlog::info(
        "queries: udp {}, tcp {}; replies: answer {}, nodata {}, nxdomain {}, referral {}, "
        "refused {}, error {}; truncated {}; limited {}; dropped {}; not sent {}; tcp: accepted "
        "{}, refused {}, evicted {}, timed out {}, accept failed {}; tls: accepted {}, failed {}",
        totals.of(&C::udp_queries), totals.of(&C::tcp_queries), totals.of(R::answer),
        totals.of(R::nodata), totals.of(R::nxdomain), totals.of(R::referral), totals.of(R::refused),
        totals.of(R::error), totals.of(&C::truncated), totals.of(&C::limited),
        totals.of(&C::dropped), totals.of(&C::udp_send_failed), totals.of(&C::tcp_accepted),
        totals.of(&C::tcp_refused), totals.of(&C::tcp_evicted), totals.of(&C::tcp_timed_out),
        totals.of(&C::accept_failed), totals.of(&C::tls_accepted), totals.of(&C::tls_failed));
    const auto transfers = parts_.transfers->counts();
    spdlog::info("transfers: whole {}, differences {}, refused {}, failed {}", transfers.whole,
                 transfers.differences, transfers.refused, transfers.failed);
    if (const auto checks = parts_.checking->counts(); checks.endpoints() > 0) {
        spdlog::info(
            "checks: endpoints passing {}, warning {}, critical {}, unknown {}; targets {}; probes "
            "{}, timed out {}, not made {}",
            checks.passing, checks.warning, checks.critical, checks.unknown, checks.probes.targets,
            checks.probes.probes, checks.probes.timed_out, checks.probes.not_made);
    }
    if (!parts_.query_log) return;
    const auto lines = parts_.query_log->counts();
    spdlog::info("query log: lines written {}, lost {}", lines.written, lines.lost);
}

}  // namespace portolan::app
