// The server's state as Prometheus scrapes it. Names keep what a user of other exporters expects:
// counters end in _total, times are in seconds, and the process's own are process_*.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <utility>

#include "app/operations.hpp"
#include "portolan/api/exposition.hpp"

namespace portolan::app {
namespace {

using api::Exposition;
constexpr auto counter = Exposition::Kind::counter;
constexpr auto gauge = Exposition::Kind::gauge;
constexpr std::array<const char*, 3> transports{"udp", "tcp", "tls"};  // by answer::Transport

void add_queries(Exposition& out, const Totals& totals) {
    out.family(counter, "portolan_queries_total", "Queries, by transport and type.");
    for (std::size_t transport = 0; transport < transports.size(); ++transport) {
        for (std::size_t slot = 0; slot < net::counted_types.size(); ++slot) {
            const auto type = net::counted_types[slot];
            out.sample({{"transport", transports[transport]},
                        {"type", type ? dns::to_string(*type) : "other"}},
                       totals.queries(transport, slot));
        }
    }
    out.family(counter, "portolan_replies_total", "Replies, by transport and RCODE.");
    for (std::size_t transport = 0; transport < transports.size(); ++transport) {
        for (std::size_t slot = 0; slot < net::counted_rcodes.size(); ++slot) {
            const auto rcode = net::counted_rcodes[slot];
            out.sample({{"transport", transports[transport]},
                        {"rcode", rcode ? dns::to_string(*rcode) : "other"}},
                       totals.replies(transport, slot));
        }
    }
    constexpr std::array<std::pair<answer::ReplyClass, const char*>, 6> classes{
        {{answer::ReplyClass::answer, "answer"},
         {answer::ReplyClass::nodata, "nodata"},
         {answer::ReplyClass::nxdomain, "nxdomain"},
         {answer::ReplyClass::referral, "referral"},
         {answer::ReplyClass::refused, "refused"},
         {answer::ReplyClass::error, "error"}}};
    out.family(counter, "portolan_replies_by_class_total", "Replies, by what they say.");
    for (const auto& [which, name] : classes) out.sample({{"class", name}}, totals.of(which));
}

void add_sockets(Exposition& out, const Totals& totals) {
    using C = net::Counters;
    struct Row {
        const char* name;
        const char* help;
        net::Counter C::*member;
    };
    constexpr std::array<Row, 11> rows{
        {{"truncated_replies", "Replies with TC.", &C::truncated},
         {"limited_replies", "Replies not sent, because too many like them were.", &C::limited},
         {"dropped_messages", "Messages that got no reply: no queries, or too short.", &C::dropped},
         {"udp_send_failures", "Replies that the system did not take.", &C::udp_send_failed},
         {"tcp_connections_accepted", "TCP connections.", &C::tcp_accepted},
         {"tcp_connections_refused", "TCP connections closed at once: a limit.", &C::tcp_refused},
         {"tcp_connections_evicted", "Idle TCP connections closed to make room.", &C::tcp_evicted},
         {"tcp_connections_timed_out", "TCP connections closed at a limit.", &C::tcp_timed_out},
         {"tcp_accept_failures", "For want of descriptors or memory.", &C::accept_failed},
         {"tls_handshakes_begun", "TCP connections that were to shake hands.", &C::tls_accepted},
         {"tls_handshakes_failed", "And did not.", &C::tls_failed}}};
    for (const auto& row : rows) {
        out.one(counter, fmt::format("portolan_{}_total", row.name), row.help,
                totals.of(row.member));
    }
}

void add_zones(Exposition& out, const Engine& engine) {
    const auto zones = engine.zones();
    out.family(gauge, "portolan_zone_serial", "The SOA's serial.");
    for (const auto& each : zones) out.sample({{"zone", each.name}}, std::uint64_t{each.serial});
    out.family(gauge, "portolan_zone_records", "Records, without signatures' own.");
    for (const auto& each : zones) out.sample({{"zone", each.name}}, std::uint64_t{each.records});
    out.family(gauge, "portolan_zone_changed_timestamp_seconds", "When the serial last changed.");
    for (const auto& each : zones) {
        if (each.changed != 0) out.sample({{"zone", each.name}}, std::uint64_t{each.changed});
    }
    out.one(gauge, "portolan_plans_sound", "1 unless the last load of the plans found errors.",
            std::uint64_t{engine.is_sound() ? 1U : 0U});
    out.one(gauge, "portolan_plans_loaded_timestamp_seconds", "When plans were last taken.",
            std::uint64_t{engine.loaded()});
    out.family(gauge, "portolan_plan_findings", "Findings of the last load, by severity.");
    for (const auto severity :
         {registry::Severity::error, registry::Severity::warning, registry::Severity::note}) {
        const auto& findings = engine.last_findings();
        const auto count = std::ranges::count(findings, severity, &registry::Finding::severity);
        out.sample({{"severity", registry::to_string(severity)}},
                   static_cast<std::uint64_t>(count));
    }
}

void add_transfers(Exposition& out, const TransferCounts& counts) {
    out.family(counter, "portolan_transfers_total", "Zone transfers, by how they ended.");
    out.sample({{"result", "whole"}}, counts.whole);
    out.sample({{"result", "difference"}}, counts.differences);
    out.sample({{"result", "refused"}}, counts.refused);
    out.sample({{"result", "failed"}}, counts.failed);
}

void add_checks(Exposition& out, const Checking::Counts& counts) {
    out.family(gauge, "portolan_checked_endpoints", "Endpoints of the plans, by verdict.");
    out.sample({{"verdict", "passing"}}, std::uint64_t{counts.passing});
    out.sample({{"verdict", "warning"}}, std::uint64_t{counts.warning});
    out.sample({{"verdict", "critical"}}, std::uint64_t{counts.critical});
    out.sample({{"verdict", "unknown"}}, std::uint64_t{counts.unknown});
    out.one(gauge, "portolan_check_targets", "What is probed from here.", counts.probes.targets);
    out.one(gauge, "portolan_preserved_environments",
            "Environments where too many died together to be believed.",
            std::uint64_t{counts.preserved});
    out.family(counter, "portolan_probes_total", "Probes, by how they ended.");
    out.sample({{"result", "answered"}}, counts.probes.probes - counts.probes.timed_out);
    out.sample({{"result", "timed_out"}}, counts.probes.timed_out);
    out.sample({{"result", "not_made"}}, counts.probes.not_made);
}

void add_registrations(Exposition& out, Registering& registering) {
    auto* registrar = registering.registrar();
    out.one(gauge, "portolan_registrations_ready", "1 once what was registered before is known.",
            std::uint64_t{registering.is_ready() ? 1U : 0U});
    if (registrar == nullptr) return;
    constexpr std::array verdicts{
        registry::Verdict::passing,  registry::Verdict::warning,     registry::Verdict::critical,
        registry::Verdict::draining, registry::Verdict::maintenance,
    };
    std::array<std::uint64_t, verdicts.size()> counts{};
    for (const auto* each : registrar->catalog().all()) {
        const auto at = std::ranges::find(verdicts, each->verdict());
        if (at != verdicts.end()) ++counts[static_cast<std::size_t>(at - verdicts.begin())];
    }
    out.family(gauge, "portolan_registrations", "Registrations, by verdict.");
    for (std::size_t i = 0; i < verdicts.size(); ++i)
        out.sample({{"verdict", to_string(verdicts[i])}}, counts[i]);
    const auto writes = registrar->writes();
    out.family(counter, "portolan_registration_writes_total", "Writes to the store, by result.");
    out.sample({{"result", "kept"}}, writes.kept);
    out.sample({{"result", "overtaken"}}, writes.overtaken);
    out.sample({{"result", "failed"}}, writes.failed);
    out.one(gauge, "portolan_store_reachable", "1 unless registrations cannot be written.",
            std::uint64_t{registering.fault() ? 0U : 1U});
    out.one(gauge, "portolan_api_connections", "Connections to the HTTP API.",
            std::uint64_t{registering.connections()});
    out.one(gauge, "portolan_api_event_readers", "Of these, the readers of /v1/events.",
            std::uint64_t{registering.event_readers()});
}

void add_node(Exposition& out, const Agreement::Standing& standing) {
    out.one(gauge, "portolan_nodes", "Servers of the same zones that live.",
            std::uint64_t{standing.living.size()});
    out.one(gauge, "portolan_node_author", "1 on the one that makes the zones' steps.",
            std::uint64_t{standing.author == standing.node ? 1U : 0U});
    out.one(gauge, "portolan_node_cut_off", "1 while the others cannot be heard.",
            std::uint64_t{standing.cut_since ? 1U : 0U});
}

std::uint64_t resident_octets() {
    std::uint64_t whole = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> whole >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void add_process(Exposition& out, std::time_t began) {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    out.one(counter, "process_cpu_seconds_total", "Processor time, the system's included.",
            seconds(used.ru_utime) + seconds(used.ru_stime));
    out.one(gauge, "process_resident_memory_bytes", "Resident memory.", resident_octets());
    std::error_code ignored;
    const auto open = std::distance(std::filesystem::directory_iterator("/proc/self/fd", ignored),
                                    std::filesystem::directory_iterator());
    out.one(gauge, "process_open_fds", "Open file descriptors.", static_cast<std::uint64_t>(open));
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    out.one(gauge, "process_max_fds", "The most there may be.", std::uint64_t{limit.rlim_cur});
    out.one(gauge, "process_start_time_seconds", "When the server began.",
            static_cast<std::uint64_t>(began));
}

}  // namespace

std::string Operations::metrics() const {
    Exposition out;
    out.family(gauge, "portolan_build_info", "The version that runs.");
    out.sample({{"version", PORTOLAN_VERSION}}, std::uint64_t{1});
    const Totals totals(parts_.workers);
    add_queries(out, totals);
    add_sockets(out, totals);
    add_zones(out, parts_.engine);
    if (parts_.transfers) add_transfers(out, parts_.transfers->counts());
    if (parts_.checking) add_checks(out, parts_.checking->counts());
    add_registrations(out, parts_.registering);
    if (const auto standing = parts_.engine.standing()) add_node(out, *standing);
    if (parts_.query_log) {
        const auto lines = parts_.query_log->counts();
        out.family(counter, "portolan_query_log_lines_total", "Lines of the query log.");
        out.sample({{"result", "written"}}, lines.written);
        out.sample({{"result", "lost"}}, lines.lost);
    }
    add_process(out, began_);
    return std::move(out).text();
}

}  // namespace portolan::app
